//! A Pod that replaces another: almost nothing of a spec may change once it exists.

use serde_json::{Map, Value};

use super::super::at::{At, Errors};
use super::super::names;
use super::super::read::{get, int, list, map, same, same_field, text};
use super::{spec, tolerations};

static NONE: Value = Value::Null;
const UPDATABLE: &str = "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// An update of the Pod itself.
pub(crate) fn update(new_pod: &Value, old_pod: &Value, errors: &mut Errors) {
    spec::metadata_and_spec(new_pod, errors);
    let (new, old) = (new_pod.get("spec").unwrap_or(&NONE), old_pod.get("spec").unwrap_or(&NONE));
    let at = At::new("spec");
    for field in ["containers", "initContainers"] {
        let at = at.child(field);
        if list(new, field).len() != list(old, field).len() {
            errors.forbidden(&at, "pod updates may not add or remove containers");
            return;
        }
    }
    if !deadline(new, old, &at, errors) {
        return;
    }
    tolerations::only_added(new, old, &at, errors);
    gates(new, old, &at, errors);
    let unchanged = with_old_values(new, old, &at, errors);
    if !same(&unchanged, old) {
        let diff = difference(&unchanged, old);
        errors.forbidden(&at, format!("pod updates may not change fields other than {UPDATABLE}\n{diff}"));
    }
}

/// `activeDeadlineSeconds` may be set, and then only shortened; `false` ends the comparison here, as Kubernetes does.
fn deadline(new: &Value, old: &Value, at: &At, errors: &mut Errors) -> bool {
    const FIELD: &str = "activeDeadlineSeconds";
    let at = at.child(FIELD);
    match (int(new, FIELD), int(old, FIELD)) {
        (Some(new), _) if !(0..=i64::from(i32::MAX)).contains(&new) => {
            errors.invalid(&at, new, names::inclusive_range(0, i64::from(i32::MAX)));
            false
        }
        (Some(new), Some(old)) if old < new => {
            errors.invalid(&at, new, "must be less than or equal to previous value");
            false
        }
        (None, Some(_)) => {
            errors.invalid(&at, Value::Null, "must not update from a positive integer to nil value");
            true
        }
        _ => true,
    }
}

/// Scheduling gates may only go.
fn gates(new: &Value, old: &Value, at: &At, errors: &mut Errors) {
    let at = at.child("schedulingGates");
    for (index, gate) in list(new, "schedulingGates").iter().enumerate() {
        let name = text(gate, "name");
        if list(old, "schedulingGates").iter().all(|old| text(old, "name") != name) {
            let why = format!("only deletion is allowed, but found new scheduling gate '{name}'");
            errors.forbidden(&at.index(index).child("name"), why);
        }
    }
}

/// The new spec with every field that may change set back to its old value.
fn with_old_values(new: &Value, old: &Value, at: &At, errors: &mut Errors) -> Value {
    let mut spec = new.clone();
    let Some(fields) = spec.as_object_mut() else { return spec };
    for kind in ["containers", "initContainers"] {
        let new = fields.get_mut(kind).and_then(Value::as_array_mut).into_iter().flatten();
        for (container, old) in new.zip(list(old, kind)) {
            set_back(container, old, "image");
        }
    }
    for field in ["activeDeadlineSeconds", "schedulingGates", "tolerations"] {
        set_back(&mut spec, old, field);
    }
    const GRACE: &str = "terminationGracePeriodSeconds";
    if int(old, GRACE).is_some_and(|old| old < 0) && int(new, GRACE) == Some(1) {
        set_back(&mut spec, old, GRACE);
    }
    if !list(old, "schedulingGates").is_empty() {
        gated(new, old, &mut spec, at, errors);
    }
    spec
}

