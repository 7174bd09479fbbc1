//! The inspector: one Pod in full, in the drawer at the right.

mod keys;
mod logs;
mod status;
mod why;

use leptos::prelude::*;
use markup::view;
use serde_json::Value;
use shared::api::object;

pub use keys::pod_keys;

use crate::signal::Memo;
use crate::state::{App, Facet, state_of};
use crate::ui::element::held;
use crate::ui::flow::{effect, show};
use crate::ui::focus;
use crate::ui::tabs::{tab_keys, tab_stop};
use crate::ui::view::{ToView, View};

/// The drawer of the Pod that is selected.
pub fn pod_drawer() -> View {
    let app = expect_context::<App>();
    let uid = Memo::new(move || {
        let key = app.selected.get()?;
        app.cluster.pods.with(|pods| pods.get(&key).map(|pod| object::uid(pod).to_owned()))
    });
    // The Pod is gone, and so is its drawer.
    effect(move || {
        if uid.get().is_none() && app.selected.get_untracked().is_some() {
            app.selected.set(None);
        }
    });
    (move || uid.get().and(app.selected.get_untracked()).map(|key| untrack(|| inspector(key)))).to_view()
}

fn inspector(key_of: (String, String)) -> View {
    let app = expect_context::<App>();
    let node = held();
    focus::hold(node);
    let (namespace, name) = key_of.clone();
    let (title, label, facets) = (name.clone(), name.clone(), name.clone());
    let pod = {
        let key = key_of.clone();
        Memo::new(move || app.cluster.pods.with(|pods| pods.get(&key).cloned()).unwrap_or_default())
    };
    let press = {
        let key = key_of.clone();
        move |event| pod_keys(app, &key, &event)
    };
    let status = Memo::new(move || app.cluster.view(&pod.get()));
    let act = |key: &'static str| {
        let of = key_of.clone();
        move |_| {
            keys::act(app, &of, key);
        }
    };
    let facet = move |this: Facet, key: &'static str| {
        view! {
            <button class="tab" role="tab" data-testid=this.id() aria-selected=move || (app.facet.get() == this).to_string()
                tabindex=move || tab_stop(app.facet.get() == this) on:click=move |_| app.facet.set(this)>
                {move || this.name(app.texts())} {(!key.is_empty()).then(|| view! { <kbd>{key}</kbd> })}
            </button>
        }
    };
    view! {
        <section class="drawer" role="dialog" aria-label=label data-testid="pod-drawer" tabindex="-1" node_ref=node
            on:keydown=press>
            <div class="pane-head">
                <h2>{title}</h2>
                <span class=move || format!("chip {}", state_of(&status.get()))>{move || status.get().status}</span>
                <span class="grow"></span>
                <button class="button" on:click=act("s")>{move || app.texts().shell} <kbd>"s"</kbd></button>
                <button class="button" on:click=act("d")>{move || app.texts().describe} <kbd>"d"</kbd></button>
                <button class="button danger" on:click=act("ctrl-d")>{move || app.texts().delete} <kbd>"^d"</kbd></button>
                <button class="button quiet" aria-label=move || app.texts().close on:click=move |_| app.selected.set(None)>"✕"</button>
            </div>
            <div class="tabs" role="tablist" aria-label=facets on:keydown=move |event| tab_keys(&event)>
                {facet(Facet::Status, "")}{facet(Facet::Why, "")}{facet(Facet::Events, "e")}
                {facet(Facet::Logs, "l")}{facet(Facet::Yaml, "y")}
            </div>
            <div class="pane-body" role="tabpanel" tabindex="0" aria-label=move || app.facet.get().name(app.texts())>
                {move || {
                    let facet = app.facet.get();
                    untrack(|| match facet {
                    Facet::Status => status::status(pod),
                    Facet::Why => why::why(pod),
                    Facet::Events => event_table(namespace.clone(), name.clone()),
                    Facet::Logs => logs::logs(pod),
                    Facet::Yaml => view! { <pre data-testid="pod-yaml">{move || shared::manifest::emit(&trimmed(pod.get()))}</pre> },
                    })
                }}
            </div>
        </section>
    }
}

/// Without the bookkeeping that nobody reads.
fn trimmed(mut pod: Value) -> Value {
    if let Some(metadata) = object::metadata_mut(&mut pod) {
        metadata.remove("managedFields");
    }
    pod
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn event_table(namespace: String, name: String) -> View {
    let app = expect_context::<App>();
    let events = Memo::new(move || app.cluster.events_of(&namespace, &name));
    let rows = move || {
        events.get().into_iter().map(|e| {
            let count = e.get("count").and_then(Value::as_i64).unwrap_or(1);
            let state = if e["type"] == "Warning" { "chip busy" } else { "chip" };
            view! { <tr><td><span class=state>{text(&e, "/reason")}</span></td><td>{format!("×{count}")}</td><td>{text(&e, "/message")}</td></tr> }
        }).collect::<Vec<_>>()
    };
    view! {
        {show(move || events.with(Vec::is_empty), move || view! { <p class="empty">{move || app.texts().no_events}</p> })}
        <table class="table" data-testid="pod-events"><tbody>{rows}</tbody></table>
    }
}
