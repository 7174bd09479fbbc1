//! What the node is told to do, and what it answers. Plain data.

use crate::api::Timestamp;

use super::limits::Limits;
use super::observed::{Container, Exit, PodSandbox};

/// One thing to do. The executor answers each with exactly one ending [`Outcome`].
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Make the Pod's directories and volumes. → [`Outcome::Volumes`]
    SetUpVolumes,
    /// Make and start a pod sandbox; stop an earlier one first. → [`Outcome::Sandbox`]
    StartSandbox {
        /// 0 for the first.
        attempt: u32,
    },
    /// Stop the pod sandbox of a Pod that is over. → [`Outcome::SandboxStopped`]
    StopSandbox {
        /// The runtime's id.
        id: String,
    },
    /// Pull, make, start, run postStart. → [`Outcome::Started`] and with a hook [`Outcome::HookDone`], or
    /// [`Outcome::StartFailed`]
    StartContainer {
        /// The container.
        name: String,
        /// The attempt, which is the restart count.
        attempt: u32,
        /// The wait should this attempt fail, seconds: to be kept on the container.
        backoff: u32,
    },
    /// preStop, SIGTERM, SIGKILL. → [`Outcome::Stopped`]
    StopContainer {
        /// The container.
        name: String,
        /// The runtime's id.
        id: String,
        /// Seconds for preStop and SIGTERM together; 0 kills at once.
        grace: i64,
    },
    /// Hold a running container to other limits. → [`Outcome::Resized`]
    ResizeContainer {
        /// The container.
        name: String,
        /// The runtime's id.
        id: String,
        /// What the kernel is to be told.
        limits: Limits,
    },
    /// Remove a dead container. → [`Outcome::Removed`]
    RemoveContainer {
        /// The runtime's id.
        id: String,
    },
    /// Remove all that is on the node. → [`Outcome::TornDown`]
    TearDown,
    /// Remove the object from the API. No outcome: the watch tells.
    Finalize,
}

/// What became of an action.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The volumes are there, or why not.
    Volumes(Result<(), String>),
    /// The pod sandbox runs, or why not.
    Sandbox(Result<PodSandbox, String>),
    /// The pod sandbox has been stopped.
    SandboxStopped,
    /// A container runs. `hook`: its postStart hook is running now.
    Started {
        /// As it is known without asking again.
        container: Container,
        /// Whether [`Outcome::HookDone`] will follow.
        hook: bool,
    },
    /// The postStart hook is over.
    HookDone {
        /// The container.
        name: String,
        /// Why it failed.
        error: Option<String>,
    },
    /// A container could not be started.
    StartFailed {
        /// The container.
        name: String,
        /// Why.
        failure: FailedStart,
        /// What is left of the try: made, and not startable.
        container: Option<Container>,
    },
    /// A container is held to other limits, or why not.
    Resized {
        /// The container.
        name: String,
        /// The runtime's id.
        id: String,
        /// What the kernel holds it to.
        result: Result<Limits, String>,
    },
    /// A container has been stopped.
    Stopped {
        /// The container.
        name: String,
        /// The runtime's id.
        id: String,
        /// How it ended; `None` when it is gone.
        exit: Option<Exit>,
    },
    /// A dead container has been removed.
    Removed {
        /// The runtime's id.
        id: String,
    },
    /// Nothing is left on the node, or why something is.
    TornDown(Result<(), String>),
}

/// Why a container could not be started.
#[derive(Clone, Debug, PartialEq)]
pub struct FailedStart {
    /// As it stands in the status.
    pub reason: Reason,
    /// What happened.
    pub message: String,
    /// When.
    pub at: Timestamp,
}

/// The reasons of a start that failed, in the kubelet's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Reason {
    ErrImagePull,
    ErrImageNeverPull,
    InvalidImageName,
    ImageInspectError,
    CreateContainerConfigError,
    CreateContainerError,
    RunContainerError,
    /// The start was given up because the Pod is to go.
    Cancelled,
}

impl Reason {
    /// `status.containerStatuses[].state.waiting.reason`
    pub fn word(self) -> &'static str {
        match self {
            Self::ErrImagePull => "ErrImagePull",
            Self::ErrImageNeverPull => "ErrImageNeverPull",
            Self::InvalidImageName => "InvalidImageName",
            Self::ImageInspectError => "ImageInspectError",
            Self::CreateContainerConfigError => "CreateContainerConfigError",
            Self::CreateContainerError => "CreateContainerError",
            Self::RunContainerError => "RunContainerError",
            Self::Cancelled => "ContainerCreating",
        }
    }
}
