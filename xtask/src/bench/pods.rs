//! Pods: apply → Ready and delete, against the same containers made by hand, taking turns.

use std::time::Instant;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::load::median;
use super::raw::RawDocker;
use crate::http::{Address, Connection};

const PODS: &str = "/sandboxes/default/api/v1/namespaces/default/pods";
/// Ends at once on SIGTERM, which `sleep` as process 1 would not.
const COMMAND: [&str; 3] = ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"];

/// Medians in milliseconds.
pub struct PodTimes {
    /// create request → Ready seen by a watch
    pub ready: f64,
    /// pause and app by the Docker API
    pub raw_start: f64,
    /// DELETE with a grace period of one second → DELETED seen by a watch
    pub delete: f64,
    /// stop and removal by the Docker API
    pub raw_remove: f64,
}

/// The manifest of a busybox Pod.
pub fn busybox(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {"containers": [{"name": "app", "image": "busybox", "imagePullPolicy": "IfNotPresent", "command": COMMAND}]},
    })
}

/// Creates Pods and raw pairs in turns.
pub fn times(server: &Address, socket: &str, run: &str, rounds: usize) -> anyhow::Result<PodTimes> {
    let mut docker = RawDocker::open(socket, run)?;
    let (mut ready, mut raw_start, mut delete, mut raw_remove) = (vec![], vec![], vec![], vec![]);
    // The first round warms both up and is not counted.
    for round in 0..=rounds {
        let name = format!("bench-{round}");
        let (names, raw_started) = docker.start("busybox:latest", &COMMAND)?;
        let pod_ready = create_and_wait(server, &name)?;
        let raw_removed = docker.stop(&names)?;
        let pod_deleted = delete_and_wait(server, &name)?;
        if round > 0 {
            raw_start.push(raw_started);
            ready.push(pod_ready);
            raw_remove.push(raw_removed);
            delete.push(pod_deleted);
        }
    }
    Ok(PodTimes {
        ready: median(ready),
        raw_start: median(raw_start),
        delete: median(delete),
        raw_remove: median(raw_remove),
    })
}

/// Milliseconds from the create request to the watch event that says Ready.
pub fn create_and_wait(server: &Address, name: &str) -> anyhow::Result<f64> {
    let mut connection = Connection::open(server)?;
    let started = Instant::now();
    let pod = connection.json("POST", PODS, &busybox(name))?;
    wait(server, name, &pod, |event| {
        let conditions = event.pointer("/object/status/conditions").and_then(Value::as_array);
        conditions.is_some_and(|all| all.iter().any(|c| c["type"] == "Ready" && c["status"] == "True"))
    })?;
    Ok(started.elapsed().as_secs_f64() * 1000.0)
}

/// Milliseconds from the delete request to the DELETED event.
pub fn delete_and_wait(server: &Address, name: &str) -> anyhow::Result<f64> {
    let mut connection = Connection::open(server)?;
    let started = Instant::now();
    let pod = connection.json("DELETE", &format!("{PODS}/{name}"), &json!({"gracePeriodSeconds": 1}))?;
    wait(server, name, &pod, |event| event["type"] == "DELETED")?;
    Ok(started.elapsed().as_secs_f64() * 1000.0)
}

fn wait(server: &Address, name: &str, from: &Value, found: impl Fn(&Value) -> bool) -> anyhow::Result<()> {
    let revision = from.pointer("/metadata/resourceVersion").and_then(Value::as_str).context("no resourceVersion")?;
    let path =
        format!("{PODS}?watch=1&fieldSelector=metadata.name%3D{name}&resourceVersion={revision}&timeoutSeconds=60");
    let mut events = Connection::open(server)?.lines(&path)?;
    while let Some(event) = events.next()? {
        if found(&event) {
            return Ok(());
        }
    }
    bail!("Pod {name} did not get there in a minute")
}
