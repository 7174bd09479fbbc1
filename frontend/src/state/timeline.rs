//! What has happened in the sandbox since the page was opened: phases, probes, restarts, events, commands, each with its
//! time.

use std::collections::BTreeMap;

use leptos::prelude::*;
use serde_json::{Value, json};
use shared::api::{Timestamp, object};

use super::Cluster;
use crate::signal::RwSignal;
use crate::ui::flow::effect;

/// How much is remembered.
const REMEMBERED: usize = 5000;

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A Pod's status, as kubectl prints it; `None` when the Pod is gone.
    Status,
    /// A container was started anew.
    Restart,
    /// A probe that now finds out something else than before.
    Probe,
    /// An Event.
    Event,
    /// A line of the console.
    Command,
}

impl Happening {
    /// Its name in the export.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Restart => "restart",
            Self::Probe => "probe",
            Self::Event => "event",
            Self::Command => "command",
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Counts up.
    pub number: usize,
    /// When, in milliseconds, as this page saw it.
    pub at: i64,
    /// What.
    pub what: Happening,
    /// `namespace/name` of the Pod or object; empty for a command.
    pub about: String,
    /// The status, the Event's reason and message, the line. Empty for a Pod that is gone.
    pub text: String,
}

/// Everything that happened, oldest first.
#[derive(Clone, Copy)]
pub struct Timeline {
    /// The entries.
    pub entries: RwSignal<Vec<Entry>>,
}

impl Timeline {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { entries: RwSignal::new(Vec::new()) }
    }

    /// Remembers something that happened now.
    pub fn note(self, what: Happening, about: &str, text: &str) {
        self.entries.update(|all| {
            let number = all.last().map_or(0, |entry| entry.number + 1);
            let at = js_sys::Date::now() as i64;
            all.push(Entry { number, at, what, about: about.to_owned(), text: text.to_owned() });
            let spare = all.len().saturating_sub(REMEMBERED);
            all.drain(..spare);
        });
    }

    /// Watches the cluster for as long as the page lives.
    pub fn follow(self, cluster: Cluster) {
        let mut before = BTreeMap::<String, (String, i64)>::new();
        effect(move || {
            let now: BTreeMap<String, (String, i64)> = cluster.pods.with(|pods| {
                let told = |(key, pod): (&(String, String), &Value)| {
                    let status = untrack(|| cluster.view(pod)).status;
                    (format!("{}/{}", key.0, key.1), (status, restarts(pod)))
                };
                pods.iter().map(told).collect()
            });
            for (name, (status, restarts)) in &now {
                let known = before.get(name);
                if known.is_some_and(|(_, known)| known < restarts) {
                    self.note(Happening::Restart, name, &restarts.to_string());
                }
                if known.is_none_or(|(known, _)| known != status) {
                    self.note(Happening::Status, name, status);
                }
            }
            for name in before.keys().filter(|name| !now.contains_key(*name)) {
                self.note(Happening::Status, name, "");
            }
            before = now;
        });
        let mut before = BTreeMap::<String, bool>::new();
        effect(move || {
            before = cluster.ticks.with(|ticks| {
                let mut now = BTreeMap::new();
                for ((namespace, pod), ticks) in ticks {
                    for ((_, probe), tick) in ticks {
                        let container = &tick.container;
                        let key = format!("{namespace}/{pod} {container} {probe}");
                        if before.get(&key) != Some(&tick.succeeded) {
                            let found = if tick.succeeded { "success" } else { tick.message.trim() };
                            let about = format!("{namespace}/{pod}");
                            self.note(Happening::Probe, &about, &format!("{container} {probe}: {found}"));
                        }
                        now.insert(key, tick.succeeded);
                    }
                }
                now
            });
        });
        let mut before: Option<BTreeMap<String, i64>> = None;
        effect(move || {
            let now = cluster.events.with(|events| {
                events.values().map(|e| (object::uid(e).to_owned(), e["count"].as_i64().unwrap_or(1))).collect()
            });
            // Those that were there when the page was opened happened before.
            if let Some(before) = &before {
                let new = |e: &&Value| before.get(object::uid(e)) != e["count"].as_i64().or(Some(1)).as_ref();
                let new: Vec<Value> =
                    cluster.events.with_untracked(|events| events.values().filter(new).cloned().collect());
                for event in &new {
                    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
                    let about = format!("{}/{}", object::namespace(event), text("/involvedObject/name"));
                    self.note(Happening::Event, &about, &format!("{}: {}", text("/reason"), text("/message")));
                }
            }
            before = Some(now);
        });
    }

    /// Each Pod's status at a time, as it was seen.
    pub fn pods_at(self, at: i64) -> Vec<(String, String)> {
        let mut pods = BTreeMap::new();
        self.entries.with(|all| {
            for entry in all.iter().filter(|e| e.what == Happening::Status && e.at <= at) {
                pods.insert(entry.about.clone(), entry.text.clone());
            }
        });
        pods.into_iter().filter(|(_, status)| !status.is_empty()).collect()
    }

    /// Everything as JSON.
    pub fn export(self) -> String {
        let entries = self.entries.with_untracked(|all| {
            let entry = |e: &Entry| {
                let time = Timestamp::from_millis(e.at).rfc3339_micro();
                json!({"time": time, "kind": e.what.name(), "about": e.about, "text": e.text})
            };
            all.iter().map(entry).collect::<Vec<_>>()
        });
        format!("{:#}", json!({"sandbox": crate::net::sandbox(), "entries": entries}))
    }
}

fn restarts(pod: &Value) -> i64 {
    let lists = ["/status/initContainerStatuses", "/status/containerStatuses"];
    let statuses = lists.iter().flat_map(|list| object::list(pod, list));
    statuses.filter_map(|status| status["restartCount"].as_i64()).sum()
}
