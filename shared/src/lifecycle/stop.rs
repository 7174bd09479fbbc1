//! The end of a Pod: all its containers stopped, in order; then what is left removed, then the object. Decides only.

use super::action::Action;
use super::event;
use super::plan::{List, Plan};
use super::restart;
use super::state::{Setup, Work};

/// A Pod that has run its course, or that the node has ended: stopped, and kept for its logs.
pub(super) fn finish(plan: &mut Plan) {
    // The kubelet's eviction manager gives a second, whatever the Pod asks for.
    let grace = if plan.state.evicted().is_some() { 1 } else { plan.grace() };
    if !stop_all(plan, grace) {
        return;
    }
    let Some(sandbox) = plan.observed.sandbox.as_ref().filter(|s| s.ready) else { return };
    if plan.state.sandbox.begin(plan.now).is_ok() {
        plan.actions.push(Action::StopSandbox { id: sandbox.id.clone() });
    }
}

/// A Pod that is to go.
pub(super) fn delete(plan: &mut Plan) {
    let grace = plan.pod.metadata.deletion_grace_period_seconds.unwrap_or_else(|| plan.grace());
    if !stop_all(plan, grace) || plan.state.volumes.working() || plan.state.sandbox.working() {
        return;
    }
    if plan.state.torn_down == Setup::Done {
        if !plan.state.finalizing {
            plan.state.finalizing = true;
            plan.actions.push(Action::Finalize);
        }
        return;
    }
    let failed = match &plan.state.torn_down {
        Setup::Failed { message, .. } => Some(event::kill_failed(message)),
        _ => None,
    };
    match plan.state.torn_down.begin(plan.now) {
        Ok(()) => {
            plan.events.extend(failed);
            plan.actions.push(Action::TearDown);
        }
        Err(at) => at.into_iter().for_each(|at| plan.wake(at)),
    }
}

/// Stops what runs; `true` when nothing runs and nothing is being started.
///
/// Sidecars go after the regular containers, the last one first, as long as the grace period lasts (KEP-753).
fn stop_all(plan: &mut Plan, grace: i64) -> bool {
    let since = *plan.state.stopping_since.get_or_insert(plan.now);
    let left = (grace - plan.now.seconds_since(since)).max(if grace == 0 { 0 } else { 1 });
    let out_of_time = plan.now >= since.plus_seconds(grace);
    let observed = plan.observed;
    let running: Vec<_> = observed.containers.iter().filter(|c| c.running()).collect();
    let mut later_runs = false;
    for container in &running {
        if plan.list_of(&container.name) != List::Init {
            plan.stop(container, grace, None);
            later_runs = true;
        }
    }
    for init in plan.spec.init_containers.iter().flatten().rev() {
        for container in running.iter().filter(|c| c.name == init.name) {
            if !restart::is_sidecar(init) || !later_runs || out_of_time {
                plan.stop(container, left, None);
            } else {
                plan.wake(since.plus_seconds(grace));
            }
            later_runs = true;
        }
    }
    running.is_empty() && !plan.state.containers.values().any(|m| m.work == Work::Starting)
}
