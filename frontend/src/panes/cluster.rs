//! The picture of the cluster.

mod chips;

use leptos::prelude::*;
use markup::view;
use serde_json::Value;
use shared::api::{Quantity, object};

use self::chips::Chip;
use super::inspector::pod_keys;
use crate::signal::Memo;
use crate::state::{App, Facet, state_of};
use crate::ui::flow::{each, show};
use crate::ui::view::View;

/// Nodes with their Pods, as they are.
pub fn cluster_pane() -> View {
    let app = expect_context::<App>();
    // With their Pods at once: nothing is moved by what comes later.
    let names = move || match app.cluster.listed.get() {
        true => app.cluster.nodes.with(|nodes| nodes.keys().map(|(_, name)| name.clone()).collect::<Vec<_>>()),
        false => Vec::new(),
    };
    let waiting = move || !pods_on(app, "").is_empty();
    view! {
        <section class="pane pane-cluster" data-testid="cluster" aria-label=move || app.texts().cluster>
            <div class="pane-head"><h2>{move || app.texts().cluster}</h2></div>
            <div class="pane-body">
                {show(move || app.cluster.listed.get() && app.cluster.nodes.with(|n| n.is_empty()), move || view! {
                    <p class="empty">{move || app.texts().nodes_starting}</p>
                })}
                <div class="nodes">
                    {each(names, String::clone, node_box)}
                    {show(waiting, move || view! {
                        <div class="node">
                            <div class="node-head"><strong>{move || app.texts().unscheduled}</strong></div>
                            {pod_list(String::new())}
                        </div>
                    })}
                </div>
            </div>
        </section>
    }
}

fn pods_on(app: App, node: &str) -> Vec<(String, String)> {
    let there = |pod: &Value| pod.pointer("/spec/nodeName").and_then(Value::as_str).unwrap_or_default() == node;
    app.cluster.pods.with(|pods| pods.iter().filter(|(_, pod)| there(pod)).map(|(key, _)| key.clone()).collect())
}

fn node_box(name: String) -> View {
    let app = expect_context::<App>();
    let key = (String::new(), name.clone());
    let node = Memo::new(move || app.cluster.nodes.with(|nodes| nodes.get(&key).cloned()).unwrap_or_default());
    let ready = move || {
        let node = node.get();
        let conditions = object::list(&node, "/status/conditions");
        conditions.iter().any(|c| c["type"] == "Ready" && c["status"] == "True")
    };
    let own = name.clone();
    let facts = Memo::new(move || {
        let node = node.get();
        let text = |pointer: &str| node.pointer(pointer).and_then(Value::as_str).unwrap_or("?").to_owned();
        let (cpu, memory) = (text("/status/allocatable/cpu"), text("/status/allocatable/memory"));
        match app.cluster.usage.with(|usage| usage.get(&own).and_then(used)) {
            Some((used_cpu, used_memory)) => format!("{used_cpu} / {cpu} CPU · {used_memory} / {memory}"),
            None => format!("{cpu} CPU · {memory}"),
        }
    });
    let marks = move || {
        let node = node.get();
        let cordoned = node.pointer("/spec/unschedulable").and_then(Value::as_bool).unwrap_or_default();
        cordoned.then_some("SchedulingDisabled")
    };
    let node_name = name.clone();
    let empty = {
        let name = name.clone();
        move || pods_on(app, &name).is_empty()
    };
    view! {
        <div class="node" data-testid=format!("node-{name}")>
            <div class="node-head">
                <strong>{name.clone()}</strong>
                <span class=move || if ready() { "chip good" } else { "chip bad" }>
                    {move || if ready() { "Ready" } else { "NotReady" }}
                </span>
                {move || marks().map(|m| view! { <span class="chip busy">{m}</span> })}
                <span class="grow"></span>
                <span class="facts-line" title=move || facts.get()>{move || facts.get()}</span>
            </div>
            {show(empty, move || view! { <p class="empty">{move || app.texts().no_pods}</p> })}
            {pod_list(node_name)}
        </div>
    }
}

/// CPUs with two decimals, and memory in Mi, of what the metrics API tells.
fn used((cpu, memory): &(String, String)) -> Option<(String, String)> {
    let (cpu, memory) = (Quantity::parse(cpu).ok()?, Quantity::parse(memory).ok()?);
    let hundredths = (cpu.milli_value() + 5) / 10;
    Some((format!("{}.{:02}", hundredths / 100, hundredths % 100), format!("{}Mi", memory.value() >> 20)))
}

fn pod_list(node: String) -> View {
    let app = expect_context::<App>();
    view! {
        <div class="pods">
            {each(move || pods_on(app, &node), |(namespace, name)| format!("{namespace}/{name}"), pod_box)}
        </div>
    }
}

fn pod_box(key_of: (String, String)) -> View {
    let app = expect_context::<App>();
    let (namespace, name) = key_of.clone();
    let pod = {
        let key = key_of.clone();
        Memo::new(move || app.cluster.pods.with(|pods| pods.get(&key).cloned()).unwrap_or_default())
    };
    let view = Memo::new(move || app.cluster.view(&pod.get()));
    let title = if namespace == "default" { name.clone() } else { format!("{namespace}/{name}") };
    let ticks = {
        let key = key_of.clone();
        Memo::new(move || app.cluster.ticks.with(|ticks| ticks.get(&key).cloned()).unwrap_or_default())
    };
    let small = Memo::new(move || chips::of(&pod.get(), &ticks.get(), js_sys::Date::now() as i64));
    let containers = move || {
        let chip = |Chip { class, text }| view! { <span class=format!("chip {class}")>{text}</span> };
        small.get().into_iter().map(chip).collect::<Vec<_>>()
    };
    let (clicked, pressed) = (key_of.clone(), key_of);
    let open = move |_| {
        app.facet.set(Facet::Status);
        app.selected.set(Some(clicked.clone()));
    };
    view! {
        <button class=move || format!("pod {}", state_of(&view.get())) data-testid=format!("pod-{name}")
            aria-keyshortcuts="l s d y e Control+d" title=move || app.texts().pod_keys
            on:click=open on:keydown=move |event| pod_keys(app, &pressed, &event)>
            <span class="row">
                <span class="name">{title}</span>
                <span class=move || format!("chip {}", state_of(&view.get()))>{move || view.get().status}</span>
                <span class="grow"></span>
                <span class="meta">{move || view.get().ready}</span>
            </span>
            <span class="row meta">
                <span>{move || view.get().ip}</span>
                <span>{move || format!("{} {}", view.get().restarts, app.texts().restarts)}</span>
                <span class="grow"></span>
                <span>{move || view.get().age}</span>
            </span>
            <span class="containers">{containers}</span>
        </button>
    }
}
