//! What a Pod tells its containers about itself: `fieldRef` and `resourceFieldRef`. Pure.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, ObjectFieldSelector, Pod, ResourceFieldSelector};
use shared::api::Quantity;

/// What a node offers, where a container's limit is not set.
#[derive(Clone, Copy, Debug)]
pub struct Allocatable {
    /// CPUs.
    pub cpu: Quantity,
    /// Bytes.
    pub memory: Quantity,
    /// Bytes.
    pub storage: Quantity,
}

/// The value behind a `fieldRef`. `ip` is known before the status says so.
///
/// # Errors
/// The kubelet's words for a path it does not know.
pub fn field(pod: &Pod, reference: &ObjectFieldSelector, ip: Option<&str>, host_ip: &str) -> Result<String, String> {
    let text = |t: &Option<String>| t.clone().unwrap_or_default();
    let (meta, spec) = (&pod.metadata, pod.spec.as_ref());
    let path = reference.field_path.as_str();
    Ok(match path {
        "metadata.name" => text(&meta.name),
        "metadata.namespace" => text(&meta.namespace),
        "metadata.uid" => text(&meta.uid),
        "metadata.labels" => lines(meta.labels.as_ref()),
        "metadata.annotations" => lines(meta.annotations.as_ref()),
        "spec.nodeName" => spec.map(|s| text(&s.node_name)).unwrap_or_default(),
        "spec.serviceAccountName" => spec.map(|s| text(&s.service_account_name)).unwrap_or_default(),
        "status.hostIP" | "status.hostIPs" => host_ip.to_owned(),
        "status.podIP" | "status.podIPs" => ip.unwrap_or_default().to_owned(),
        _ => match subscript(path) {
            Some(("metadata.labels", key)) => entry(meta.labels.as_ref(), key),
            Some(("metadata.annotations", key)) => entry(meta.annotations.as_ref(), key),
            _ => return Err(format!("unsupported fieldPath: {path}")),
        },
    })
}

fn subscript(path: &str) -> Option<(&str, &str)> {
    let (field, rest) = path.split_once("['")?;
    Some((field, rest.strip_suffix("']")?))
}

fn entry(map: Option<&BTreeMap<String, String>>, key: &str) -> String {
    map.and_then(|m| m.get(key)).cloned().unwrap_or_default()
}

/// `key="value"` a line, sorted, with Go's escapes.
fn lines(map: Option<&BTreeMap<String, String>>) -> String {
    let lines: Vec<_> = map.into_iter().flatten().map(|(key, value)| format!("{key}={}", quoted(value))).collect();
    lines.join("\n")
}

/// Go's `%q`.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 || c == '\x7f' => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The value behind a `resourceFieldRef`: divided by its divisor, rounded up.
///
/// # Errors
/// The kubelet's words for a container or a resource it does not know.
pub fn resource(
    pod: &Pod,
    container: Option<&Container>,
    reference: &ResourceFieldSelector,
    node: Allocatable,
) -> Result<String, String> {
    let named = reference.container_name.as_deref().filter(|n| !n.is_empty());
    let spec = pod.spec.as_ref();
    let all = spec.into_iter().flat_map(|s| s.containers.iter().chain(s.init_containers.iter().flatten()));
    let container = match named {
        Some(name) => all.into_iter().find(|c| c.name == name).ok_or(format!("container {name} not found"))?,
        None => container.ok_or("a containerName is required")?,
    };
    let resources = container.resources.as_ref();
    let (list, name) = reference.resource.split_once('.').ok_or("no resource")?;
    let written = match list {
        "limits" => resources.and_then(|r| r.limits.as_ref()),
        "requests" => resources.and_then(|r| r.requests.as_ref()),
        _ => return Err(format!("unsupported container resource : {}", reference.resource)),
    };
    let written = written.and_then(|l| l.get(name)).and_then(|q| Quantity::parse(&q.0).ok());
    // A limit that is not set is what the node offers; a request that is not set is nothing.
    let default = match (list, name) {
        ("limits", "cpu") => node.cpu,
        ("limits", "memory") => node.memory,
        ("limits", "ephemeral-storage") => node.storage,
        ("requests", _) => Quantity::milli(0),
        _ => return Err(format!("unsupported container resource : {}", reference.resource)),
    };
    let amount = written.unwrap_or(default);
    let divisor = reference.divisor.as_ref().and_then(|d| Quantity::parse(&d.0).ok());
    let divisor = divisor.filter(|d| d.milli_value() > 0).unwrap_or(Quantity::milli(1000));
    let (amount, divisor) = match name {
        "cpu" => (amount.milli_value(), divisor.milli_value()),
        _ => (amount.value(), divisor.value()),
    };
    Ok((amount / divisor + i64::from(amount % divisor != 0)).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod() -> Pod {
        serde_json::from_value(json!({
            "metadata": {"name": "p", "namespace": "ns", "uid": "u", "labels": {"zone": "a", "cluster": "c\"1\""}},
            "spec": {"nodeName": "master", "containers": [
                {"name": "c", "image": "i", "resources": {"limits": {"cpu": "250m", "memory": "64Mi"}}}]}
        }))
        .unwrap()
    }

    #[test]
    fn fields() {
        let cases = [
            ("metadata.name", Ok("p")),
            ("metadata.namespace", Ok("ns")),
            ("metadata.labels", Ok("cluster=\"c\\\"1\\\"\"\nzone=\"a\"")),
            ("metadata.labels['zone']", Ok("a")),
            ("metadata.annotations['none']", Ok("")),
            ("spec.nodeName", Ok("master")),
            ("status.podIP", Ok("10.42.1.7")),
            ("status.hostIP", Ok("10.42.0.2")),
            ("spec.bad", Err("unsupported fieldPath: spec.bad")),
        ];
        for (path, expected) in cases {
            let reference = ObjectFieldSelector { api_version: None, field_path: path.to_owned() };
            let got = field(&pod(), &reference, Some("10.42.1.7"), "10.42.0.2");
            assert_eq!(got.as_deref().map_err(String::as_str), expected, "{path}");
        }
    }

    #[test]
    fn resources() {
        let node = Allocatable {
            cpu: Quantity::milli(2000),
            memory: Quantity::parse("1Gi").unwrap(),
            storage: Quantity::parse("10Gi").unwrap(),
        };
        let cases = [
            ("limits.cpu", None, "1"),
            ("limits.cpu", Some("1m"), "250"),
            ("limits.memory", None, "67108864"),
            ("limits.memory", Some("1Mi"), "64"),
            ("requests.memory", None, "0"),
            ("limits.ephemeral-storage", Some("1Gi"), "10"),
        ];
        let pod = pod();
        for (name, divisor, expected) in cases {
            let reference: ResourceFieldSelector =
                serde_json::from_value(json!({"resource": name, "divisor": divisor})).unwrap();
            let container = pod.spec.as_ref().and_then(|s| s.containers.first());
            assert_eq!(resource(&pod, container, &reference, node).unwrap(), expected, "{name}");
        }
    }
}
