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
    let ended =
        |pod: &Value| matches!(pod.pointer("/status/phase").and_then(Value::as_str), Some("Succeeded" | "Failed"));
    let taken = |other: &&Value| {
        let worker = node.worker(object::uid(other)).filter(|worker| !worker.given_up());
        worker.is_some() && object::uid(other) != object::uid(pod)
    };
    let others = pods.iter().map(|p| p.value()).filter(taken).filter(|other| !ended(other));
    admit(pod, own.value(), others).err()
}
