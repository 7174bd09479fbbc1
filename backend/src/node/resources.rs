//! Who goes first when memory runs out (`qos/policy.go`). Pure.

use k8s_openapi::api::core::v1::{Container, Pod};
use shared::api::Quantity;
use shared::lifecycle::qos_class;

/// The score of a container on a node with `node_memory` bytes: −997 … 1000.
pub fn oom_score_adj(pod: &Pod, container: &Container, node_memory: i64) -> i64 {
    let resources = container.resources.as_ref();
    let memory = |list: Option<&std::collections::BTreeMap<String, _>>| {
        let written: &k8s_openapi::apimachinery::pkg::api::resource::Quantity = list?.get("memory")?;
        Quantity::parse(&written.0).ok()
    };
    let request = memory(resources.and_then(|r| r.requests.as_ref()));
    let request = request.or_else(|| memory(resources.and_then(|r| r.limits.as_ref())));
    match qos_class(pod) {
        "Guaranteed" => -997,
        "BestEffort" => 1000,
        _ => (1000 - 1000 * request.map_or(0, Quantity::value) / node_memory.max(1)).clamp(3, 999),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scores() {
        let case = |resources: serde_json::Value| {
            let spec = json!({"containers": [{"name": "c", "image": "i", "resources": resources}]});
            let pod: Pod = serde_json::from_value(json!({"spec": spec})).unwrap();
            oom_score_adj(&pod, &pod.spec.as_ref().unwrap().containers[0], 4 << 30)
        };
        assert_eq!(case(json!({})), 1000);
        assert_eq!(case(json!({"requests": {"cpu": "250m", "memory": "500Mi"}})), 878);
        assert_eq!(case(json!({"limits": {"cpu": "500m", "memory": "1Gi"}})), -997);
        assert_eq!(case(json!({"limits": {"cpu": "1m"}})), 999);
    }
}
