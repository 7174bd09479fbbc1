//! From what the engine says of a container to what the state machine observes. Pure but for termination messages.

use std::collections::HashMap;

use k8s_openapi::api::core::v1::Pod;
use shared::lifecycle::{Container, ContainerState, Exit, Limits, Observed, PodSandbox, Probes};

use super::pod_dir::PodDir;
use crate::runtime::{ContainerInfo, Role, RunState, labels};

/// A Pod's containers and newest pod sandbox.
pub(super) fn observed(found: &[ContainerInfo], dir: &PodDir) -> Observed {
    let sandboxes = found.iter().filter(|c| is(c, Role::Pod)).map(sandbox);
    Observed {
        sandbox: sandboxes.max_by_key(|s| s.attempt),
        containers: found.iter().filter(|c| is(c, Role::Container)).map(|c| container(c, dir)).collect(),
        ..Observed::default()
    }
}

pub(super) fn is(found: &ContainerInfo, role: Role) -> bool {
    label(found, labels::ROLE) == role.as_str()
}

pub(super) fn label<'a>(found: &'a ContainerInfo, name: &str) -> &'a str {
    found.labels.get(name).map_or("", String::as_str)
}

fn number(found: &ContainerInfo, name: &str) -> u32 {
    label(found, name).parse().unwrap_or(0)
}

pub(super) fn sandbox(found: &ContainerInfo) -> PodSandbox {
    PodSandbox {
        id: found.id.clone(),
        attempt: number(found, labels::ATTEMPT),
        ready: matches!(found.state, RunState::Running { .. }),
        ip: label_or(found, labels::POD_IP).or_else(|| found.ip.clone()),
    }
}

fn label_or(found: &ContainerInfo, name: &str) -> Option<String> {
    found.labels.get(name).filter(|v| !v.is_empty()).cloned()
}

pub(super) fn container(found: &ContainerInfo, dir: &PodDir) -> Container {
    let (name, attempt) = (label(found, labels::CONTAINER), number(found, labels::ATTEMPT));
    Container {
        id: found.id.clone(),
        name: name.to_owned(),
        attempt,
        sandbox: label(found, labels::POD_SANDBOX).to_owned(),
        image: found.image.clone(),
        image_id: found.image_id.clone(),
        backoff: number(found, labels::BACKOFF),
        limits: Limits {
            cpu_shares: found.resources.cpu_shares.unwrap_or_default(),
            cpu_quota: found.resources.cpu_quota,
            memory: found.resources.memory,
        },
        state: state(found, dir, name, attempt),
    }
}

fn state(found: &ContainerInfo, dir: &PodDir, name: &str, attempt: u32) -> ContainerState {
    match &found.state {
        RunState::Created => ContainerState::Created,
        RunState::Running { started, .. } => ContainerState::Running { started: *started },
        RunState::Exited { started, finished, exit_code, oom_killed, error } => {
            let never = started.is_none() && !error.is_empty();
            ContainerState::Exited(Exit {
                // As the CRI's runtimes say of a container whose process could not be made.
                code: if never { 128 } else { *exit_code },
                oom: *oom_killed,
                reason: never.then(|| "StartError".to_owned()),
                message: if never { Some(error.clone()) } else { dir.read_message(name, attempt) },
                started: *started,
                finished: *finished,
            })
        }
    }
}

/// What was reported of containers that run already: it holds until a probe says otherwise.
pub(super) fn adopted(pod: &Pod, observed: &Observed) -> HashMap<String, Probes> {
    let status = pod.status.as_ref();
    let lists = status.map(|s| [s.container_statuses.as_deref(), s.init_container_statuses.as_deref()]);
    let statuses = lists.into_iter().flatten().flatten().flatten();
    let known = statuses.filter_map(|s| {
        let id = s.container_id.as_deref()?.strip_prefix("docker://")?;
        let container = observed.containers.iter().find(|c| c.id == id && c.running())?;
        let startup = (s.started == Some(true)).then_some(true);
        let readiness = s.ready.then_some(true);
        Some((container.id.clone(), Probes { startup, liveness: None, readiness }))
    });
    known.collect()
}
