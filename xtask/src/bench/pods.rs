//! Pods: apply → Ready and delete, against the same containers made by hand, taking turns.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::load::median;
use super::podman::Podman;
use super::raw::RawDocker;
use crate::http::{Address, Connection};

/// Where the Pods are.
pub const PODS: &str = "/sandboxes/default/api/v1/namespaces/default/pods";
/// Ends at once on SIGTERM, which `sleep` as process 1 would not.
pub const COMMAND: [&str; 3] = ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"];

/// Longer than making a pod sandbox ahead takes, and than the server waits before it does.
const CALM: Duration = Duration::from_millis(1200);

/// Medians in milliseconds.
pub struct PodTimes {
    /// create request → Ready seen by a watch
    pub ready: f64,
    /// pause and app by the Docker API
    pub raw_start: f64,
    /// the app alone by the Docker API, in a pause container that waited for it
    pub raw_app: f64,
    /// `podman kube play`
    pub podman: f64,
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

/// Creates Pods, raw pairs and podman's in turns.
pub fn times(server: &Address, socket: &str, run: &str, rounds: usize) -> anyhow::Result<PodTimes> {
    let mut docker = RawDocker::open(socket, run)?;
    let podman = Podman::open(run, &busybox("bench").to_string())?;
    let mut times: [Vec<f64>; 6] = Default::default();
    // The first round warms all up and is not counted.
    for round in 0..=rounds {
        let name = format!("bench-{round}");
        let mut client = docker.again()?;
        let pair = docker.name();
        calm();
        let started = Instant::now();
        client.pause(&pair)?;
        let paused = Instant::now();
        client.app(&pair, "busybox:latest", &COMMAND)?;
        let (raw_start, raw_app) = (millis(started), millis(paused));
        calm();
        let ready = create_and_wait(server, &name)?;
        let played = podman.play()?;
        calm();
        let raw_remove = client.stop(&pair)?;
        calm();
        let delete = delete_and_wait(server, &name)?;
        podman.down()?;
        if round > 0 {
            let measured = [ready, raw_start, raw_app, played, delete, raw_remove];
            times.iter_mut().zip(measured).for_each(|(all, one)| all.push(one));
        }
    }
    let [ready, raw_start, raw_app, podman, delete, raw_remove] = times.map(median);
    Ok(PodTimes { ready, raw_start, raw_app, podman, delete, raw_remove })
}

/// Leaves the engine alone until it has nothing left to do: a pod sandbox made ahead, for one, is not to be made beside
/// what is measured, ours or theirs.
fn calm() {
    std::thread::sleep(CALM);
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
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
    Ok(millis(started))
}

/// Milliseconds from the delete request to the DELETED event.
pub fn delete_and_wait(server: &Address, name: &str) -> anyhow::Result<f64> {
    let mut connection = Connection::open(server)?;
    let started = Instant::now();
    let pod = connection.json("DELETE", &format!("{PODS}/{name}"), &json!({"gracePeriodSeconds": 1}))?;
    wait(server, name, &pod, |event| event["type"] == "DELETED")?;
    Ok(millis(started))
}

/// Waits for the watch event of a Pod that fits.
pub fn wait(server: &Address, name: &str, from: &Value, found: impl Fn(&Value) -> bool) -> anyhow::Result<()> {
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
