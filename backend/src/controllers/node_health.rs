//! Node health: a node that has been silent for a while is `Unknown`, and every condition that matters to placing is a
//! taint (`node-lifecycle-controller`).
//!
//! Silence is measured from when *this process* last saw a sign of life, never by comparing clocks: after a restart of
//! the backend every node has its full time again.

use std::collections::HashMap;
use std::time::Duration;

use futures::StreamExt;
use serde_json::{Value, json};
use shared::api::kind::known;
use shared::api::{Timestamp, object};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::apiserver::{Client, PatchType};
use crate::clock::now;
use crate::store::{Event, EventType};

/// `--node-monitor-period` and `--node-monitor-grace-period`.
const PERIOD: Duration = Duration::from_secs(5);
const GRACE: Duration = Duration::from_secs(50);
const LEASES: &str = "kube-node-lease";
const CONDITIONS: &[&str] = &["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/// A node's last sign of life: what it wrote, and when that was seen here.
struct Life {
    sign: String,
    seen: Instant,
}

/// Watches nodes and their leases until told to stop.
pub(super) async fn run(client: Client, cancel: CancellationToken) {
    let mut nodes = std::pin::pin!(client.list_watch(known("nodes")));
    let mut leases = std::pin::pin!(client.list_watch(known("leases")));
    let mut lives: HashMap<(String, &'static str), Life> = HashMap::new();
    let mut look = tokio::time::interval(PERIOD);
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            Some(event) = nodes.next() => {
                if event.ty == EventType::Deleted {
                    lives.retain(|(name, _), _| *name != event.key.name);
                    continue;
                }
                saw(&mut lives, &event, "node", heartbeat(event.object.value()));
                taint(&client, event.object.value()).await;
            }
            Some(event) = leases.next() => {
                if event.key.namespace == LEASES && event.ty != EventType::Deleted {
                    let renewed = event.object.value().pointer("/spec/renewTime").and_then(Value::as_str);
                    saw(&mut lives, &event, "lease", renewed.unwrap_or_default().to_owned());
                }
            }
            _ = look.tick() => {
                for node in client.list(known("nodes"), None).0 {
                    let name = object::name(node.value()).to_owned();
                    let alive = ["node", "lease"]
                        .iter()
                        .filter_map(|source| lives.get(&(name.clone(), *source)))
                        .any(|life| life.seen.elapsed() < GRACE);
                    if !alive && let Some(patch) = silent(node.value(), now()) {
                        let done =
                            client.patch(known("nodes"), "", &name, Some("status"), PatchType::Strategic, patch).await;
                        if let Err(status) = done {
                            tracing::warn!(node = name, %status, "its silence could not be written");
                        }
                        pods_not_ready(&client, &name).await;
                    }
                }
            }
        }
    }
}

fn saw(lives: &mut HashMap<(String, &'static str), Life>, event: &Event, source: &'static str, sign: String) {
    let key = (event.key.name.clone(), source);
    if sign.is_empty() || lives.get(&key).is_some_and(|life| life.sign == sign) {
        return;
    }
    lives.insert(key, Life { sign, seen: Instant::now() });
}

/// The heartbeats of all conditions that the node itself wrote.
fn heartbeat(node: &Value) -> String {
    let ready = condition(node, "Ready");
    if ready.is_some_and(|ready| text(ready, "reason") == "NodeStatusUnknown") {
        return String::new();
    }
    ready.map(|ready| text(ready, "lastHeartbeatTime").to_owned()).unwrap_or_default()
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn condition<'v>(node: &'v Value, ty: &str) -> Option<&'v Value> {
    object::list(node, "/status/conditions").iter().find(|condition| text(condition, "type") == ty)
}

/// The status of a silent node: what it last said holds no longer. `None` when that is already written.
fn silent(node: &Value, now: Timestamp) -> Option<Value> {
    let changed: Vec<Value> = CONDITIONS
        .iter()
        .filter_map(|ty| {
            let (reason, message) = match condition(node, ty) {
                Some(known) if text(known, "status") == "Unknown" => return None,
                Some(_) => ("NodeStatusUnknown", "Kubelet stopped posting node status."),
                None => ("NodeStatusNeverUpdated", "Kubelet never posted node status."),
            };
            Some(json!({"type": ty, "status": "Unknown", "reason": reason, "message": message,
                "lastTransitionTime": now.to_string()}))
        })
        .collect();
    (!changed.is_empty()).then(|| json!({"status": {"conditions": changed}}))
}