/// A Pod still held back by gates may be aimed at fewer nodes.
fn gated(new: &Value, old: &Value, spec: &mut Value, at: &At, errors: &mut Errors) {
    if !same_field(new, old, "nodeSelector") {
        let kept =
            |(key, value): (&String, &Value)| map(new, "nodeSelector").is_some_and(|new| new.get(key) == Some(value));
        if !map(old, "nodeSelector").into_iter().flatten().all(kept) {
            let selector = get(new, "nodeSelector").cloned().unwrap_or(Value::Object(Map::new()));
            let why = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
            errors.invalid(&at.child("nodeSelector"), selector, why);
        }
        set_back(spec, old, "nodeSelector");
    }
    const REQUIRED: &str = "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
    let terms = |spec: &Value| spec.pointer(REQUIRED).and_then(Value::as_array).cloned().unwrap_or_default();
    let (new_terms, old_terms) = (terms(new), terms(old));
    let at = at.child("affinity");
    let at = at.child("nodeAffinity");
    let at = at.child("requiredDuringSchedulingIgnoredDuringExecution");
    let at = at.child("nodeSelectorTerms");
    if !old_terms.is_empty() && old_terms.len() != new_terms.len() {
        let why = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
        errors.invalid(&at, new_terms, why);
    } else {
        for (index, (old, new)) in old_terms.iter().zip(&new_terms).enumerate() {
            let grown = |field: &str| list(new, field).starts_with(list(old, field));
            if !grown("matchExpressions") || !grown("matchFields") {
                let why = "only additions are allowed (no mutations or deletions)";
                errors.invalid(&at.index(index), new.clone(), why);
            }
        }
    }
    let old_affinity = old.pointer("/affinity/nodeAffinity").cloned();
    match (spec.get_mut("affinity").and_then(Value::as_object_mut), old_affinity) {
        (Some(affinity), Some(old)) => {
            affinity.insert("nodeAffinity".to_owned(), old);
        }
        (Some(affinity), None) => {
            affinity.remove("nodeAffinity");
        }
        (None, _) => {}
    }
}

fn set_back(new: &mut Value, old: &Value, field: &str) {
    let Some(fields) = new.as_object_mut() else { return };
    match old.get(field) {
        Some(value) => fields.insert(field.to_owned(), value.clone()),
        None => fields.remove(field),
    };
}

/// The fields that differ, one a line as a diff: Kubernetes shows Go structs here, which no one has in hand.
pub(super) fn difference(new: &Value, old: &Value) -> String {
    fn walk(path: &str, new: &Value, old: &Value, out: &mut String) {
        if same(new, old) {
            return;
        }
        match (new, old) {
            (Value::Object(new), Value::Object(old)) => {
                let mut keys: Vec<&String> = new.keys().chain(old.keys()).collect();
                keys.sort_unstable();
                keys.dedup();
                for key in keys {
                    let at = |map: &'_ Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                    walk(&format!("{path}.{key}"), &at(new), &at(old), out);
                }
            }
            (Value::Array(new), Value::Array(old)) if new.len() == old.len() => {
                for (index, (new, old)) in new.iter().zip(old).enumerate() {
                    walk(&format!("{path}[{index}]"), new, old, out);
                }
            }
            _ => {
                for (sign, value) in [('-', old), ('+', new)] {
                    if !value.is_null() {
                        out.push_str(&format!("{sign} \t{path}: {value}\n"));
                    }
                }
            }
        }
    }
    let mut out = String::new();
    walk("spec", new, old, &mut out);
    out
}

/// An update through `pods/ephemeralcontainers`: they come, and never change or go.
pub(crate) fn update_ephemeral_containers(new_pod: &Value, old_pod: &Value, errors: &mut Errors) {
    const FIELD: &str = "ephemeralContainers";
    spec::metadata_and_spec(new_pod, errors);
    let (new, old) = (new_pod.get("spec").unwrap_or(&NONE), old_pod.get("spec").unwrap_or(&NONE));
    let at = At::new("spec");
    let at = at.child(FIELD);
    for old in list(old, FIELD) {
        let name = text(old, "name");
        match list(new, FIELD).iter().find(|new| text(new, "name") == name) {
            None => errors.forbidden(&at, format!("existing ephemeral containers {name:?} may not be removed\n")),
            Some(new) if !same(new, old) => {
                let diff = difference(new, old);
                errors.forbidden(&at, format!("existing ephemeral containers {name:?} may not be changed\n{diff}"));
            }
            Some(_) => {}
        }
    }
}
