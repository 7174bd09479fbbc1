//! A Node's row.

use serde_json::Value;

use super::table::{Column, Layout, age, no_conditions, or, str_at, text, wide};
use crate::api::{Timestamp, object};

pub(super) const LAYOUT: Layout = Layout { columns: COLUMNS, cells, conditions: no_conditions };

const COLUMNS: &[Column] = &[
    text("Name"),
    text("Status"),
    text("Roles"),
    text("Age"),
    text("Version"),
    wide("Internal-IP"),
    wide("External-IP"),
    wide("OS-Image"),
    wide("Kernel-Version"),
    wide("Container-Runtime"),
];

fn cells(node: &Value, now: Timestamp) -> Vec<Value> {
    let ready = object::list(node, "/status/conditions").iter().find(|c| str_at(c, "/type") == "Ready");
    let mut status = match ready.map(|c| str_at(c, "/status")) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if node.pointer("/spec/unschedulable").and_then(Value::as_bool) == Some(true) {
        status.push_str(",SchedulingDisabled");
    }
    let address = |ty: &str| {
        let found = object::list(node, "/status/addresses").iter().find(|a| str_at(a, "/type") == ty);
        Value::from(found.map_or("<none>", |a| str_at(a, "/address")))
    };
    let info = |field: &str| Value::from(or(str_at(node, &["/status/nodeInfo/", field].concat()), "<unknown>"));
    vec![
        object::name(node).into(),
        status.into(),
        or(&roles(node).join(","), "<none>").into(),
        age(node, now).into(),
        str_at(node, "/status/nodeInfo/kubeletVersion").into(),
        address("InternalIP"),
        address("ExternalIP"),
        info("osImage"),
        info("kernelVersion"),
        info("containerRuntimeVersion"),
    ]
}

/// A node's roles from its labels, sorted: `node-role.kubernetes.io/<role>` and `kubernetes.io/role=<role>`.
pub fn roles(node: &Value) -> Vec<&str> {
    let labels = object::labels(node).into_iter().flatten();
    let mut roles: Vec<&str> = labels
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role),
            None if key == "kubernetes.io/role" => value.as_str(),
            None => None,
        })
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_node_on_one_line() {
        let mut node = json!({
            "metadata": {"name": "master", "creationTimestamp": "1970-01-01T00:00:00Z",
                "labels": {"node-role.kubernetes.io/control-plane": "", "kubernetes.io/role": "a", "x": "y"}},
            "status": {
                "conditions": [{"type": "Ready", "status": "True"}],
                "addresses": [{"type": "InternalIP", "address": "10.42.0.2"}],
                "nodeInfo": {"kubeletVersion": "v1.35.0", "osImage": "Debian"},
            },
        });
        let shown = |node: &Value| {
            let cells = cells(node, Timestamp::from_seconds(300));
            cells.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        };
        let tail = "a,control-plane 5m v1.35.0 10.42.0.2 <none> Debian <unknown> <unknown>";
        assert_eq!(shown(&node), format!("master Ready {tail}"));
        node["spec"]["unschedulable"] = true.into();
        node["status"]["conditions"][0]["status"] = "Unknown".into();
        assert_eq!(shown(&node), format!("master NotReady,SchedulingDisabled {tail}"));
    }
}
