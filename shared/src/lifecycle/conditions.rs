//! The Pod's conditions (`pkg/kubelet/status/generate.go`). Those that others own are left alone.

use k8s_openapi::api::core::v1::{ContainerStatus, PodCondition};

use super::plan::Plan;
use super::{init, limits, restart, time};

/// The conditions in the kubelet's order, with the transition times of those that have not changed.
pub(super) fn conditions(
    plan: &Plan,
    phase: &str,
    init: &[ContainerStatus],
    regular: &[ContainerStatus],
) -> Vec<PodCondition> {
    let network = plan.observed.sandbox.as_ref().is_some_and(|s| s.ready && s.ip.is_some());
    let containers = containers_ready(plan, phase, init, regular);
    let ready = match gates(plan) {
        Some(message) if containers.0 => (false, "ReadinessGatesNotReady", message),
        _ => containers.clone(),
    };
    let mut own = vec![
        ("PodReadyToStartContainers", (network, "", String::new())),
        ("Initialized", initialized(plan, phase, init)),
        ("Ready", ready),
        ("ContainersReady", containers),
        ("PodScheduled", (true, "", String::new())),
    ];
    if let Some(verdict) = plan.state.evicted() {
        own.push(("DisruptionTarget", (true, "TerminationByKubelet", verdict.message.clone())));
    }
    for (name, reason, message) in limits::conditions(plan) {
        own.push((name, (true, reason, message)));
    }
    let before = plan.status().and_then(|s| s.conditions.as_deref()).unwrap_or_default();
    let is_ours = |name: &str| own.iter().any(|(own, _)| *own == name) || limits::CONDITIONS.contains(&name);
    let foreign = before.iter().filter(|c| !is_ours(&c.type_)).cloned();
    own.iter()
        .map(|(name, (status, reason, message))| condition(plan, before, name, *status, reason, message))
        .chain(foreign)
        .collect()
}

fn condition(
    plan: &Plan,
    before: &[PodCondition],
    name: &str,
    status: bool,
    reason: &str,
    message: &str,
) -> PodCondition {
    let status = if status { "True" } else { "False" };
    let unchanged = before.iter().find(|c| c.type_ == name && c.status == status);
    let since = unchanged.and_then(|c| c.last_transition_time.clone());
    PodCondition {
        type_: name.to_owned(),
        status: status.to_owned(),
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
        message: (!message.is_empty()).then(|| message.to_owned()),
        last_probe_time: None,
        last_transition_time: Some(since.unwrap_or_else(|| time::to_kubernetes(plan.now))),
        observed_generation: plan.pod.metadata.generation,
    }
}

type Verdict = (bool, &'static str, String);

fn containers_ready(plan: &Plan, phase: &str, init: &[ContainerStatus], regular: &[ContainerStatus]) -> Verdict {
    match phase {
        "Succeeded" => return (false, "PodCompleted", String::new()),
        "Failed" => return (false, "PodFailed", String::new()),
        _ => {}
    }
    let sidecars = plan.spec.init_containers.iter().flatten().filter(|c| restart::is_sidecar(c));
    let sidecars = sidecars.filter_map(|c| init.iter().find(|s| s.name == c.name));
    let in_spec_order = plan.spec.containers.iter().filter_map(|c| regular.iter().find(|s| s.name == c.name));
    let unready: Vec<_> = sidecars.chain(in_spec_order).filter(|s| !s.ready).map(|s| s.name.as_str()).collect();
    match unready.is_empty() {
        true => (true, "", String::new()),
        false => (false, "ContainersNotReady", format!("containers with unready status: [{}]", unready.join(" "))),
    }
}

fn initialized(plan: &Plan, phase: &str, init: &[ContainerStatus]) -> Verdict {
    match phase {
        "Succeeded" => return (true, "PodCompleted", String::new()),
        "Failed" if !init::initialized(plan) => return (false, "PodFailed", String::new()),
        _ => {}
    }
    if init::initialized(plan) {
        return (true, "", String::new());
    }
    let undone = plan.spec.init_containers.iter().flatten().filter(|container| {
        let status = init.iter().find(|s| s.name == container.name);
        match restart::is_sidecar(container) {
            true => status.and_then(|s| s.started) != Some(true),
            false => !status.is_some_and(|s| s.ready),
        }
    });
    let undone: Vec<_> = undone.map(|c| c.name.as_str()).collect();
    (false, "ContainersNotInitialized", format!("containers with incomplete status: [{}]", undone.join(" ")))
}

/// What the readiness gates hold against the Pod.
fn gates(plan: &Plan) -> Option<String> {
    let conditions = plan.status().and_then(|s| s.conditions.as_deref()).unwrap_or_default();
    let unready: Vec<_> = plan
        .spec
        .readiness_gates
        .iter()
        .flatten()
        .filter_map(|gate| {
            let name = &gate.condition_type;
            match conditions.iter().find(|c| c.type_ == *name) {
                None => Some(format!("corresponding condition of pod readiness gate \"{name}\" does not exist.")),
                Some(c) if c.status != "True" => {
                    Some(format!("the status of pod readiness gate \"{name}\" is not \"True\", but {}", c.status))
                }
                Some(_) => None,
            }
        })
        .collect();
    (!unready.is_empty()).then(|| unready.join(", "))
}
