//! What the runtime and the prober say about one Pod. Facts only: nothing here is decided or remembered.

use std::collections::BTreeMap;

use super::limits::Limits;
use crate::api::Timestamp;

/// Everything that exists of a Pod on its node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// The newest pod sandbox.
    pub sandbox: Option<PodSandbox>,
    /// All containers, also dead ones and those of earlier pod sandboxes, in any order.
    pub containers: Vec<Container>,
    /// Probe results by container id.
    pub probes: BTreeMap<String, Probes>,
}

/// The pause container.
#[derive(Clone, Debug, PartialEq)]
pub struct PodSandbox {
    /// The runtime's id.
    pub id: String,
    /// 0, 1, 2… within the Pod's life.
    pub attempt: u32,
    /// Running.
    pub ready: bool,
    /// The Pod's address.
    pub ip: Option<String>,
}

/// One attempt at one of the Pod's containers.
#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    /// The runtime's id.
    pub id: String,
    /// The name in the Pod's spec.
    pub name: String,
    /// 0 for the first; the restart count.
    pub attempt: u32,
    /// The pod sandbox it belongs to.
    pub sandbox: String,
    /// The image as it was asked for.
    pub image: String,
    /// The image's id: `sha256:…`.
    pub image_id: String,
    /// The wait should this attempt fail, seconds; 0 for none. Kept on the container so that it outlives the backend.
    pub backoff: u32,
    /// What the kernel holds it to.
    pub limits: Limits,
    /// How far it is.
    pub state: ContainerState,
}

/// How far a container is.
#[derive(Clone, Debug, PartialEq)]
pub enum ContainerState {
    /// Made and not started.
    Created,
    /// Running since then.
    Running {
        /// When it was started.
        started: Timestamp,
    },
    /// Over.
    Exited(Exit),
}

/// How a container ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exit {
    /// The exit code; 128 + n for signal n.
    pub code: i32,
    /// The kernel killed it, or a child, for memory.
    pub oom: bool,
    /// A reason that the exit code does not tell: `StartError`.
    pub reason: Option<String>,
    /// The termination message.
    pub message: Option<String>,
    /// When it was started; `None` if it never was.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub finished: Timestamp,
}

/// What the prober has found out about a running container; `None` while there is no result yet.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Probes {
    /// The startup probe.
    pub startup: Option<bool>,
    /// The liveness probe.
    pub liveness: Option<bool>,
    /// The readiness probe.
    pub readiness: Option<bool>,
}

impl Container {
    /// Running.
    pub fn running(&self) -> bool {
        matches!(self.state, ContainerState::Running { .. })
    }

    /// How it ended, if it has.
    pub fn exit(&self) -> Option<&Exit> {
        match &self.state {
            ContainerState::Exited(exit) => Some(exit),
            _ => None,
        }
    }
}

impl Observed {
    /// The newest attempt of a container.
    pub fn latest(&self, name: &str) -> Option<&Container> {
        self.containers.iter().filter(|c| c.name == name).max_by_key(|c| c.attempt)
    }

    /// The newest attempt before `attempt`.
    pub fn before(&self, name: &str, attempt: u32) -> Option<&Container> {
        self.containers.iter().filter(|c| c.name == name && c.attempt < attempt).max_by_key(|c| c.attempt)
    }

    /// The probe results of a container.
    pub fn probes_of(&self, container: &Container) -> Probes {
        self.probes.get(&container.id).copied().unwrap_or_default()
    }
}
