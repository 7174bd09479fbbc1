//! A node's container stands for a machine. While it does not run the machine is off: nothing runs on it, and its
//! kubelet says nothing, so that the control plane finds out as it does of any machine (lease, `Unknown`, taints,
//! eviction). When it runs again, that is a reboot: Pods that are still bound start their containers anew.
//!
//! A node's container that was removed is made again at the backend's next start.

use std::time::Duration;

use futures::{FutureExt as _, Stream, StreamExt as _};
use shared::api::Timestamp;

use super::Node;
use super::convert::is;
use super::pod_dir::PodDir;
use super::run::labels_of;
use super::volumes;
use crate::runtime::{ContainerEvent, ContainerInfo, EventKind, Role, RunState};

/// How often a machine that is off is looked at, should no event tell.
const LOOK: Duration = Duration::from_secs(5);

/// A machine that is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Machine {
    /// Since when.
    pub booted: Timestamp,
    /// Its first process, as the engine's host counts.
    pub pid: i32,
}

/// The machine, if it is on.
///
/// # Errors
/// When the engine cannot say.
async fn machine(node: &Node) -> Result<Option<Machine>, crate::runtime::RuntimeError> {
    let found = node.runtime().inspect(&node.config.container_id).await?;
    Ok(found.and_then(|found| match found.state {
        RunState::Running { started, pid } => Some(Machine { booted: started, pid }),
        _ => None,
    }))
}

/// Waits until the machine is on; until then nothing runs on it. `None`: the node is told to stop.
pub(super) async fn on(node: &Node, events: &mut (impl Stream<Item = ContainerEvent> + Unpin)) -> Option<Machine> {
    loop {
        match machine(node).await {
            Ok(Some(machine)) => return Some(machine),
            Ok(None) => off(node).await,
            Err(error) => tracing::warn!(node = node.config.name, %error, "the node's container cannot be looked at"),
        }
        tokio::select! {
            () = node.cancel.cancelled() => return None,
            Some(event) = events.next() => {
                let mut restarted = event.kind == EventKind::Resync;
                // One look for all that is told at once.
                while let Some(Some(event)) = events.next().now_or_never() {
                    restarted |= event.kind == EventKind::Resync;
                }
                if restarted {
                    boot(node).await;
                }
            }
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Whether an event means that the machine went off meanwhile, or was off and is on again.
pub(super) async fn lost(node: &Node, machine_then: Machine, event: &ContainerEvent) -> bool {
    if event.kind != EventKind::Resync && event.id != node.config.container_id {
        return false;
    }
    let now = machine(node).await;
    if event.kind == EventKind::Resync && matches!(now, Ok(None)) {
        boot(node).await;
    }
    now.is_ok_and(|now| now != Some(machine_then))
}

/// An engine that was restarted has stopped everything, nodes too, and they boot as machines do when the power is back.
/// One that somebody stopped while the engine ran stays as it is.
async fn boot(node: &Node) {
    if let Err(error) = node.runtime().start_container(&node.config.container_id).await {
        tracing::debug!(node = node.config.name, %error, "the node's container could not be started");
    }
}

/// Whether a container has been running since before the machine was booted: it should have ended with it.
pub(super) fn outlived(machine: Machine, container: &ContainerInfo) -> bool {
    matches!(container.state, RunState::Running { started, .. } if started < machine.booted)
        && !is(container, Role::Node)
}

/// Takes the power from all that runs on the machine, and from what was mounted there.
pub(super) async fn off(node: &Node) {
    let (runtime, config) = (node.runtime(), &node.config);
    let found = match runtime.list(&labels_of(node)).await {
        Ok(found) => found,
        Err(error) => return tracing::warn!(%error, "the engine's containers cannot be listed"),
    };
    let running = found.iter().filter(|c| !is(c, Role::Node) && matches!(c.state, RunState::Running { .. }));
    for done in futures::future::join_all(running.map(|c| runtime.kill(&c.id, "SIGKILL"))).await {
        if let Err(error) = done {
            tracing::warn!(node = config.name, %error, "a container outlives its node");
        }
    }
    volumes::unmount(PodDir::of_node(&config.data_dir, &config.sandbox, &config.name)).await;
}
