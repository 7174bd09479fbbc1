//! The drawer at the right: one Pod in full, or what kubectl asked the server.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;
use shared::api::object;

use crate::net::playground;
use crate::state::{App, state_of};

/// The Pod whose picture was clicked.
#[component]
pub fn PodDrawer() -> impl IntoView {
    let app = expect_context::<App>();
    let pod = Memo::new(move |_| {
        let key = app.selected.get()?;
        app.cluster.pods.with(|pods| pods.get(&key).cloned())
    });
    // The Pod is gone, and so is its drawer.
    Effect::new(move |_| {
        if app.selected.get().is_some() && pod.get().is_none() {
            app.selected.set(None);
        }
    });
    view! {
        <Show when=move || pod.get().is_some()>
            <aside class="drawer" role="dialog" aria-label="Pod" data-testid="pod-drawer"
                on:keydown=move |event| if event.key() == "Escape" { app.selected.set(None) }>
                {move || pod.get().map(|pod| pod_view(app, &pod))}
            </aside>
        </Show>
    }
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn pod_view(app: App, pod: &Value) -> impl IntoView + use<> {
    let (namespace, name) = (object::namespace(pod).to_owned(), object::name(pod).to_owned());
    let shown = pod.clone();
    // Ages go on by the second; the rest of the drawer stays as it is.
    let view = Memo::new(move |_| app.cluster.view(&shown));
    let texts = app.texts();
    let command = |verb: &str| {
        let line = format!("kubectl {verb} {name} -n {namespace}").replace(" -n default", "");
        move |_| app.run(&line)
    };
    let (logs, describe, delete) = (command("logs"), command("describe pod"), command("delete pod"));
    let shell_line = format!("kubectl exec -it {name} -n {namespace} -- sh").replace(" -n default", "");
    let yaml = shared::manifest::emit(&trimmed(pod));
    let conditions: Vec<_> = object::list(pod, "/status/conditions")
        .iter()
        .map(|c| {
            let reason = [text(c, "/reason"), text(c, "/message")].join(" ");
            view! { <tr><td>{text(c, "/type")}</td><td>{text(c, "/status")}</td><td>{reason}</td></tr> }
        })
        .collect();
    let containers: Vec<_> = ["/status/initContainerStatuses", "/status/containerStatuses"]
        .iter()
        .flat_map(|list| object::list(pod, list))
        .map(|c| {
            let (state, detail) = container_state(c);
            let restarts = c.get("restartCount").and_then(Value::as_i64).unwrap_or_default();
            view! { <tr><td>{text(c, "/name")}</td><td>{state}</td><td>{text(c, "/image")}</td><td>{restarts}</td><td>{detail}</td></tr> }
        })
        .collect();
    let events: Vec<_> = app
        .cluster
        .events_of(&namespace, &name)
        .iter()
        .map(|e| {
            let count = e.get("count").and_then(Value::as_i64).unwrap_or(1);
            view! { <tr><td>{text(e, "/reason")}</td><td>{format!("×{count}")}</td><td>{text(e, "/message")}</td></tr> }
        })
        .collect();
    let no_events = events.is_empty();
    view! {
        <div class="pane-head">
            <h2>{name.clone()}</h2>
            <span class=move || format!("chip {}", state_of(&view.get()))>{move || view.get().status}</span>
            <span class="grow"></span>
            <button class="button" on:click=logs>{texts.logs}</button>
            <button class="button" on:click=move |_| app.run(&shell_line)>{texts.shell}</button>
            <button class="button" on:click=describe>{texts.describe}</button>
            <button class="button danger" on:click=delete>{texts.delete}</button>
            <button class="button quiet" aria-label=texts.close on:click=move |_| app.selected.set(None)>"✕"</button>
        </div>
        <div class="pane-body">
            <h3>{texts.status}</h3>
            <dl class="facts">
                <dt>"READY"</dt><dd>{move || view.get().ready}</dd>
                <dt>"RESTARTS"</dt><dd>{move || view.get().restarts}</dd>
                <dt>"IP"</dt><dd>{move || view.get().ip}</dd>
                <dt>"NODE"</dt><dd>{text(pod, "/spec/nodeName")}</dd>
                <dt>"AGE"</dt><dd>{move || view.get().age}</dd>
            </dl>
            <Why namespace=namespace name=name />
            <h3>{texts.containers}</h3>
            <table class="table"><tbody>{containers}</tbody></table>
            <h3>{texts.conditions}</h3>
            <table class="table"><tbody>{conditions}</tbody></table>
            <h3>{texts.events}</h3>
            <Show when=move || no_events><p>{texts.no_events}</p></Show>
            <table class="table"><tbody>{events}</tbody></table>
            <h3>"YAML"</h3>
            <pre>{yaml}</pre>
        </div>
    }
}

/// Without the bookkeeping that nobody reads.
fn trimmed(pod: &Value) -> Value {
    let mut pod = pod.clone();
    if let Some(metadata) = object::metadata_mut(&mut pod) {
        metadata.remove("managedFields");
    }
    pod
}

fn container_state(status: &Value) -> (String, String) {
    let state = status.get("state").and_then(Value::as_object).and_then(|s| s.iter().next());
    let Some((name, detail)) = state else { return (String::new(), String::new()) };
    let mut words = vec![text(detail, "/reason"), text(detail, "/message")];
    if let Some(code) = detail.get("exitCode").and_then(Value::as_i64) {
        words.push(format!("exit code {code}"));
    }
    words.retain(|w| !w.is_empty());
    (name.clone(), words.join(", "))
}

/// The scheduler's verdicts and what the node waits for, when asked.
#[component]
fn Why(namespace: String, name: String) -> impl IntoView {
    let app = expect_context::<App>();
    let answer = app.why;
    let ask = move |_| {
        let (namespace, name) = (namespace.clone(), name.clone());
        spawn_local(async move {
            let found = playground::explanation(&namespace, &name).await;
            answer.set(Some(match found {
                Ok(value) => shared::manifest::emit(&value),
                Err(refusal) => refusal.message,
            }));
        });
    };
    view! {
        <h3><button class="button" data-testid="why" on:click=ask>{move || app.texts().why}</button></h3>
        <Show when=move || answer.get().is_some()><pre data-testid="explanation">{move || answer.get()}</pre></Show>
    }
}

/// What kubectl asked the server.
#[component]
pub fn HttpDrawer() -> impl IntoView {
    let app = expect_context::<App>();
    let open = RwSignal::new(None::<usize>);
    view! {
        <Show when=move || app.http.get()>
            <aside class="drawer" role="dialog" aria-label="HTTP" data-testid="http-drawer"
                on:keydown=move |event| if event.key() == "Escape" { app.http.set(false) }>
                <div class="pane-head">
                    <h2>"HTTP"</h2>
                    <span class="summary">{move || app.texts().http_about}</span>
                    <span class="grow"></span>
                    <button class="button quiet" aria-label=move || app.texts().close on:click=move |_| app.http.set(false)>"✕"</button>
                </div>
                <div class="pane-body">
                    <ul class="http">
                        <For each=move || app.transport.exchanges.get() key=|e| e.number let:exchange>
                            <li>
                                <button class="button quiet line" on:click=move |_| open.update(|o| *o = (*o != Some(exchange.number)).then_some(exchange.number))>
                                    <span class="status">{exchange.status}</span>
                                    <span>{exchange.method.clone()}</span>
                                    <span>{exchange.path.clone()}</span>
                                </button>
                                <Show when=move || open.get() == Some(exchange.number)>
                                    <pre>{format!("{}\n\n{}", exchange.body, exchange.answer)}</pre>
                                </Show>
                            </li>
                        </For>
                    </ul>
                </div>
            </aside>
        </Show>
    }
}
