//! A change of a running Pod's resources.

use serde_json::{Map, Value};

use super::super::at::{At, Errors};
use super::super::read::{list, same, text};
use super::spec;
use super::update::difference;
use crate::lifecycle::qos_class;

static NONE: Value = Value::Null;

/// An update through `pods/resize`: CPU and memory of what keeps running.
pub(crate) fn resize(new_pod: &Value, old_pod: &Value, errors: &mut Errors) {
    spec::metadata_and_spec(new_pod, errors);
    let (new, old) = (new_pod.get("spec").unwrap_or(&NONE), old_pod.get("spec").unwrap_or(&NONE));
    let at = At::new("spec");
    let mut unchanged = new.clone();
    for kind in ["containers", "initContainers"] {
        let at = at.child(kind);
        let fields = unchanged.get_mut(kind).and_then(Value::as_array_mut).into_iter().flatten();
        for (index, (container, old)) in fields.zip(list(old, kind)).enumerate() {
            if kind == "initContainers" && text(old, "restartPolicy") != "Always" {
                continue;
            }
            let at = at.index(index);
            let at = at.child("resources");
            for part in ["limits", "requests"] {
                resized(container, old, (part, &at), errors);
            }
        }
    }
    if !same(&unchanged, old) {
        let diff = difference(&unchanged, old);
        errors.forbidden(&at, format!("only cpu and memory resources are mutable\n{diff}"));
    }
    let class = |pod: &Value| serde_json::from_value(pod.clone()).map_or("", |pod| qos_class(&pod));
    if class(new_pod) != class(old_pod) {
        let class = new_pod.pointer("/status/qosClass").cloned().unwrap_or_default();
        errors.invalid(&at, class, "Pod QOS Class may not change as a result of resizing");
    }
}

/// Sets CPU and memory of one part of a container's resources back; they may change, and not go.
fn resized(container: &mut Value, old: &Value, (part, at): (&str, &At), errors: &mut Errors) {
    for name in ["cpu", "memory"] {
        let path = format!("/resources/{part}/{name}");
        match (container.pointer(&path).is_some(), old.pointer(&path)) {
            (true, Some(old)) => {
                if let Some(new) = container.pointer_mut(&path) {
                    *new = old.clone();
                }
            }
            (true, None) => {
                let amounts = container.pointer_mut(&format!("/resources/{part}")).and_then(Value::as_object_mut);
                if let Some(amounts) = amounts {
                    amounts.remove(name);
                }
            }
            (false, Some(old)) => {
                errors.forbidden(&at.child(part), format!("resource {part} cannot be removed"));
                container["resources"][part][name] = old.clone();
            }
            (false, None) => {}
        }
    }
    // What was added to nothing leaves nothing behind.
    let resources = container.get_mut("resources").and_then(Value::as_object_mut);
    if let Some(resources) = resources
        && resources.get(part).and_then(Value::as_object).is_some_and(Map::is_empty)
        && old.pointer(&format!("/resources/{part}")).is_none()
    {
        resources.remove(part);
    }
}
