//! Eviction by taints: a Pod leaves a node whose `NoExecute` taint it does not tolerate, at once or when its
//! `tolerationSeconds` are over (`taint-eviction-controller`).

use std::collections::HashMap;
use std::time::Duration;

use futures::StreamExt;
use serde_json::{Value, json};
use shared::api::kind::known;
use shared::api::object;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::apiserver::{Client, DeleteOptions, PatchType};
use crate::clock::now;
use crate::scheduler::recorder::{Recorder, Subject};
use crate::store::EventType;

const NAME: &str = "taint-eviction-controller";

/// Watches nodes and Pods until told to stop.
pub(super) async fn run(client: Client, cancel: CancellationToken) {
    let recorder = Recorder::new(client.clone(), NAME);
    let mut nodes = std::pin::pin!(client.list_watch(known("nodes")));
    let mut pods = std::pin::pin!(client.list_watch(known("pods")));
    // NoExecute taints by node: only nodes that have some.
    let mut tainted: HashMap<String, Vec<Value>> = HashMap::new();
    let mut due: HashMap<String, (Instant, Value)> = HashMap::new();
    loop {
        let next = due.values().map(|(at, _)| *at).min();
        let wait = next.map_or(Duration::ZERO, |at| at.saturating_duration_since(Instant::now()));
        tokio::select! {
            () = cancel.cancelled() => return,
            Some(event) = nodes.next() => {
                let name = event.key.name.clone();
                let taints = match event.ty {
                    EventType::Deleted => Vec::new(),
                    _ => no_execute(event.object.value()),
                };
                let before = tainted.remove(&name).unwrap_or_default();
                if before == taints {
                    if !taints.is_empty() {
                        tainted.insert(name, taints);
                    }
                    continue;
                }
                for pod in client.list(known("pods"), None).0 {
                    if node_of(pod.value()) == name {
                        plan(&mut due, pod.value(), &taints);
                    }
                }
                if !taints.is_empty() {
                    tainted.insert(name, taints);
                }
            }
            Some(event) = pods.next() => {
                let pod = event.object.value();
                match (event.ty, tainted.get(node_of(pod))) {
                    (EventType::Deleted, _) => drop(due.remove(object::uid(pod))),
                    (_, Some(taints)) => plan(&mut due, pod, taints),
                    (_, None) => {}
                }
            }
            () = tokio::time::sleep(wait), if next.is_some() => {
                let now = Instant::now();
                let over: Vec<String> =
                    due.iter().filter(|(_, (at, _))| *at <= now).map(|(uid, _)| uid.clone()).collect();
                for uid in over {
                    if let Some((_, pod)) = due.remove(&uid) {
                        evict(&client, &recorder, &pod).await;
                    }
                }
            }
        }
    }
}

fn node_of(pod: &Value) -> &str {
    pod.pointer("/spec/nodeName").and_then(Value::as_str).unwrap_or_default()
}

fn no_execute(node: &Value) -> Vec<Value> {
    let is = |taint: &&Value| text(taint, "effect") == "NoExecute";
    object::list(node, "/spec/taints").iter().filter(is).cloned().collect()
}

/// Notes when the Pod must go, or that it may stay. A time once set stays: a taint that is still there does not begin
/// anew with every change of the Pod.
fn plan(due: &mut HashMap<String, (Instant, Value)>, pod: &Value, taints: &[Value]) {
    let uid = object::uid(pod);
    let ended = matches!(pod.pointer("/status/phase").and_then(Value::as_str), Some("Succeeded" | "Failed"));
    match seconds_left(pod, taints) {
        Some(seconds) if !ended && object::deletion_timestamp(pod).is_none() => {
            due.entry(uid.to_owned())
                .and_modify(|(_, known)| known.clone_from(pod))
                .or_insert_with(|| (Instant::now() + Duration::from_secs(seconds), pod.clone()));
        }
        _ => drop(due.remove(uid)),
    }
}

/// How long the Pod may stay: `None` for ever, zero not at all.
fn seconds_left(pod: &Value, taints: &[Value]) -> Option<u64> {
    let mut left = None;
    for taint in taints {
        let tolerations: Vec<&Value> =
            object::list(pod, "/spec/tolerations").iter().filter(|toleration| tolerates(toleration, taint)).collect();
        if tolerations.is_empty() {
            return Some(0);
        }
        for seconds in tolerations.iter().filter_map(|toleration| toleration.get("tolerationSeconds")?.as_i64()) {
            let seconds = u64::try_from(seconds).unwrap_or(0);
            left = Some(left.map_or(seconds, |left: u64| left.min(seconds)));
        }
    }
    left
}

fn tolerates(toleration: &Value, taint: &Value) -> bool {
    let (key, exists) = (text(toleration, "key"), text(toleration, "operator") == "Exists");
    matches!(text(toleration, "effect"), "" | "NoExecute")
        && (key.is_empty() && exists || key == text(taint, "key"))
        && (exists || text(toleration, "value") == text(taint, "value"))
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

async fn evict(client: &Client, recorder: &Recorder, pod: &Value) {
    let (namespace, name, now) = (object::namespace(pod), object::name(pod), now());
    let subject = Subject {
        api_version: "v1",
        kind: "Pod",
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        uid: object::uid(pod).to_owned(),
        resource_version: String::new(),
    };
    let message = format!("Marking for deletion Pod {namespace}/{name}");
    recorder.record(&subject, "Normal", "TaintManagerEviction", "Deleting", message, now).await;
    let patch = json!({"metadata": {"uid": object::uid(pod)}, "status": {"conditions": [{
        "type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager",
        "message": "Taint manager: deleting due to NoExecute taint", "lastTransitionTime": now.to_string()}]}});
    let _ = client.patch(known("pods"), namespace, name, Some("status"), PatchType::Strategic, patch).await;
    if let Err(status) = client.delete(known("pods"), namespace, name, DeleteOptions::default()).await {
        tracing::debug!(pod = name, %status, "eviction");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_a_pod_may_stay() {
        let taint = |key: &str| json!({"key": key, "effect": "NoExecute"});
        let toleration =
            |key: &str, seconds: Value| json!({"key": key, "operator": "Exists", "tolerationSeconds": seconds});
        let cases = [
            (vec![], vec![], None),
            (vec![], vec![taint("a")], Some(0)),
            (vec![toleration("a", Value::Null)], vec![taint("a")], None),
            (vec![toleration("a", json!(300))], vec![taint("a")], Some(300)),
            (vec![toleration("a", json!(300)), toleration("b", json!(5))], vec![taint("a"), taint("b")], Some(5)),
            (vec![toleration("a", json!(300))], vec![taint("a"), taint("b")], Some(0)),
        ];
        for (tolerations, taints, left) in cases {
            let pod = json!({"spec": {"tolerations": tolerations}});
            assert_eq!(seconds_left(&pod, &taints), left, "{pod} {taints:?}");
        }
    }
}
