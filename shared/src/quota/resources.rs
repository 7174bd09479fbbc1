//! What a Pod as a whole requests and may use.

use serde_json::Value;

use super::{Amounts, amounts};
use crate::api::{Kind, Quantity, object};

/// The compute resources of which a quota can demand that every container names them.
const COMPUTE: &[(&str, &str, &str)] = &[
    ("cpu", "requests", "cpu"),
    ("memory", "requests", "memory"),
    ("requests.cpu", "requests", "cpu"),
    ("requests.memory", "requests", "memory"),
    ("limits.cpu", "limits", "cpu"),
    ("limits.memory", "limits", "memory"),
];

/// Whether a quota's resource is one that Pods use.
pub fn of_pods(resource: &str) -> bool {
    let compute = resource.trim_start_matches("requests.").trim_start_matches("limits.");
    resource == "pods" || matches!(compute, "cpu" | "memory" | "ephemeral-storage") || compute.starts_with("hugepages-")
}

/// A Pod's `requests` or `limits`: the containers' sum with the sidecars, or the biggest init container with the
/// sidecars before it, if that is more; and the overhead (`PodRequests` in `component-helpers/resource`).
pub fn of_pod(pod: &Value, field: &str) -> Amounts {
    let of = |container: &Value| amounts(container.pointer(&format!("/resources/{field}")));
    let mut sum = Amounts::new();
    for container in object::list(pod, "/spec/containers") {
        add(&mut sum, &of(container));
    }
    let (mut sidecars, mut biggest) = (Amounts::new(), Amounts::new());
    for container in object::list(pod, "/spec/initContainers") {
        let mut own = of(container);
        if container.get("restartPolicy").and_then(Value::as_str) == Some("Always") {
            add(&mut sum, &own);
            add(&mut sidecars, &own);
            own = sidecars.clone();
        } else {
            add(&mut own, &sidecars);
        }
        raise(&mut biggest, &own);
    }
    raise(&mut sum, &biggest);
    let overhead = amounts(pod.pointer("/spec/overhead"));
    let limited = field == "requests" || !sum.is_empty();
    if limited {
        add(&mut sum, &overhead);
    }
    // What is said for the Pod as a whole goes before the sum.
    for (name, amount) in amounts(pod.pointer(&format!("/spec/resources/{field}"))) {
        sum.insert(name, amount);
    }
    sum
}

fn add(sum: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        let total = sum.entry(name.clone()).or_insert(Quantity::milli(0));
        *total = total.plus(*amount);
    }
}

fn raise(most: &mut Amounts, other: &Amounts) {
    for (name, amount) in other {
        let highest = most.entry(name.clone()).or_insert(*amount);
        *highest = (*highest).max(*amount);
    }
}

/// What containers leave unsaid though the quota limits it: `limits.cpu for: a,b`.
pub fn unsaid(kind: &Kind, pod: &Value, hard: &Amounts) -> Vec<String> {
    if kind.kind != "Pod" {
        return Vec::new();
    }
    let containers = || object::list(pod, "/spec/containers").iter().chain(object::list(pod, "/spec/initContainers"));
    let mut unsaid = Vec::new();
    for (resource, field, name) in COMPUTE.iter().filter(|(resource, ..)| hard.contains_key(*resource)) {
        let said = |c: &&Value| c.pointer(&format!("/resources/{field}/{name}")).is_some();
        let whole = pod.pointer(&format!("/spec/resources/{field}/{name}")).is_some();
        let mut silent: Vec<&str> =
            containers().filter(|c| !whole && !said(c)).filter_map(|c| c.get("name").and_then(Value::as_str)).collect();
        silent.sort_unstable();
        if !silent.is_empty() {
            unsaid.push(format!("{resource} for: {}", silent.join(",")));
        }
    }
    unsaid.sort();
    unsaid
}
