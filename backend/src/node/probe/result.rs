//! What each probe finds out, told to whoever looks on. Nothing depends on it: verdicts take another way.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::broadcast;

use super::{Kind, Task};
use crate::clock::now;
use crate::node::identity;

/// Results that a slow onlooker may be behind; then it misses some.
const BEHIND: usize = 256;

/// One result.
#[derive(Debug)]
pub struct ProbeResult {
    /// The sandbox of the Pod.
    pub sandbox: String,
    /// When, which container's which probe, and how it went.
    pub value: Value,
}

/// The results of all nodes. Cheap to clone.
#[derive(Clone)]
pub(in crate::node) struct Results(broadcast::Sender<Arc<ProbeResult>>);

impl Results {
    pub fn new() -> Self {
        Self(broadcast::Sender::new(BEHIND))
    }

    pub fn follow(&self) -> broadcast::Receiver<Arc<ProbeResult>> {
        self.0.subscribe()
    }

    pub(super) fn tell(&self, task: &Task, result: &Result<(), String>) {
        if self.0.receiver_count() == 0 {
            return;
        }
        let (_, pod, namespace) = identity(&task.context.pod);
        let probe = match task.kind {
            Kind::Startup => "startup",
            Kind::Liveness => "liveness",
            Kind::Readiness => "readiness",
        };
        let value = json!({
            "time": now().to_string(),
            "namespace": namespace,
            "pod": pod,
            "container": task.container.name,
            "containerID": task.id,
            "probe": probe,
            "succeeded": result.is_ok(),
            "message": result.as_ref().err(),
        });
        // Nobody may be left to hear it.
        let _ = self.0.send(Arc::new(ProbeResult { sandbox: task.context.node.config.sandbox.clone(), value }));
    }
}
