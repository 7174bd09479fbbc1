//! What a Pod's containers print, as they print it.

use futures::future::{AbortHandle, abortable};
use leptos::prelude::*;
use leptos::task::spawn_local;
use markup::view;
use serde_json::Value;
use shared::api::object;
use shared::api::paths::encode;

use super::text;
use crate::net::{http, root};
use crate::signal::{Memo, RwSignal};
use crate::state::App;
use crate::ui::flow::effect;
use crate::ui::view::View;
use shared::api::json;

/// How much of the end is kept on the page.
const KEPT: usize = 200_000;

/// The facet.
pub fn logs(pod: Memo<Value>) -> View {
    let app = expect_context::<App>();
    let names = Memo::new(move || containers(&pod.get()));
    let chosen = RwSignal::new(None::<String>);
    let container = Memo::new(move || {
        // kubectl's default.
        chosen.get().unwrap_or_else(|| text(&pod.get(), "/spec/containers/0/name"))
    });
    let previous = RwSignal::new(false);
    // A container that was started anew prints from its start.
    let instance = Memo::new(move || {
        let pod = pod.get();
        let own = |c: &&Value| c["name"] == container.get().as_str();
        let lists = ["/status/initContainerStatuses", "/status/containerStatuses"];
        let found = lists.iter().flat_map(|list| object::list(&pod, list)).find(own);
        found.map(|c| (c["restartCount"].clone(), c["state"].get("waiting").is_some()))
    });
    let output = RwSignal::new(String::new());
    let running = StoredValue::new(None::<AbortHandle>);
    let end = move || {
        if let Some(Some(handle)) = running.try_update_value(Option::take) {
            handle.abort();
        }
    };
    effect(move || {
        instance.track();
        end();
        output.set(String::new());
        let pod = pod.get_untracked();
        let path = format!(
            "{}/api/v1/namespaces/{}/pods/{}/log?tailLines=1000&container={}&{}",
            root(),
            encode(object::namespace(&pod)),
            encode(object::name(&pod)),
            encode(&container.get()),
            if previous.get() { "previous=true" } else { "follow=true" },
        );
        let (reading, handle) = abortable(read(path, output));
        running.set_value(Some(handle));
        spawn_local(async move {
            // Ended, or given up for another container.
            let _ = reading.await;
        });
    });
    on_cleanup(end);
    view! {
        <div class="actions">
            <select class="button" data-testid="log-container" aria-label=move || app.texts().containers
                prop:value=move || container.get() on:change=move |e| chosen.set(Some(event_target_value(&e)))>
                {move || names.get().into_iter().map(|name| {
                    let own = name.clone();
                    view! { <option value=name.clone() selected=move || container.get() == own>{name.clone()}</option> }
                }).collect::<Vec<_>>()}
            </select>
            <label class="check">
                <input type="checkbox" data-testid="log-previous" prop:checked=move || previous.get()
                    on:change=move |e| previous.set(event_target_checked(&e)) />
                {move || app.texts().previous}
            </label>
        </div>
        <pre class="log" data-testid="pod-logs">{move || output.get()}</pre>
    }
}

fn containers(pod: &Value) -> Vec<String> {
    let lists = ["/spec/initContainers", "/spec/containers"];
    let found = lists.iter().flat_map(|list| object::list(pod, list));
    found.map(|container| text(container, "/name")).collect()
}

async fn read(path: String, output: RwSignal<String>) {
    let mut answer = match http::send("GET", &path, &[], None).await {
        Ok(answer) => answer,
        Err(error) => return output.set(error.to_string()),
    };
    if answer.status != 200 {
        let said: Value = json::read(&answer.bytes().await.unwrap_or_default()).unwrap_or_default();
        return output.set(text(&said, "/message"));
    }
    // A letter may be cut by a piece's end.
    let mut cut = Vec::new();
    while let Some(Ok(piece)) = answer.next().await {
        cut.extend(piece);
        let whole = cut.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
        let rest = cut.split_off(if whole == 0 || cut.len() - whole > 3 { cut.len() } else { whole });
        let text = String::from_utf8_lossy(&std::mem::replace(&mut cut, rest)).into_owned();
        output.update(|all| {
            all.push_str(&text);
            if all.len() > KEPT {
                let from = all.len() - KEPT;
                let line = all.as_bytes()[from..].iter().position(|b| *b == b'\n').map_or(from, |at| from + at + 1);
                if all.is_char_boundary(line) {
                    all.drain(..line);
                }
            }
        });
    }
}