/// The taints that a node's conditions and its cordon stand for; others stay as they are.
fn taints_for(node: &Value, now: Timestamp) -> Option<Vec<Value>> {
    let status = |ty: &str| condition(node, ty).map_or("", |condition| text(condition, "status"));
    let ready = status("Ready");
    let cordoned = node.pointer("/spec/unschedulable").and_then(Value::as_bool) == Some(true);
    let wanted = [
        ("node.kubernetes.io/not-ready", "NoSchedule", ready == "False"),
        ("node.kubernetes.io/not-ready", "NoExecute", ready == "False"),
        ("node.kubernetes.io/unreachable", "NoSchedule", ready == "Unknown"),
        ("node.kubernetes.io/unreachable", "NoExecute", ready == "Unknown"),
        ("node.kubernetes.io/memory-pressure", "NoSchedule", status("MemoryPressure") == "True"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule", status("DiskPressure") == "True"),
        ("node.kubernetes.io/pid-pressure", "NoSchedule", status("PIDPressure") == "True"),
        ("node.kubernetes.io/network-unavailable", "NoSchedule", status("NetworkUnavailable") == "True"),
        ("node.kubernetes.io/unschedulable", "NoSchedule", cordoned),
    ];
    // A node that has said nothing yet keeps the taint it was made with.
    if ready.is_empty() {
        return None;
    }
    let found = object::list(node, "/spec/taints");
    let is = |taint: &Value, key: &str, effect: &str| text(taint, "key") == key && text(taint, "effect") == effect;
    let mut taints: Vec<Value> = found
        .iter()
        .filter(|taint| wanted.iter().all(|(key, effect, on)| *on || !is(taint, key, effect)))
        .cloned()
        .collect();
    for (key, effect, _) in wanted.iter().filter(|(_, _, on)| *on) {
        if !taints.iter().any(|taint| is(taint, key, effect)) {
            taints.push(json!({"key": key, "effect": effect, "timeAdded": now.to_string()}));
        }
    }
    (taints != found).then_some(taints)
}

async fn taint(client: &Client, node: &Value) {
    let Some(taints) = taints_for(node, now()) else { return };
    let changed = with_taints(node, taints);
    // A conflict means that the node has just changed: its next event brings us back.
    if let Err(status) = client.update(known("nodes"), changed).await
        && !status.is("Conflict")
    {
        tracing::warn!(node = object::name(node), %status, "its taints could not be written");
    }
}

/// None is no field at all, as Go writes it.
fn with_taints(node: &Value, taints: Vec<Value>) -> Value {
    let mut changed = node.clone();
    if !changed["spec"].is_object() {
        changed["spec"] = json!({});
    }
    if taints.is_empty() {
        changed["spec"].as_object_mut().map(|spec| spec.remove("taints"));
    } else {
        changed["spec"]["taints"] = taints.into();
    }
    changed
}

/// Pods of a silent node may be running, but no one knows: they are not ready.
async fn pods_not_ready(client: &Client, node: &str) {
    let now = now().to_string();
    for pod in client.list(known("pods"), None).0 {
        let pod = pod.value();
        let ready = condition(pod, "Ready").is_some_and(|ready| text(ready, "status") == "True");
        if !ready || pod.pointer("/spec/nodeName").and_then(Value::as_str) != Some(node) {
            continue;
        }
        let patch = json!({"status": {"conditions": [{"type": "Ready", "status": "False",
            "reason": "NodeNotReady", "message": null, "lastTransitionTime": now}]}});
        let (namespace, name) = (object::namespace(pod), object::name(pod));
        let _ = client.patch(known("pods"), namespace, name, Some("status"), PatchType::Strategic, patch).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(ready: &str, spec: Value) -> Value {
        json!({"metadata": {"name": "n"}, "spec": spec, "status": {"conditions": [
            {"type": "Ready", "status": ready, "reason": "KubeletReady", "lastHeartbeatTime": "t"},
        ]}})
    }

    fn check(node: Value, expected: Option<&[&str]>) {
        let taints = taints_for(&node, Timestamp(0)).map(|taints| {
            taints.iter().map(|taint| format!("{}:{}", text(taint, "key"), text(taint, "effect"))).collect::<Vec<_>>()
        });
        assert_eq!(taints, expected.map(|all| all.iter().map(ToString::to_string).collect()), "{node}");
    }

    #[test]
    fn conditions_are_taints() {
        let own = json!({"key": "mine", "effect": "NoSchedule"});
        let new = json!({"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"});
        check(node("True", json!({})), None);
        check(node("True", json!({"taints": [own, new]})), Some(&["mine:NoSchedule"]));
        check(
            node("False", json!({"taints": [own]})),
            Some(&[
                "mine:NoSchedule",
                "node.kubernetes.io/not-ready:NoSchedule",
                "node.kubernetes.io/not-ready:NoExecute",
            ]),
        );
        check(
            node("Unknown", json!({"taints": [new]})),
            Some(&["node.kubernetes.io/unreachable:NoSchedule", "node.kubernetes.io/unreachable:NoExecute"]),
        );
        check(node("True", json!({"unschedulable": true})), Some(&["node.kubernetes.io/unschedulable:NoSchedule"]));
        check(json!({"spec": {"taints": [new]}}), None);
    }

    #[test]
    fn the_last_taint_takes_the_field_along() {
        let own = json!({"key": "mine", "effect": "NoSchedule"});
        let node = json!({"spec": {"podCIDR": "10.0.0.0/24", "taints": [own]}});
        assert_eq!(with_taints(&node, Vec::new())["spec"], json!({"podCIDR": "10.0.0.0/24"}));
        assert_eq!(with_taints(&json!({}), vec![own.clone()])["spec"], json!({"taints": [own]}));
    }

    #[test]
    fn a_silent_node_is_unknown_once() {
        let patch = silent(&node("True", json!({})), Timestamp(0)).unwrap();
        let conditions = object::list(&patch, "/status/conditions");
        assert_eq!(conditions.len(), 4);
        assert_eq!(text(&conditions[0], "reason"), "NodeStatusUnknown");
        assert_eq!(text(&conditions[1], "reason"), "NodeStatusNeverUpdated");
        let all = json!({"status": {"conditions": conditions}});
        assert_eq!(silent(&all, Timestamp(0)), None);
        assert_eq!(heartbeat(&all), "", "what this controller wrote is no sign of life");
    }
}
