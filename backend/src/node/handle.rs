//! What a Pod's worker is told, and what it lets others see.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;
use shared::api::Timestamp;
use shared::lifecycle::{Observed, Outcome, State};
use tokio::sync::mpsc::UnboundedSender;

use super::explain;
use super::pod_dir::PodDir;
use super::probe::Kind;
use crate::runtime::ContainerInfo;

/// What a worker knew after its last step, and when it wakes.
pub(super) type Seen = Arc<Mutex<(State, Observed, Option<Timestamp>)>>;

/// What a worker is told.
pub(super) enum Input {
    /// The Pod as it is in the API now.
    Pod(Value),
    /// The Pod is no longer in the API.
    Gone,
    /// A container as the engine says it is; `None`: it is gone.
    Container(String, Option<Box<ContainerInfo>>),
    /// All of the Pod's containers as they were at some time not before the given one.
    All(Instant, Vec<ContainerInfo>),
    /// What became of an action.
    Outcome(Box<Outcome>),
    /// What a probe has found out.
    Probe { id: String, kind: Kind, verdict: bool },
    /// The Pod takes more of the node than it may, in the kubelet's words.
    Evicted(String),
    /// A ConfigMap or Secret of the Pod's namespace has changed.
    Source { secret: bool, name: String },
    /// Tokens are to be written anew.
    Tokens,
}

/// A way to reach a worker.
#[derive(Clone)]
pub(super) struct Handle {
    pub inputs: UnboundedSender<Input>,
    pub namespace: String,
    /// The Pod as it came to the node.
    pub pod: Arc<Pod>,
    pub dir: PodDir,
    pub seen: Seen,
}

impl Handle {
    /// What the Pod waits for.
    pub fn explanation(&self) -> Value {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        explain::explain(&seen.0, &seen.1, seen.2)
    }

    /// Whether the node has ended the Pod, or not taken it at all.
    pub fn given_up(&self) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).0.verdict.is_some()
    }

    /// The Pod's containers, as last observed.
    pub fn observed(&self) -> Observed {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }
}
