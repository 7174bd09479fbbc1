//! A container's part of the Pod's status (the kubelet's `convertToAPIContainerStatuses`).

use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting, ContainerStatus,
    VolumeMountStatus,
};

use super::observed::{self, Exit};
use super::plan::{List, Plan, SHOW_EXIT};
use super::{init, limits, phase, restart, time};
use crate::api::time::go_duration;

/// The statuses of one list: init containers in their order, the others by name, as the kubelet sorts them.
pub(super) fn all(plan: &Plan, list: List) -> Option<Vec<ContainerStatus>> {
    let containers: Vec<Container> = match list {
        List::Init => plan.spec.init_containers.clone().unwrap_or_default(),
        List::Regular => plan.spec.containers.clone(),
        List::Ephemeral => {
            let ephemeral = plan.spec.ephemeral_containers.iter().flatten();
            ephemeral
                .map(|c| Container { name: c.name.clone(), image: c.image.clone(), ..Container::default() })
                .collect()
        }
    };
    let mut statuses: Vec<_> = containers.iter().map(|c| status(plan, c, list)).collect();
    if list != List::Init {
        statuses.sort_by(|a, b| a.name.cmp(&b.name));
    }
    (!statuses.is_empty()).then_some(statuses)
}

fn status(plan: &Plan, container: &Container, list: List) -> ContainerStatus {
    let observed = plan.observed;
    let latest = plan.latest(&container.name);
    let Some(latest) = latest else { return unmade(plan, container, list) };
    let (state, waits) = state_of(plan, container, latest, list);
    let last =
        if waits && latest.exit().is_some() { Some(latest) } else { observed.before(&container.name, latest.attempt) };
    let runs = state.running.is_some();
    let probes = observed.probes_of(latest);
    let started = runs && (container.startup_probe.is_none() || probes.startup == Some(true));
    let ready = match list {
        List::Init if !restart::is_sidecar(container) => latest.exit().is_some_and(|e| e.code == 0),
        List::Ephemeral => false,
        _ => started && (container.readiness_probe.is_none() || probes.readiness == Some(true)),
    };
    // What is still to come is not told.
    let reported = plan.known(&container.name).filter(|_| limits::is_resizing(plan, container));
    let basic = basic(container);
    ContainerStatus {
        resources: reported.map_or(basic.resources, |before| before.resources.clone()),
        container_id: Some(format!("docker://{}", latest.id)),
        image_id: image_id(latest),
        last_state: Some(last.and_then(|c| Some(terminated(c, c.exit()?))).unwrap_or_default()),
        ready,
        restart_count: i32::try_from(latest.attempt).unwrap_or(i32::MAX),
        started: Some(started),
        state: Some(state),
        ..basic
    }
}

/// What a container's state looks like, and whether it waits.
fn state_of(plan: &Plan, container: &Container, latest: &observed::Container, list: List) -> (ContainerState, bool) {
    let memory = plan.memory(&container.name).cloned().unwrap_or_default();
    let held = memory.waiting.as_ref().map(|w| waiting(w.reason, &w.message));
    match &latest.state {
        observed::ContainerState::Created => (held.unwrap_or_else(|| default_waiting(plan, list)), true),
        observed::ContainerState::Running { .. } if memory.starting() => (default_waiting(plan, list), true),
        observed::ContainerState::Running { started } => {
            let running = ContainerStateRunning { started_at: Some(time::to_kubernetes(*started)) };
            (ContainerState { running: Some(running), ..ContainerState::default() }, false)
        }
        observed::ContainerState::Exited(exit) => {
            let again = list != List::Ephemeral && restart::again(plan.pod, container, list == List::Init, exit);
            if plan.deleting() || !again || phase::over(plan) {
                return (terminated(latest, exit), false);
            }
            if let Some(held) = held {
                return (held, true);
            }
            if plan.current(&container.name).is_none() {
                return (default_waiting(plan, list), true);
            }
            let until = plan.crash_of(latest).and_then(|b| b.until(exit.finished, plan.rules).map(|at| (b, at)));
            let shown = exit.finished.plus_micros(plan.rules.scaled(SHOW_EXIT));
            match until {
                Some((backoff, at)) if plan.now >= shown && plan.now < at => {
                    let wait = go_duration(plan.rules.scaled(backoff.seconds));
                    let message = format!(
                        "back-off {wait} restarting failed container={} pod={}",
                        container.name,
                        plan.pod_words()
                    );
                    (waiting("CrashLoopBackOff", &message), true)
                }
                _ if exit.reason.as_deref() == Some("StartError") => {
                    (waiting("RunContainerError", exit.message.as_deref().unwrap_or_default()), true)
                }
                _ => (terminated(latest, exit), false),
            }
        }
    }
}

