//! What the mutating admission plugins of a stock cluster add to a new Pod: `ServiceAccount`,
//! `DefaultTolerationSeconds`, `Priority`, `TaintNodesByCondition`.

use serde_json::{Value, json};

use super::fields::{default, default_pointer, object};
use crate::api::Kind;

/// The PriorityClasses that every cluster has: name, value and description.
pub const SYSTEM_PRIORITIES: [(&str, i64, &str); 2] = [
    (
        "system-cluster-critical",
        2_000_000_000,
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    ),
    (
        "system-node-critical",
        2_000_001_000,
        "Used for system critical pods that must not be moved from their current node.",
    ),
];

/// Adds what depends on nothing in the store. `priority` is the value and preemption policy of the class that the
/// Pod names, or of the default class; `None` when there is no such class.
pub fn admit(kind: &Kind, value: &mut Value, priority: Option<(i64, &str)>) {
    match kind.kind {
        "Pod" => {}
        "Node" => return node(value),
        _ => return,
    }
    let Some(spec) = object(value, "spec") else { return };
    default(spec, "serviceAccountName", || json!("default"));
    let name = spec.get("serviceAccountName").cloned().unwrap_or_default();
    default(spec, "serviceAccount", || name);
    tolerations(spec);
    let class = spec.get("priorityClassName").and_then(Value::as_str).unwrap_or_default();
    let system = SYSTEM_PRIORITIES.iter().find(|(name, ..)| *name == class);
    let system = system.map(|(_, value, _)| (*value, "PreemptLowerPriority"));
    let (value, policy) = system.or(priority).unwrap_or((0, "PreemptLowerPriority"));
    if let Some(fields) = spec.as_object_mut() {
        fields.insert("priority".to_owned(), value.into());
    }
    default(spec, "preemptionPolicy", || policy.into());
}

/// Adds to a Pod that replaces `old` what the plugins add to updates: its tolerations, and the priority it was given.
pub fn admit_update(kind: &Kind, value: &mut Value, old: &Value) {
    if kind.kind != "Pod" {
        return;
    }
    let Some(spec) = object(value, "spec") else { return };
    tolerations(spec);
    for field in ["priority", "preemptionPolicy"] {
        if let Some(kept) = old.get("spec").and_then(|old| old.get(field)) {
            default(spec, field, || kept.clone());
        }
    }
}

/// A Pod stays five minutes on a node that is gone, unless it says otherwise.
fn tolerations(spec: &mut Value) {
    default_pointer(spec, "tolerations", || json!([]));
    let Some(list) = spec.get_mut("tolerations").and_then(Value::as_array_mut) else { return };
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let covered = list.iter().any(|toleration| {
            let text = |field: &str| toleration.get(field).and_then(Value::as_str).unwrap_or_default();
            (text("key") == key || text("key").is_empty()) && matches!(text("effect"), "" | "NoExecute")
        });
        if !covered {
            list.push(json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}));
        }
    }
}

/// A new node takes no Pods until it has reported that it is ready.
fn node(node: &mut Value) {
    const NOT_READY: &str = "node.kubernetes.io/not-ready";
    let Some(spec) = super::fields::ensure(node, "spec") else { return };
    default_pointer(spec, "taints", || json!([]));
    let Some(taints) = spec.get_mut("taints").and_then(Value::as_array_mut) else { return };
    let there = taints.iter().any(|taint| {
        taint.get("key").and_then(Value::as_str) == Some(NOT_READY)
            && taint.get("effect").and_then(Value::as_str) == Some("NoSchedule")
    });
    if !there {
        taints.push(json!({"key": NOT_READY, "effect": "NoSchedule"}));
    }
}

/// The service account's token, CA and namespace, projected into every container at the usual place: what the
/// `ServiceAccount` plugin adds. `suffix` makes the volume's name unique (`kube-api-access-x7k2p`).
/// `automount` is the service account's own wish; the Pod's goes before it.
pub fn service_account_token_volume(pod: &mut Value, suffix: &str, automount: bool) {
    const PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
    let Some(spec) = object(pod, "spec") else { return };
    if !spec.get("automountServiceAccountToken").and_then(Value::as_bool).unwrap_or(automount) {
        return;
    }
    let name = format!("kube-api-access-{suffix}");
    let mut used = false;
    for kind in ["initContainers", "containers"] {
        super::fields::each(spec, kind, |container| {
            default_pointer(container, "volumeMounts", || json!([]));
            let Some(mounts) = container.get_mut("volumeMounts").and_then(Value::as_array_mut) else { return };
            if mounts.iter().all(|mount| mount.get("mountPath").and_then(Value::as_str) != Some(PATH)) {
                mounts.push(json!({"name": name, "readOnly": true, "mountPath": PATH}));
                used = true;
            }
        });
    }
    if !used {
        return;
    }
    default_pointer(spec, "volumes", || json!([]));
    if let Some(volumes) = spec.get_mut("volumes").and_then(Value::as_array_mut) {
        volumes.push(json!({"name": name, "projected": {"defaultMode": 420, "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [
                {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}},
            ]}},
        ]}}));
    }
}
