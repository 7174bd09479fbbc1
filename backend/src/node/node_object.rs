//! The node's own object: what it is called, what it offers, how it is (`kubelet_node_status.go`). Pure.

use serde_json::{Map, Value, json};
use shared::api::Timestamp;

use super::{KUBELET_VERSION, NodeConfig};
use crate::runtime::{EngineInfo, Image};

/// Ephemeral storage that a node offers. Nothing enforces it: the engine has no quota here.
pub const STORAGE: &str = "10Gi";
/// Pods that a node takes.
const PODS: &str = "110";
/// Images that a node's status names.
const IMAGES: usize = 50;

/// How the node is.
pub struct Health<'a> {
    /// Why it is not ready; `None` when it is.
    pub trouble: Option<&'a str>,
    /// The node image's own system: `Debian GNU/Linux 13 (trixie)`.
    pub os_image: &'a str,
    /// Its machine id, boot id: the engine's.
    pub machine_id: &'a str,
}

/// The labels that every node has.
pub fn labels(config: &NodeConfig, engine: &EngineInfo) -> Map<String, Value> {
    let arch = engine.architecture.as_str();
    let mut labels = json!({
        "beta.kubernetes.io/arch": arch,
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": arch,
        "kubernetes.io/hostname": config.name,
        "kubernetes.io/os": "linux",
    });
    if config.control_plane {
        labels["node-role.kubernetes.io/control-plane"] = "".into();
    }
    labels.as_object().cloned().unwrap_or_default()
}

/// A new node.
pub fn object(config: &NodeConfig, engine: &EngineInfo) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": config.name,
            "labels": labels(config, engine),
            "annotations": {"node.alpha.kubernetes.io/ttl": "0"},
        },
        "spec": {"podCIDR": config.pod_cidr, "podCIDRs": [config.pod_cidr]},
    })
}

/// The node's status at `now`; `before` is the one that is reported, whose times stay where nothing has changed.
pub fn status(
    config: &NodeConfig,
    engine: &EngineInfo,
    images: &[Image],
    health: &Health,
    before: Option<&Value>,
    now: Timestamp,
) -> Value {
    let offered = json!({
        "cpu": config.cpu.to_string(),
        "ephemeral-storage": STORAGE,
        "hugepages-1Gi": "0",
        "hugepages-2Mi": "0",
        "memory": config.memory.to_string(),
        "pods": PODS,
    });
    let ready = match health.trouble {
        None => ("Ready", "True", "KubeletReady", "kubelet is posting ready status".to_owned()),
        Some(trouble) => ("Ready", "False", "KubeletNotReady", trouble.to_owned()),
    };
    let fine = |ty, reason, what: &str| (ty, "False", reason, format!("kubelet has {what}"));
    let conditions = [
        fine("MemoryPressure", "KubeletHasSufficientMemory", "sufficient memory available"),
        fine("DiskPressure", "KubeletHasNoDiskPressure", "no disk pressure"),
        fine("PIDPressure", "KubeletHasSufficientPID", "sufficient PID available"),
        ready,
    ];
    let conditions: Vec<Value> = conditions
        .into_iter()
        .map(|(ty, status, reason, message)| {
            let known = before.and_then(|b| b.get("conditions")?.as_array()).into_iter().flatten();
            let since = known
                .filter(|c| c["type"] == ty && c["status"] == status)
                .find_map(|c| c["lastTransitionTime"].as_str())
                .map_or_else(|| now.to_string(), str::to_owned);
            json!({"type": ty, "status": status, "reason": reason, "message": message,
                "lastHeartbeatTime": now.to_string(), "lastTransitionTime": since})
        })
        .collect();
    let mut listed: Vec<&Image> = images.iter().collect();
    listed.sort_by(|a, b| b.size.cmp(&a.size).then_with(|| a.tags.cmp(&b.tags)));
    let listed: Vec<Value> = listed
        .iter()
        .take(IMAGES)
        .map(|i| {
            let names: Vec<&String> = i.digests.iter().chain(&i.tags).collect();
            json!({"names": names, "sizeBytes": i.size})
        })
        .collect();
    json!({
        "capacity": offered,
        "allocatable": offered,
        "addresses": [
            {"type": "InternalIP", "address": config.ip.to_string()},
            {"type": "Hostname", "address": config.name},
        ],
        "conditions": conditions,
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "images": listed,
        "nodeInfo": {
            "architecture": engine.architecture,
            "bootID": health.machine_id,
            "containerRuntimeVersion": format!("docker://{}", engine.version),
            "kernelVersion": engine.kernel,
            "kubeProxyVersion": "",
            "kubeletVersion": KUBELET_VERSION,
            "machineID": health.machine_id,
            "operatingSystem": "linux",
            "osImage": health.os_image,
            "systemUUID": health.machine_id,
        },
    })
}
