//! Ends Pods that take more of their node's disk than they may: the part of the kubelet's eviction manager that looks
//! at single Pods (`pkg/kubelet/eviction/eviction_manager.go: localStorageEviction`). What is measured is what
//! containers have written to their own file system, their logs, and emptyDir volumes on disk; that a node as a whole
//! runs out of disk or memory is not looked at.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use k8s_openapi::api::core::v1::{Container, EmptyDirVolumeSource, Pod, Volume};
use k8s_openapi::apimachinery::pkg::api::resource;
use shared::api::Quantity;

use super::Node;
use super::handle::{Handle, Input};

/// How often the kubelet looks (`evictionMonitoringPeriod`).
const PERIOD: Duration = Duration::from_secs(10);
const STORAGE: &str = "ephemeral-storage";

/// Runs until the node is told to stop.
pub(super) async fn run(node: Arc<Node>) {
    let mut ticks = node.beat(PERIOD);
    loop {
        tokio::select! {
            () = node.cancel.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let handles: Vec<Handle> =
            node.workers.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        for handle in handles {
            if !is_limited(&handle.pod) || handle.given_up() {
                continue;
            }
            if let Some(message) = excess(&handle.pod, &taken(&node, &handle).await) {
                let _ = handle.inputs.send(Input::Evicted(message));
            }
        }
    }
}

/// Bytes on disk.
#[derive(Debug, Default)]
struct Taken {
    /// By volume.
    volumes: HashMap<String, u64>,
    /// By container: its own file system and its log.
    containers: HashMap<String, u64>,
}

async fn taken(node: &Node, handle: &Handle) -> Taken {
    let mut taken = Taken::default();
    for container in handle.observed().containers.into_iter().filter(|c| c.running()) {
        // One that has just gone takes nothing.
        let written = node.runtime().written(&container.id).await.ok().flatten().unwrap_or_default();
        taken.containers.insert(container.name, written);
    }
    let dirs: Vec<_> = on_disk(&handle.pod).map(|(v, _)| (v.name.clone(), handle.dir.volume(&v.name))).collect();
    let sizes = move || dirs.into_iter().map(|(name, dir)| (name, size(&dir))).collect();
    taken.volumes = tokio::task::spawn_blocking(sizes).await.unwrap_or_default();
    taken
}

/// What a directory takes; links are not followed. What goes away meanwhile is left out.
fn size(dir: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(found) if found.is_dir() => size(&entry.path()),
        Ok(found) => found.blocks() * 512,
        Err(_) => 0,
    });
    sizes.sum()
}

fn on_disk(pod: &Pod) -> impl Iterator<Item = (&Volume, &EmptyDirVolumeSource)> {
    let volumes = pod.spec.iter().flat_map(|s| s.volumes.iter().flatten());
    volumes.filter_map(|v| Some((v, v.empty_dir.as_ref().filter(|e| e.medium.as_deref() != Some("Memory"))?)))
}

fn containers(pod: &Pod) -> impl Iterator<Item = &Container> {
    pod.spec.iter().flat_map(|s| s.containers.iter().chain(s.init_containers.iter().flatten()))
}

/// Bytes, where there is a limit.
fn bytes(quantity: Option<&resource::Quantity>) -> Option<u64> {
    let value = Quantity::parse(&quantity?.0).ok()?.value();
    u64::try_from(value).ok().filter(|value| *value > 0)
}

fn limit(container: &Container) -> Option<&resource::Quantity> {
    container.resources.as_ref()?.limits.as_ref()?.get(STORAGE)
}

fn is_limited(pod: &Pod) -> bool {
    on_disk(pod).any(|(_, empty)| empty.size_limit.is_some()) || containers(pod).any(|c| limit(c).is_some())
}

/// Which limit is exceeded, in the kubelet's words.
fn excess(pod: &Pod, taken: &Taken) -> Option<String> {
    for (volume, empty) in on_disk(pod) {
        let used = taken.volumes.get(&volume.name).copied().unwrap_or_default();
        if let (Some(most), Some(limit)) = (bytes(empty.size_limit.as_ref()), &empty.size_limit)
            && used > most
        {
            return Some(format!("Usage of EmptyDir volume \"{}\" exceeds the limit \"{}\". ", volume.name, limit.0));
        }
    }
    let regular = pod.spec.iter().flat_map(|s| &s.containers);
    let limits = regular.filter_map(|c| Quantity::parse(&limit(c)?.0).ok());
    let total = limits.fold(Quantity::milli(0), Quantity::plus);
    let all = taken.containers.values().chain(taken.volumes.values()).sum::<u64>();
    if u64::try_from(total.value()).is_ok_and(|most| most > 0 && all > most) {
        return Some(format!("Pod ephemeral local storage usage exceeds the total limit of containers {total}. "));
    }
    containers(pod).find_map(|container| {
        let limit = limit(container)?;
        let used = *taken.containers.get(&container.name)?;
        let message =
            format!("Container {} exceeded its local ephemeral storage limit \"{}\". ", container.name, limit.0);
        (used > bytes(Some(limit))?).then_some(message)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pod(spec: Value) -> Pod {
        serde_json::from_value(json!({"metadata": {"name": "p"}, "spec": spec})).expect("a Pod")
    }

    fn taken(volumes: &[(&str, u64)], containers: &[(&str, u64)]) -> Taken {
        let map = |all: &[(&str, u64)]| all.iter().map(|(name, bytes)| ((*name).to_owned(), *bytes)).collect();
        Taken { volumes: map(volumes), containers: map(containers) }
    }

    fn container(name: &str, limit: &str) -> Value {
        json!({"name": name, "image": "i", "resources": {"limits": {STORAGE: limit}}})
    }

    #[test]
    fn limits() {
        let volumes = pod(json!({"containers": [{"name": "c", "image": "i"}], "volumes": [
            {"name": "free", "emptyDir": {}}, {"name": "v", "emptyDir": {"sizeLimit": "1Mi"}},
            {"name": "m", "emptyDir": {"medium": "Memory", "sizeLimit": "1Ki"}}]}));
        assert!(is_limited(&volumes));
        assert_eq!(
            excess(&volumes, &taken(&[("free", 1 << 30), ("v", 1 << 20), ("m", 4096)], &[("c", 1 << 30)])),
            None
        );
        assert_eq!(
            excess(&volumes, &taken(&[("v", (1 << 20) + 1)], &[])).as_deref(),
            Some("Usage of EmptyDir volume \"v\" exceeds the limit \"1Mi\". ")
        );
        let two = pod(json!({"containers": [container("a", "2Mi"), container("b", "1Mi")],
            "volumes": [{"name": "v", "emptyDir": {}}]}));
        assert_eq!(excess(&two, &taken(&[("v", 1 << 20)], &[("a", 1 << 20), ("b", 1 << 20)])), None);
        assert_eq!(
            excess(&two, &taken(&[("v", 1 << 21)], &[("a", 1 << 20), ("b", 1 << 20)])).as_deref(),
            Some("Pod ephemeral local storage usage exceeds the total limit of containers 3Mi. ")
        );
        assert_eq!(
            excess(&two, &taken(&[], &[("a", 0), ("b", 1_100_000)])).as_deref(),
            Some("Container b exceeded its local ephemeral storage limit \"1Mi\". ")
        );
        assert!(!is_limited(&pod(json!({"containers": [{"name": "c", "image": "i"}]}))));
    }
}