/// A container of which nothing exists: not yet made, or gone.
fn unmade(plan: &Plan, container: &Container, list: List) -> ContainerStatus {
    let known = plan.known(&container.name);
    if let Some(known) = known.filter(|_| plan.deleting() || phase::over(plan)) {
        return gone(known);
    }
    let waiting = plan.memory(&container.name).and_then(|m| m.waiting.as_ref()).map(|w| waiting(w.reason, &w.message));
    ContainerStatus {
        last_state: Some(known.and_then(|s| gone(s).state).unwrap_or_default()),
        container_id: known.and_then(|s| s.container_id.clone()),
        restart_count: known.map_or(0, |s| s.restart_count),
        started: Some(false),
        state: Some(waiting.unwrap_or_else(|| default_waiting(plan, list))),
        ..basic(container)
    }
}

/// A container that was reported and cannot be found any more: how it ended stays, or is unknown.
fn gone(known: &ContainerStatus) -> ContainerStatus {
    let mut status = known.clone();
    status.ready = false;
    status.started = Some(false);
    if status.state.as_ref().is_none_or(|s| s.terminated.is_none()) {
        let terminated = ContainerStateTerminated {
            exit_code: 137,
            reason: Some("ContainerStatusUnknown".to_owned()),
            message: Some("The container could not be located when the pod was terminated".to_owned()),
            ..ContainerStateTerminated::default()
        };
        status.state = Some(ContainerState { terminated: Some(terminated), ..ContainerState::default() });
    }
    status
}

/// What a status says of the spec alone.
fn basic(container: &Container) -> ContainerStatus {
    let mounts: Vec<_> = container
        .volume_mounts
        .iter()
        .flatten()
        .map(|m| VolumeMountStatus {
            mount_path: m.mount_path.clone(),
            name: m.name.clone(),
            read_only: m.read_only,
            recursive_read_only: (m.read_only == Some(true)).then(|| "Disabled".to_owned()),
        })
        .collect();
    let resources = container.resources.clone().filter(|r| r.limits.is_some() || r.requests.is_some());
    ContainerStatus {
        name: container.name.clone(),
        image: container.image.clone().unwrap_or_default(),
        allocated_resources: resources.as_ref().and_then(|r| r.requests.clone()),
        resources,
        volume_mounts: (!mounts.is_empty()).then_some(mounts),
        ..ContainerStatus::default()
    }
}

fn image_id(container: &observed::Container) -> String {
    match container.image_id.as_str() {
        "" => String::new(),
        id => format!("docker://{id}"),
    }
}

fn waiting(reason: &str, message: &str) -> ContainerState {
    let message = (!message.is_empty()).then(|| message.to_owned());
    let waiting = ContainerStateWaiting { reason: Some(reason.to_owned()), message };
    ContainerState { waiting: Some(waiting), ..ContainerState::default() }
}

fn default_waiting(plan: &Plan, list: List) -> ContainerState {
    let has_init = plan.spec.init_containers.as_ref().is_some_and(|i| !i.is_empty());
    let initializing = has_init && (list == List::Init || !init::initialized(plan));
    waiting(if initializing { "PodInitializing" } else { "ContainerCreating" }, "")
}

fn terminated(container: &observed::Container, exit: &Exit) -> ContainerState {
    let reason = match (&exit.reason, exit.oom && exit.code != 0, exit.code) {
        (Some(reason), _, _) => reason,
        (None, true, _) => "OOMKilled",
        (None, false, 0) => "Completed",
        (None, false, _) => "Error",
    };
    let terminated = ContainerStateTerminated {
        container_id: Some(format!("docker://{}", container.id)),
        exit_code: exit.code,
        finished_at: Some(time::to_kubernetes(exit.finished)),
        message: exit.message.clone().filter(|m| !m.is_empty()),
        reason: Some(reason.to_owned()),
        signal: None,
        started_at: Some(time::to_kubernetes(exit.started.unwrap_or(exit.finished))),
    };
    ContainerState { terminated: Some(terminated), ..ContainerState::default() }
}
