//! Kinds with a handful of rules each: Binding, Event, PriorityClass, Lease.

use serde_json::Value;

use super::at::{At, Errors};
use super::meta;
use super::names;
use super::read::{get, int, text};
use crate::api::object;

static NONE: Value = Value::Null;

/// `pods/binding` and `bindings`: the target is a node.
pub(crate) fn binding(binding: &Value, errors: &mut Errors) {
    let target = binding.get("target").unwrap_or(&NONE);
    let at = At::new("target");
    match text(target, "kind") {
        "" | "Node" => {}
        kind => errors.not_supported(&at.child("kind"), kind, &["<empty>", "Node"]),
    }
    if text(target, "name").is_empty() {
        errors.required(&at.child("name"), "");
    }
}

/// An Event is about an object of its own namespace; cluster-scoped objects' Events live in `default`.
pub(crate) fn event(event: &Value, errors: &mut Errors) {
    let meta = event.get("metadata").unwrap_or(&NONE);
    let at = At::new("metadata");
    let (name, namespace) = (text(meta, "name"), text(meta, "namespace"));
    if name.is_empty() {
        errors.required(&at.child("name"), "name or generateName is required");
    } else {
        errors.invalid_all(&at.child("name"), name, names::subdomain_name(name, false));
    }
    let involved = text(event.get("involvedObject").unwrap_or(&NONE), "namespace");
    let matches = match involved {
        "" => matches!(namespace, "" | "default" | "kube-system"),
        involved => involved == namespace,
    };
    if !matches {
        let at = At::new("involvedObject");
        errors.invalid(&at.child("namespace"), involved, "does not match event.namespace");
    }
    errors.invalid_all(&at.child("namespace"), namespace, names::dns1123_label(namespace));
}

/// A user's class stays below the system's, and no one takes the system's names.
pub(crate) fn priority_class(class: &Value, errors: &mut Errors) {
    const HIGHEST: i64 = 1_000_000_000;
    let name = object::name(class);
    let value = int(class, "value").unwrap_or(0);
    let system = matches!(name, "system-node-critical" | "system-cluster-critical");
    if name.starts_with("system-") && !system {
        let at = At::new("metadata");
        errors.forbidden(
            &at.child("name"),
            "priority class names with 'system-' prefix are reserved for system use only. error: not a known system priority class",
        );
    }
    if value > HIGHEST && !system {
        errors.forbidden(&At::new("value"), format!("maximum allowed value of a user defined priority is {HIGHEST}"));
    }
    preemption_policy(class, &At::new("preemptionPolicy"), errors);
}

/// Value and preemption policy of a class stay: Pods have copied them.
pub(crate) fn priority_class_update(new: &Value, old: &Value, errors: &mut Errors) {
    if int(new, "value").unwrap_or(0) != int(old, "value").unwrap_or(0) {
        errors.forbidden(&At::new("value"), "may not be changed in an update.");
    }
    meta::immutable(new, old, "preemptionPolicy", &At::new("preemptionPolicy"), errors);
}

/// Of a Pod or a PriorityClass.
pub(crate) fn preemption_policy(owner: &Value, at: &At, errors: &mut Errors) {
    match get(owner, "preemptionPolicy").and_then(Value::as_str) {
        None | Some("PreemptLowerPriority" | "Never") => {}
        Some("") => errors.required(at, ""),
        Some(other) => errors.not_supported(at, other, &["Never", "PreemptLowerPriority"]),
    }
}

/// Durations are positive, transitions not negative.
pub(crate) fn lease(lease: &Value, errors: &mut Errors) {
    let spec = lease.get("spec").unwrap_or(&NONE);
    let at = At::new("spec");
    if let Some(seconds) = int(spec, "leaseDurationSeconds").filter(|seconds| *seconds <= 0) {
        errors.invalid(&at.child("leaseDurationSeconds"), seconds, "must be greater than 0");
    }
    if let Some(count) = int(spec, "leaseTransitions").filter(|count| *count < 0) {
        errors.invalid(&at.child("leaseTransitions"), count, "must be greater than or equal to 0");
    }
}

/// The same rules hold for a Lease that replaces another.
pub(crate) fn lease_update(new: &Value, _old: &Value, errors: &mut Errors) {
    lease(new, errors);
}
