//! Node: taints, pod CIDRs, capacity.

use std::collections::HashSet;

use serde_json::Value;

use super::at::{At, Errors};
use super::labels::label_key;
use super::names;
use super::pod::{quantity_value, taint_effect};
use super::read::{list, map, same_field, strings, text};

static NONE: Value = Value::Null;

/// A new Node.
pub(crate) fn create(node: &Value, errors: &mut Errors) {
    let spec = node.get("spec").unwrap_or(&NONE);
    taints(spec, errors);
    resources(node, errors);
    let at = At::new("spec");
    let at = at.child("podCIDRs");
    let mut seen = HashSet::new();
    let mut families = [0, 0];
    for (index, value) in strings(spec, "podCIDRs").enumerate() {
        if let Some(broken) = names::cidr(value) {
            errors.invalid(&at.index(index), value, broken);
        }
        families[usize::from(value.contains(':'))] += 1;
        if !seen.insert(value) {
            errors.duplicate(&at.index(index), value);
        }
    }
    if families.iter().any(|count| *count > 1) {
        let cidrs = spec.get("podCIDRs").cloned().unwrap_or_default();
        errors.invalid(&at, cidrs, "may specify no more than one CIDR for each IP family");
    }
}

/// A Node that replaces another: addresses of the network stay.
pub(crate) fn update(new: &Value, old: &Value, errors: &mut Errors) {
    resources(new, errors);
    let (spec, old_spec) = (new.get("spec").unwrap_or(&NONE), old.get("spec").unwrap_or(&NONE));
    let at = At::new("spec");
    if !list(old_spec, "podCIDRs").is_empty() && !same_field(spec, old_spec, "podCIDRs") {
        errors.forbidden(&at.child("podCIDRs"), "node updates may not change podCIDR except from \"\" to valid");
    }
    if !text(old_spec, "providerID").is_empty() && !same_field(spec, old_spec, "providerID") {
        errors.forbidden(&at.child("providerID"), "node updates may not change providerID except from \"\" to valid");
    }
    taints(spec, errors);
}

/// Capacity and allocatable: quantities that are not negative, whole where the resource is.
pub(crate) fn resources(node: &Value, errors: &mut Errors) {
    let Some(status) = node.get("status") else { return };
    let at = At::new("status");
    for field in ["capacity", "allocatable"] {
        let at = at.child(field);
        for (name, amount) in map(status, field).into_iter().flatten() {
            quantity_value(name, amount, &at.child(name), errors);
        }
    }
}

/// Kubernetes reports taints under `metadata`, and so does this.
fn taints(spec: &Value, errors: &mut Errors) {
    let at = At::new("metadata");
    let at = at.child("taints");
    let mut seen = HashSet::new();
    for (index, taint) in list(spec, "taints").iter().enumerate() {
        let at = at.index(index);
        let (key, value, effect) = (text(taint, "key"), text(taint, "value"), text(taint, "effect"));
        label_key(key, &at.child("key"), errors);
        let broken = names::label_value(value);
        if !broken.is_empty() {
            errors.invalid(&at.child("value"), value, broken.join(";"));
        }
        taint_effect(effect, false, &at.child("effect"), errors);
        if !seen.insert((key, effect)) {
            errors.duplicate(&at, taint.clone());
            if let Some(error) = errors.0.last_mut() {
                error.detail = "taints must be unique by key and effect pair".to_owned();
            }
        }
    }
}
