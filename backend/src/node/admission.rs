//! The node's say on Pods that are bound to it, by the scheduler or by hand (`kubelet.go: HandlePodAdditions`).

use serde_json::Value;
use shared::api::kind::known;
use shared::api::object;
use shared::scheduling::{Refusal, admit};

use super::Node;

/// Why the node does not take a Pod that has just come. One that it has taken before stays.
pub(super) fn refusal(node: &Node, pod: &Value) -> Option<Refusal> {
    if pod.pointer("/status/startTime").is_some() || object::deletion_timestamp(pod).is_some() {
        return None;
    }
    let client = &node.api.client;
    // Not yet registered: it has nothing to compare with.
    let own = client.get(known("nodes"), "", &node.config.name)?;
    own.value().pointer("/status/allocatable")?;
    let pods = client.list(known("pods"), None).0;
    let others = pods.iter().map(|p| p.value()).filter(|other| object::uid(other) != object::uid(pod));
    admit(pod, own.value(), taken(node, others)).err()
}

/// Those Pods that the node has taken and that take something of it.
pub(super) fn taken<'a>(node: &Node, pods: impl Iterator<Item = &'a Value>) -> impl Iterator<Item = &'a Value> {
    let ended =
        |pod: &Value| matches!(pod.pointer("/status/phase").and_then(Value::as_str), Some("Succeeded" | "Failed"));
    let taken = |pod: &&Value| node.worker(object::uid(pod)).is_some_and(|worker| !worker.given_up());
    pods.filter(taken).filter(move |pod| !ended(pod))
}
