//! Requests and limits as the engine takes them (`kuberuntime_container_linux.go`, `qos/policy.go`). Pure.

use k8s_openapi::api::core::v1::{Container, Pod};
use shared::api::Quantity;
use shared::lifecycle::qos_class;

/// What the kernel is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Relative weight; 2 at least.
    pub cpu_shares: i64,
    /// Microseconds of CPU in each [`PERIOD`]; `None` for no limit.
    pub cpu_quota: Option<i64>,
    /// Bytes; `None` for no limit.
    pub memory: Option<i64>,
    /// Who goes first when memory runs out: −997 … 1000.
    pub oom_score_adj: i64,
}

/// The quota's period, microseconds.
pub const PERIOD: i64 = 100_000;

/// The kernel's settings for a container on a node with `node_memory` bytes.
pub fn limits(pod: &Pod, container: &Container, node_memory: i64) -> Limits {
    let resources = container.resources.as_ref();
    let read = |list: Option<&std::collections::BTreeMap<String, _>>, name: &str| {
        let written: Option<&k8s_openapi::apimachinery::pkg::api::resource::Quantity> = list.and_then(|l| l.get(name));
        written.and_then(|q| Quantity::parse(&q.0).ok())
    };
    let limit = |name| read(resources.and_then(|r| r.limits.as_ref()), name);
    let request = |name| read(resources.and_then(|r| r.requests.as_ref()), name).or_else(|| limit(name));
    let cpu_limit = limit("cpu").map(Quantity::milli_value).filter(|m| *m > 0);
    Limits {
        cpu_shares: (request("cpu").map_or(0, Quantity::milli_value) * 1024 / 1000).clamp(2, 262_144),
        // The kernel refuses less than a millisecond.
        cpu_quota: cpu_limit.map(|milli| (milli * PERIOD / 1000).max(1000)),
        memory: limit("memory").map(Quantity::value).filter(|m| *m > 0),
        oom_score_adj: match qos_class(pod) {
            "Guaranteed" => -997,
            "BestEffort" => 1000,
            _ => {
                let memory = request("memory").map_or(0, Quantity::value);
                (1000 - 1000 * memory / node_memory.max(1)).clamp(3, 999)
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings() {
        let case = |resources: serde_json::Value| {
            let spec = json!({"containers": [{"name": "c", "image": "i", "resources": resources}]});
            let pod: Pod = serde_json::from_value(json!({"spec": spec})).unwrap();
            let limits = limits(&pod, &pod.spec.as_ref().unwrap().containers[0], 4 << 30);
            (limits.cpu_shares, limits.cpu_quota, limits.memory, limits.oom_score_adj)
        };
        assert_eq!(case(json!({})), (2, None, None, 1000));
        assert_eq!(case(json!({"requests": {"cpu": "250m", "memory": "500Mi"}})), (256, None, None, 878));
        assert_eq!(case(json!({"limits": {"cpu": "500m", "memory": "1Gi"}})), (512, Some(50_000), Some(1 << 30), -997));
        assert_eq!(case(json!({"limits": {"cpu": "1m"}})), (2, Some(1000), None, 999));
    }
}
