//! The quality-of-service class, from requests and limits (`k8s.io/kubernetes/pkg/apis/core/v1/helper/qos`).

use std::cmp::Ordering;
use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, Pod};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Written;

use crate::api::Quantity;

const COMPUTE: [&str; 2] = ["cpu", "memory"];

/// `Guaranteed`, `Burstable` or `BestEffort`.
pub fn qos_class(pod: &Pod) -> &'static str {
    let Some(spec) = &pod.spec else { return "BestEffort" };
    if let Some(resources) = &spec.resources
        && (amount(resources.requests.as_ref(), "cpu").is_some()
            || amount(resources.requests.as_ref(), "memory").is_some()
            || amount(resources.limits.as_ref(), "cpu").is_some()
            || amount(resources.limits.as_ref(), "memory").is_some())
    {
        let full = COMPUTE.iter().all(|name| {
            let limit = amount(resources.limits.as_ref(), name);
            limit.is_some() && amount(resources.requests.as_ref(), name).or(limit) == limit
        });
        return if full { "Guaranteed" } else { "Burstable" };
    }
    let containers: Vec<&Container> = spec.containers.iter().chain(spec.init_containers.iter().flatten()).collect();
    let (mut any, mut guaranteed) = (false, true);
    for container in containers {
        let resources = container.resources.as_ref();
        for name in COMPUTE {
            let limit = resources.and_then(|r| amount(r.limits.as_ref(), name));
            let request = resources.and_then(|r| amount(r.requests.as_ref(), name));
            any |= limit.is_some() || request.is_some();
            guaranteed &= limit.is_some() && request.or(limit) == limit;
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

fn amount(list: Option<&BTreeMap<String, Written>>, name: &str) -> Option<Quantity> {
    let quantity = Quantity::parse(&list?.get(name)?.0).ok()?;
    (quantity.sign() == Ordering::Greater).then_some(quantity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn classes() {
        let cases = [
            (json!([{}]), "BestEffort"),
            (json!([{"requests": {"cpu": "250m"}}]), "Burstable"),
            (json!([{"limits": {"cpu": "1", "memory": "1Gi"}}]), "Guaranteed"),
            (json!([{"limits": {"cpu": "1"}}]), "Burstable"),
            (
                json!([{"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1000m", "memory": "1Gi"}}]),
                "Guaranteed",
            ),
            (json!([{"limits": {"cpu": "1", "memory": "1Gi"}}, {}]), "Burstable"),
            (json!([{"requests": {"ephemeral-storage": "1Gi"}}]), "BestEffort"),
            (json!([{"requests": {"cpu": "0"}}]), "BestEffort"),
        ];
        for (resources, class) in cases {
            let containers: Vec<_> = resources
                .as_array()
                .unwrap()
                .iter()
                .map(|r| json!({"name": "c", "image": "i", "resources": r}))
                .collect();
            let pod: Pod = serde_json::from_value(json!({"spec": {"containers": containers}})).unwrap();
            assert_eq!(qos_class(&pod), class, "{resources}");
        }
    }
}
