//! The cluster as watches tell it.

use std::collections::BTreeMap;

use leptos::task::spawn_local;
use serde_json::Value;
use shared::api::kind::known;
use shared::api::{Timestamp, object};
use shared::printers::{Include, table};

use super::probes::{self, PodTicks};
use crate::net::watch::{self, Objects};
use crate::signal::RwSignal;

/// Nodes, Pods and Events, each by namespace and name.
#[derive(Clone, Copy)]
pub struct Cluster {
    /// Nodes.
    pub nodes: RwSignal<Objects>,
    /// Pods.
    pub pods: RwSignal<Objects>,
    /// Events.
    pub events: RwSignal<Objects>,
    /// What probes have found out last.
    pub ticks: RwSignal<PodTicks>,
    /// CPU and memory that nodes use, by name.
    pub usage: RwSignal<BTreeMap<String, (String, String)>>,
    /// Whether the Pods have been listed: before, nothing is known of any node's.
    pub listed: RwSignal<bool>,
    /// The time as the page shows ages, renewed every second.
    pub now: RwSignal<Timestamp>,
}

/// What kubectl would print of a Pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodView {
    pub ready: String,
    pub status: String,
    pub restarts: String,
    pub age: String,
    pub ip: String,
}

impl Cluster {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            nodes: RwSignal::new(Objects::new()),
            pods: RwSignal::new(Objects::new()),
            events: RwSignal::new(Objects::new()),
            ticks: RwSignal::new(PodTicks::new()),
            usage: RwSignal::new(BTreeMap::new()),
            listed: RwSignal::new(false),
            now: RwSignal::new(clock()),
        }
    }

    /// Follows everything for as long as the page lives.
    pub fn follow(self, online: RwSignal<bool>) {
        let kinds = [("nodes", self.nodes), ("pods", self.pods), ("events", self.events)];
        for (resource, signal) in kinds {
            spawn_local(watch::follow(
                resource,
                move |objects| {
                    signal.set(objects.clone());
                    if resource == "pods" && !self.listed.get_untracked() {
                        self.listed.set(true);
                    }
                },
                move |up| {
                    if online.get_untracked() != up {
                        online.set(up);
                    }
                },
            ));
        }
        spawn_local(probes::follow(self.ticks));
        spawn_local(probes::look(self.usage));
        spawn_local(async move {
            loop {
                crate::ui::pause(1000).await;
                self.now.set(clock());
            }
        });
    }

    /// What kubectl would print of a Pod now.
    pub fn view(&self, pod: &Value) -> PodView {
        let table = table(known("pods"), &[pod], self.now.get(), Include::None);
        let cell = |at: usize| match table.pointer(&format!("/rows/0/cells/{at}")) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        PodView { ready: cell(1), status: cell(2), restarts: cell(3), age: cell(4), ip: cell(5) }
    }

    /// Events about an object, newest first.
    pub fn events_of(&self, namespace: &str, name: &str) -> Vec<Value> {
        let mut found: Vec<Value> = self.events.with(|events| {
            let about = |e: &&Value| e.pointer("/involvedObject/name").and_then(Value::as_str) == Some(name);
            events.iter().filter(|((ns, _), _)| ns == namespace).map(|(_, e)| e).filter(about).cloned().collect()
        });
        let time = |e: &Value| {
            let text = e.get("lastTimestamp").and_then(Value::as_str).or_else(|| object::creation_timestamp(e));
            text.and_then(Timestamp::parse).unwrap_or_default()
        };
        found.sort_by_key(|e| std::cmp::Reverse(time(e)));
        found
    }
}

fn clock() -> Timestamp {
    Timestamp::from_millis(js_sys::Date::now() as i64)
}

/// How it goes, for the colour: `good`, `busy`, `bad` or `idle`.
pub fn state_of(view: &PodView) -> &'static str {
    let whole = view.ready.split_once('/').is_some_and(|(ready, all)| ready == all);
    match view.status.as_str() {
        "Running" if whole => "good",
        "Completed" | "Succeeded" => "idle",
        "Running" | "Pending" | "ContainerCreating" | "PodInitializing" | "Terminating" | "NotReady" => "busy",
        status if status.starts_with("Init:") && !status.contains("Error") && !status.contains("Crash") => "busy",
        _ => "bad",
    }
}
