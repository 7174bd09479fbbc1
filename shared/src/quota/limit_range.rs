//! LimitRange: what a container gets that asks for nothing, and what none may ask for.

use serde_json::{Map, Value, json};

use super::{Amounts, amounts, resources};
use crate::api::{Quantity, object};

const ANNOTATION: &str = "kubernetes.io/limit-ranger";

/// Gives a new Pod's containers what a range says for those that name nothing, and notes that in an annotation.
pub fn default(range: &Value, pod: &mut Value) {
    let (mut requests, mut limits) = (Map::new(), Map::new());
    for item in items(range, "Container") {
        for (field, into) in [("defaultRequest", &mut requests), ("default", &mut limits)] {
            into.extend(item.get(field).and_then(Value::as_object).cloned().unwrap_or_default());
        }
    }
    let mut notes = Vec::new();
    for (kind, word) in [("containers", "container"), ("initContainers", "init container")] {
        let Some(list) = pod.pointer_mut(&format!("/spec/{kind}")).and_then(Value::as_array_mut) else { continue };
        for container in list {
            for (field, what, defaults) in [("requests", "request", &requests), ("limits", "limit", &limits)] {
                let set = fill(container, field, defaults);
                if !set.is_empty() {
                    let name = container.get("name").and_then(Value::as_str).unwrap_or_default();
                    notes.push(format!("{} {what} for {word} {name}", set.join(", ")));
                }
            }
        }
    }
    if notes.is_empty() {
        return;
    }
    if let Some(metadata) = object::metadata_mut(pod) {
        let annotations = metadata.entry("annotations").or_insert(Value::Null);
        if !annotations.is_object() {
            *annotations = json!({});
        }
        annotations[ANNOTATION] = format!("LimitRanger plugin set: {}", notes.join("; ")).into();
    }
}

/// Sets what is missing; gives the names, sorted.
fn fill(container: &mut Value, field: &str, defaults: &Map<String, Value>) -> Vec<String> {
    if defaults.is_empty() {
        return Vec::new();
    }
    let resources = &mut container["resources"];
    if !resources.is_object() {
        *resources = json!({});
    }
    if !resources[field].is_object() {
        resources[field] = json!({});
    }
    let mut set = Vec::new();
    for (name, amount) in defaults {
        if resources[field].get(name).is_none() {
            resources[field][name] = amount.clone();
            set.push(name.clone());
        }
    }
    set
}

/// What a range forbids of a Pod, in the plugin's words.
pub fn check(range: &Value, pod: &Value) -> Vec<String> {
    let mut errors = Vec::new();
    for item in items(range, "Container") {
        let init = object::list(pod, "/spec/initContainers");
        for container in object::list(pod, "/spec/containers").iter().chain(init) {
            let of = |field: &str| amounts(container.pointer(&format!("/resources/{field}")));
            compare(item, "Container", &of("requests"), &of("limits"), &mut errors);
        }
    }
    for item in items(range, "Pod") {
        let of = |field: &str| resources::of_pod(pod, field);
        compare(item, "Pod", &of("requests"), &of("limits"), &mut errors);
    }
    errors
}

fn items<'a>(range: &'a Value, ty: &'a str) -> impl Iterator<Item = &'a Value> {
    let all = object::list(range, "/spec/limits").iter();
    all.filter(move |item| item.get("type").and_then(Value::as_str) == Some(ty))
}

fn compare(item: &Value, ty: &str, requests: &Amounts, limits: &Amounts, errors: &mut Vec<String>) {
    for (name, least) in amounts(item.get("min")) {
        let base = format!("minimum {name} usage per {ty} is {least}");
        match (requests.get(&name), limits.get(&name)) {
            (None, _) => errors.push(format!("{base}.  No request is specified")),
            (Some(request), _) if *request < least => errors.push(format!("{base}, but request is {request}")),
            (_, Some(limit)) if *limit < least => errors.push(format!("{base}, but limit is {limit}")),
            _ => {}
        }
    }
    for (name, most) in amounts(item.get("max")) {
        let base = format!("maximum {name} usage per {ty} is {most}");
        match (requests.get(&name), limits.get(&name)) {
            (_, None) => errors.push(format!("{base}.  No limit is specified")),
            (_, Some(limit)) if *limit > most => errors.push(format!("{base}, but limit is {limit}")),
            (Some(request), _) if *request > most => errors.push(format!("{base}, but request is {request}")),
            _ => {}
        }
    }
    for (name, most) in amounts(item.get("maxLimitRequestRatio")) {
        let base = format!("{name} max limit to request ratio per {ty} is {most}");
        let some = |amounts: &Amounts| amounts.get(&name).copied().filter(|amount| *amount > Quantity::milli(0));
        match (some(requests), some(limits)) {
            (None, _) => errors.push(format!("{base}, but no request is specified or request is 0")),
            (_, None) => errors.push(format!("{base}, but no limit is specified or limit is 0")),
            (Some(request), Some(limit)) => {
                let ratio = limit.milli_value() as f64 / request.milli_value() as f64;
                if ratio * 1000.0 > most.milli_value() as f64 {
                    errors.push(format!("{base}, but provided ratio is {ratio:.6}"));
                }
            }
        }
    }
}
