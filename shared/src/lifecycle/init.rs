//! Init containers, in order, and sidecars among them, which stay. Decides only.

use k8s_openapi::api::core::v1::Container;

use super::observed::{self, ContainerState};
use super::plan::Plan;
use super::restart;

/// Moves the init containers on; `true` when the regular containers may start.
pub(super) fn run(plan: &mut Plan) -> bool {
    // A regular container of this pod sandbox was made: initialisation is over for good, even if its containers are
    // gone. Only sidecars are kept running.
    let before = passed_before(plan);
    let mut passed = true;
    for container in plan.spec.init_containers.iter().flatten() {
        let sidecar = restart::is_sidecar(container);
        if before && !sidecar {
            continue;
        }
        let Some(current) = plan.current(&container.name) else {
            plan.start_in_turn(container);
            passed = false;
            if before {
                continue;
            } else {
                break;
            };
        };
        let done = match &current.state {
            ContainerState::Created => {
                plan.start_in_turn(container);
                false
            }
            ContainerState::Running { .. } => {
                plan.watch_over(container, current);
                sidecar && up(plan, container, current)
            }
            ContainerState::Exited(exit) => {
                let again = restart::again(plan.pod, container, true, exit);
                if again {
                    plan.start_in_turn(container);
                }
                !sidecar && exit.code == 0 && !again
            }
        };
        passed &= done;
        if !done && !before {
            break;
        }
    }
    before || passed
}

/// A sidecar is up when it runs, its postStart hook is over and its startup probe, if any, has succeeded.
pub(super) fn up(plan: &Plan, container: &Container, current: &observed::Container) -> bool {
    let memory = plan.memory(&container.name);
    current.running()
        && memory.is_none_or(|m| !m.starting() && m.hook == super::state::Hook::Over)
        && (container.startup_probe.is_none() || plan.observed.probes_of(current).startup == Some(true))
}

/// Whether a regular container of the current pod sandbox exists or did exist.
pub(super) fn passed_before(plan: &Plan) -> bool {
    plan.spec.containers.iter().any(|c| plan.current(&c.name).is_some())
}

/// Whether all init containers have done their part: what the condition `Initialized` says.
pub(super) fn initialized(plan: &Plan) -> bool {
    passed_before(plan)
        || plan.spec.init_containers.iter().flatten().all(|container| match plan.latest(&container.name) {
            Some(latest) if restart::is_sidecar(container) => up(plan, container, latest),
            Some(latest) => latest.exit().is_some_and(|e| e.code == 0),
            None => false,
        })
}
