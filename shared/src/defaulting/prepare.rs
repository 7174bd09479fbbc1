//! What a client may not set: fields that belong to the server, put right before validation
//! (`PrepareForCreate` and `PrepareForUpdate` of `pkg/registry/core`).

use serde_json::{Map, Value, json};

use crate::api::{Kind, Quantity, object};

/// A new object: its status is the server's, and a namespace gets its finalizer.
pub fn create(kind: &Kind, new: &mut Value) {
    let qos = (kind.kind == "Pod").then(|| qos_class(new));
    let Some(fields) = new.as_object_mut() else { return };
    match kind.kind {
        "Pod" => {
            let mut status = json!({"phase": "Pending", "qosClass": qos});
            let gated = fields.get("spec").is_some_and(|spec| !object::list(spec, "/schedulingGates").is_empty());
            if gated {
                status["conditions"] = json!([{
                    "type": "PodScheduled",
                    "status": "False",
                    "reason": "SchedulingGated",
                    "message": "Scheduling is blocked due to non-empty scheduling gates",
                    "lastProbeTime": null,
                    "lastTransitionTime": null,
                }]);
            }
            fields.insert("status".to_owned(), status);
        }
        "Namespace" => {
            fields.insert("status".to_owned(), json!({"phase": "Active"}));
            let spec = fields.entry("spec").or_insert(Value::Null);
            if !spec.is_object() {
                *spec = json!({});
            }
            if let Some(spec) = spec.as_object_mut() {
                let finalizers = spec.entry("finalizers").or_insert(Value::Null);
                if !finalizers.is_array() {
                    *finalizers = json!([]);
                }
                if let Some(list) = finalizers.as_array_mut()
                    && !list.iter().any(|name| name == "kubernetes")
                {
                    list.push("kubernetes".into());
                }
            }
        }
        "ResourceQuota" => {
            fields.insert("status".to_owned(), json!({}));
        }
        _ => {}
    }
    if matches!(kind.kind, "Pod" | "PodTemplate" | "PriorityClass")
        && let Some(metadata) = object::metadata_mut(new)
    {
        metadata.insert("generation".to_owned(), 1.into());
    }
}

/// An object that replaces `old`: the status stays, and so do a namespace's finalizers and phase.
pub fn update(kind: &Kind, new: &mut Value, old: &Value) {
    if matches!(kind.kind, "Pod" | "Node" | "Namespace" | "ResourceQuota") {
        keep(new, old, "status");
    }
    match kind.kind {
        "Namespace" => keep(new, old, "spec"),
        "Pod" => {
            // Ephemeral containers come only through their subresource.
            let kept = old.get("spec").and_then(|spec| spec.get("ephemeralContainers")).cloned();
            if let Some(spec) = new.get_mut("spec").and_then(Value::as_object_mut) {
                put(spec, "ephemeralContainers", kept);
            }
            generation(new, old, "spec");
        }
        "PodTemplate" => generation(new, old, "template"),
        _ => {}
    }
}

/// A change of a Pod's resources, and of nothing else that `asked` says (`strategy.go: dropNonResizeUpdates`).
pub fn resize(pod: &mut Value, asked: &Value) {
    let old = pod.clone();
    for list in ["containers", "initContainers"] {
        let asked = asked["spec"][list].as_array();
        let own = pod["spec"].get_mut(list).and_then(Value::as_array_mut);
        for container in own.into_iter().flatten().filter_map(Value::as_object_mut) {
            let name = container.get("name").cloned();
            if let Some(asked) = asked.into_iter().flatten().find(|asked| asked.get("name") == name.as_ref()) {
                for field in ["resources", "resizePolicy"] {
                    put(container, field, asked.get(field).cloned());
                }
            }
        }
    }
    generation(pod, &old, "spec");
}

/// An update of the status: everything but status and metadata stays, and of the metadata what is not a status.
pub fn update_status(kind: &Kind, new: &mut Value, old: &Value) {
    keep(new, old, "spec");
    if kind.kind == "Pod" {
        // `deletionTimestamp` and owners are not the kubelet's to change.
        for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences"] {
            let kept = old.get("metadata").and_then(|metadata| metadata.get(field)).cloned();
            if let Some(metadata) = object::metadata_mut(new) {
                put(metadata, field, kept);
            }
        }
        let qos = old.pointer("/status/qosClass").cloned();
        if let Some(status) = new.get_mut("status").and_then(Value::as_object_mut)
            && qos.is_some()
            && status.get("qosClass").is_none_or(Value::is_null)
        {
            put(status, "qosClass", qos);
        }
    }
}

/// A generation counts changes of what is wanted: a Pod's of its spec (since v1.33).
fn generation(new: &mut Value, old: &Value, field: &str) {
    let old_generation = old.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or(0);
    let changed = new.get(field) != old.get(field);
    if old_generation > 0
        && let Some(metadata) = object::metadata_mut(new)
    {
        metadata.insert("generation".to_owned(), (old_generation + i64::from(changed)).into());
    }
}

fn keep(new: &mut Value, old: &Value, field: &str) {
    if let Some(fields) = new.as_object_mut() {
        put(fields, field, old.get(field).cloned());
    }
}

fn put(fields: &mut Map<String, Value>, field: &str, value: Option<Value>) {
    match value {
        Some(value) => fields.insert(field.to_owned(), value),
        None => fields.remove(field),
    };
}

/// `Guaranteed`, `Burstable` or `BestEffort`, by cpu and memory of all containers that last
/// (`pkg/apis/core/helper/qos`).
pub fn qos_class(pod: &Value) -> &'static str {
    let zero = Quantity::milli(0);
    let (mut any, mut guaranteed) = (false, true);
    let spec = pod.get("spec");
    let mut look = |resources: Option<&Value>| {
        let amount = |field: &str, name: &str| {
            let text = resources?.get(field)?.get(name)?.as_str()?;
            Quantity::parse(text).ok().filter(|amount| *amount > zero)
        };
        for name in ["cpu", "memory"] {
            let (request, limit) = (amount("requests", name), amount("limits", name));
            any |= request.is_some() || limit.is_some();
            guaranteed &= limit.is_some() && request.is_none_or(|request| Some(request) == limit);
        }
    };
    let pod_level = spec.and_then(|spec| spec.get("resources")).filter(|resources| {
        resources
            .as_object()
            .is_some_and(|fields| fields.values().any(|map| map.as_object().is_some_and(|m| !m.is_empty())))
    });
    match pod_level {
        Some(resources) => look(Some(resources)),
        None => {
            for kind in ["containers", "initContainers"] {
                let containers = spec.and_then(|spec| spec.get(kind)).and_then(Value::as_array);
                containers.into_iter().flatten().for_each(|container| look(container.get("resources")));
            }
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}
