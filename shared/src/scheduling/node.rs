//! What the scheduler needs to know of a node, with the sums of the Pods on it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::pod::{HostPort, Labels, PodInfo, texts};
use super::resources::Resources;
use crate::api::object;

/// A taint of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taint {
    pub(super) key: Box<str>,
    pub(super) value: Box<str>,
    pub(super) effect: Box<str>,
}

/// One node and what is on it.
#[derive(Clone, Debug, Default)]
pub struct NodeInfo {
    /// `metadata.name`.
    pub name: Arc<str>,
    pub(super) labels: Labels,
    pub(super) taints: Vec<Taint>,
    pub(super) unschedulable: bool,
    pub(super) allocatable: Resources,
    pub(super) allowed_pods: i64,
    pub(super) requested: Resources,
    pub(super) non_zero: Resources,
    pub(super) ports: Vec<HostPort>,
    pub(super) pods: BTreeMap<Box<str>, Arc<PodInfo>>,
    /// Whether the Node object exists: Pods may be seen before their node, and outlive it.
    pub(super) exists: bool,
}

impl NodeInfo {
    /// Takes over what the Node object says; the Pods on it stay. `false` when nothing that matters has changed:
    /// heartbeats must not wake the queue.
    pub(super) fn set(&mut self, node: &Value) -> bool {
        static NONE: Value = Value::Null;
        let spec = node.get("spec").unwrap_or(&NONE);
        let allocatable = node.pointer("/status/allocatable").or_else(|| node.pointer("/status/capacity"));
        let labels = texts(node.get("metadata").unwrap_or(&NONE), "labels").into_iter().collect();
        let taints = spec.get("taints").and_then(Value::as_array).into_iter().flatten().map(taint).collect();
        let unschedulable = spec.get("unschedulable").and_then(Value::as_bool).unwrap_or(false);
        let allowed_pods = allocatable
            .and_then(|all| all.get("pods")?.as_str())
            .and_then(|text| crate::api::Quantity::parse(text).ok())
            .map_or(0, crate::api::Quantity::value);
        let allocatable = Resources::new(allocatable);
        let same = self.exists
            && self.labels == labels
            && self.taints == taints
            && self.unschedulable == unschedulable
            && self.allowed_pods == allowed_pods
            && self.allocatable == allocatable;
        if same {
            return false;
        }
        self.name = object::name(node).into();
        self.labels = labels;
        self.taints = taints;
        self.unschedulable = unschedulable;
        self.allowed_pods = allowed_pods;
        self.allocatable = allocatable;
        self.exists = true;
        true
    }

    pub(super) fn add(&mut self, pod: Arc<PodInfo>) {
        self.requested.add(&pod.requests, 1);
        self.non_zero.add(&pod.non_zero, 1);
        self.ports.extend(pod.host_ports.iter().cloned());
        self.pods.insert(pod.uid.clone(), pod);
    }

    pub(super) fn remove(&mut self, uid: &str) {
        let Some(pod) = self.pods.remove(uid) else { return };
        self.requested.add(&pod.requests, -1);
        self.non_zero.add(&pod.non_zero, -1);
        for port in &pod.host_ports {
            if let Some(at) = self.ports.iter().position(|other| other == port) {
                self.ports.swap_remove(at);
            }
        }
    }

    /// The node's value of a label.
    pub(super) fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key).map(|value| &**value)
    }
}

fn taint(taint: &Value) -> Taint {
    let text = |field: &str| taint.get(field).and_then(Value::as_str).unwrap_or_default().into();
    Taint { key: text("key"), value: text("value"), effect: text("effect") }
}
