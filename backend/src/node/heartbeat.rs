//! The node's object and lease: registered, and kept alive as long as the node's container runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shared::api::Status;
use shared::api::kind::known;
use tokio::time::MissedTickBehavior;

use super::node_object::{self, Health};
use super::{Node, now};
use crate::apiserver::PatchType;
use crate::runtime::{EngineInfo, RunState};

/// How often the node looks after itself, and renews its lease.
const PERIOD: Duration = Duration::from_secs(10);
/// How often a status that has not changed is written all the same.
const UNCHANGED: Duration = Duration::from_secs(300);
const LEASES: &str = "kube-node-lease";

/// Runs until the node is told to stop.
pub(super) async fn run(node: Arc<Node>) {
    let mut ticks = tokio::time::interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut written: Option<(Instant, Value)> = None;
    let mut os_image = String::new();
    loop {
        tokio::select! {
            () = node.cancel.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let engine = match node.runtime().info().await {
            Ok(engine) => engine,
            // No sign of life: what cannot be known is not claimed, and the API notices the silence.
            Err(error) => {
                tracing::warn!(node = node.config.name, %error, "the engine does not answer");
                continue;
            }
        };
        let done = beat(&node, &engine, &mut written, &mut os_image).await;
        if let Err(status) = done {
            tracing::warn!(node = node.config.name, message = status.message, "the node's status could not be written");
            // Begin again with its registration.
            written = None;
            ticks.reset_after(Duration::from_secs(1));
        }
    }
}

async fn beat(
    node: &Arc<Node>,
    engine: &EngineInfo,
    written: &mut Option<(Instant, Value)>,
    os_image: &mut String,
) -> Result<(), Status> {
    let (config, client) = (&node.config, &node.api.client);
    let trouble = match node.runtime().inspect(&config.container_id).await {
        Ok(Some(found)) if matches!(found.state, RunState::Running { .. }) => None,
        // A machine that is off says nothing.
        Ok(_) => return Ok(()),
        Err(_) => Some("the node's container cannot be looked at"),
    };
    if trouble.is_none() && os_image.is_empty() {
        *os_image = read_os_image(node).await.unwrap_or_else(|| engine.os.clone());
    }
    if written.is_none() {
        register(node, engine).await?;
    }
    let images = node.runtime().images().await.unwrap_or_default();
    let found = client.get(known("nodes"), "", &config.name);
    let before = found.as_ref().and_then(|n| n.value().get("status").cloned());
    let health = Health { trouble, os_image, machine_id: &config.container_id[..config.container_id.len().min(32)] };
    let status = node_object::status(config, engine, &images, &health, before.as_ref(), now());
    let due = written.as_ref().is_none_or(|(at, last)| at.elapsed() >= UNCHANGED || !same(last, &status));
    // Somebody else's hand, or a restored store: what is reported is what the node says.
    let lost = before.is_none_or(|b| b.get("nodeInfo").is_none()) || unknown(found.as_ref().map(|n| n.value()));
    if due || lost {
        let patch = json!({"status": status});
        client.patch(known("nodes"), "", &config.name, Some("status"), PatchType::Strategic, patch).await?;
        *written = Some((Instant::now(), status));
    }
    renew(node).await;
    Ok(())
}

/// Whether the control plane has given the node up meanwhile.
fn unknown(node: Option<&Value>) -> bool {
    let conditions = node.and_then(|n| n.pointer("/status/conditions")?.as_array());
    conditions.into_iter().flatten().any(|c| c["type"] == "Ready" && c["status"] == "Unknown")
}

/// Whether two statuses differ in nothing but times.
fn same(a: &Value, b: &Value) -> bool {
    let timeless = |status: &Value| {
        let mut status = status.clone();
        for condition in status.get_mut("conditions").and_then(Value::as_array_mut).into_iter().flatten() {
            condition["lastHeartbeatTime"] = Value::Null;
            condition["lastTransitionTime"] = Value::Null;
        }
        status
    };
    timeless(a) == timeless(b)
}

/// Makes the node's object, or puts back what of it a node sets.
async fn register(node: &Arc<Node>, engine: &EngineInfo) -> Result<(), Status> {
    let (config, client) = (&node.config, &node.api.client);
    match client.create(known("nodes"), "", node_object::object(config, engine)).await {
        Err(status) if status.code == 409 => {
            let patch = json!({"metadata": {"labels": node_object::labels(config, engine)}});
            client.patch(known("nodes"), "", &config.name, None, PatchType::Merge, patch).await.map(drop)
        }
        other => other.map(drop),
    }
}

/// What the node's own file system says it is.
async fn read_os_image(node: &Arc<Node>) -> Option<String> {
    let command = ["cat", "/etc/os-release"].map(str::to_owned);
    let done = node.runtime().exec_capture(&node.config.container_id, &command, bytes::Bytes::new()).await.ok()?;
    let text = String::from_utf8(done.stdout).ok()?;
    let name = text.lines().find_map(|l| l.strip_prefix("PRETTY_NAME="))?;
    Some(name.trim_matches('"').to_owned())
}

/// Renews the lease; its namespace comes with the control plane and may be late.
async fn renew(node: &Arc<Node>) {
    let (name, client) = (&node.config.name, &node.api.client);
    let time = now().rfc3339_micro();
    let patch = json!({"spec": {"renewTime": time}});
    let renewed = client.patch(known("leases"), LEASES, name, None, PatchType::Merge, patch).await;
    if !renewed.is_err_and(|status| status.code == 404) {
        return;
    }
    let owner = client.get(known("nodes"), "", name).map(|n| shared::api::object::uid(n.value()).to_owned());
    let lease = json!({
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": name, "namespace": LEASES, "ownerReferences": [
            {"apiVersion": "v1", "kind": "Node", "name": name, "uid": owner.unwrap_or_default()}]},
        "spec": {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": time},
    });
    if let Err(status) = client.create(known("leases"), LEASES, lease).await {
        tracing::debug!(message = status.message, "the lease could not be made");
    }
}
