//! The Pod's phase, from how its containers are (the kubelet's `getPhase`).

use super::observed::ContainerState;
use super::plan::Plan;
use super::{init, restart};

/// Whether nothing of the Pod is to run again.
pub(super) fn over(plan: &Plan) -> bool {
    plan.state.verdict.is_some() || reported_over(plan) || matches!(ending(plan), Some("Succeeded" | "Failed"))
}

/// A phase that has been reported as final stays.
fn reported_over(plan: &Plan) -> bool {
    reported(plan).is_some()
}

fn reported(plan: &Plan) -> Option<&'static str> {
    match plan.status()?.phase.as_deref()? {
        "Succeeded" => Some("Succeeded"),
        "Failed" => Some("Failed"),
        _ => None,
    }
}

/// What `status.phase` says.
pub(super) fn phase(plan: &Plan) -> &'static str {
    if let Some(phase) = reported(plan) {
        return phase;
    }
    let phase = if plan.state.verdict.is_some() { "Failed" } else { ending(plan).unwrap_or("Pending") };
    // A final phase is not told before the last container has ended.
    if matches!(phase, "Succeeded" | "Failed") && plan.observed.containers.iter().any(|c| c.running()) {
        return "Running";
    }
    phase
}

/// The phase by the containers alone; `None` while they have not all been started.
fn ending(plan: &Plan) -> Option<&'static str> {
    if !init::initialized(plan) {
        let failed = plan.spec.init_containers.iter().flatten().any(|container| {
            let exit = plan.latest(&container.name).and_then(|c| c.exit());
            exit.is_some_and(|e| e.code != 0 && !restart::again(plan.pod, container, true, e))
        });
        return failed.then_some("Failed");
    }
    let (mut waiting, mut going, mut failed) = (false, false, false);
    for container in &plan.spec.containers {
        let latest = plan.latest(&container.name);
        // A container that waits holds the Pod in Pending only before its first start.
        let first = latest.is_none_or(|c| c.attempt == 0) && plan.known(&container.name).is_none();
        match latest.map(|c| &c.state) {
            None | Some(ContainerState::Created) => {
                waiting |= first;
                going = true;
            }
            Some(ContainerState::Running { .. }) => {
                // Until its start and its postStart hook are over, a container counts as waiting.
                waiting |= first && plan.memory(&container.name).is_some_and(super::state::Memory::starting);
                going = true;
            }
            Some(ContainerState::Exited(exit)) => {
                let replace = plan.memory(&container.name).is_some_and(|m| m.replace);
                if !plan.deleting() && (replace || restart::again(plan.pod, container, false, exit)) {
                    going = true;
                } else {
                    failed |= exit.code != 0;
                }
            }
        }
    }
    match (waiting, going, failed) {
        (true, _, _) => None,
        (_, true, _) => Some("Running"),
        (_, _, true) => Some("Failed"),
        _ => Some("Succeeded"),
    }
}
