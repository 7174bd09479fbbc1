//! Rows that say little: a name, a count or two, an age. A kind unknown here gets Kubernetes' default columns.

use serde_json::Value;

use super::table::{Cells, Column, Layout, age, no_conditions, str_at, text};
use crate::api::kind::METRICS;
use crate::api::{Quantity, object};

pub(super) fn layout(group: &str, kind: &str) -> Layout {
    let (columns, cells): (&'static [Column], Cells) = match (group, kind) {
        ("", "Namespace") => (const { &[text("Name"), text("Status"), text("Age")] }, |o, now| {
            vec![name(o), str_at(o, "/status/phase").into(), age(o, now).into()]
        }),
        ("", "ConfigMap") => (const { &[text("Name"), text("Data"), text("Age")] }, |o, now| {
            vec![name(o), (size(o, "data") + size(o, "binaryData")).into(), age(o, now).into()]
        }),
        ("", "Secret") => (const { &[text("Name"), text("Type"), text("Data"), text("Age")] }, |o, now| {
            vec![name(o), str_at(o, "/type").into(), size(o, "data").into(), age(o, now).into()]
        }),
        ("", "ServiceAccount") => (const { &[text("Name"), text("Secrets"), text("Age")] }, |o, now| {
            vec![name(o), object::list(o, "/secrets").len().into(), age(o, now).into()]
        }),
        ("", "ResourceQuota") => (const { &[text("Name"), text("Request"), text("Limit"), text("Age")] }, |o, now| {
            let [requests, limits] = quota(o);
            vec![name(o), requests.into(), limits.into(), age(o, now).into()]
        }),
        ("", "PodTemplate") => (POD_TEMPLATE, |o, _| {
            let all = |field: &str| {
                let containers = object::list(o, "/template/spec/containers").iter();
                containers.map(|c| str_at(c, field)).collect::<Vec<_>>().join(",")
            };
            vec![
                name(o),
                all("/name").into(),
                all("/image").into(),
                labels(o.pointer("/template/metadata/labels")).into(),
            ]
        }),
        ("coordination.k8s.io", "Lease") => (const { &[text("Name"), text("Holder"), text("Age")] }, |o, now| {
            vec![name(o), str_at(o, "/spec/holderIdentity").into(), age(o, now).into()]
        }),
        // metrics-server's own columns (`pkg/api/table.go`).
        (METRICS, _) => (const { &[text("Name"), text("cpu"), text("memory"), text("Window")] }, |o, _| {
            vec![name(o), usage(o, "cpu").into(), usage(o, "memory").into(), str_at(o, "/window").into()]
        }),
        ("scheduling.k8s.io", "PriorityClass") => (PRIORITY_CLASS, |o, now| {
            vec![
                name(o),
                o.get("value").cloned().unwrap_or(0.into()),
                o.get("globalDefault").cloned().unwrap_or(false.into()),
                age(o, now).into(),
                str_at(o, "/preemptionPolicy").into(),
            ]
        }),
        _ => (DEFAULT, |o, _| {
            let created = object::creation_timestamp(o).unwrap_or("<unknown>");
            vec![name(o), created.into()]
        }),
    };
    Layout { columns, cells, conditions: no_conditions }
}

const POD_TEMPLATE: &[Column] = &[text("Name"), text("Containers"), text("Images"), text("Pod Labels")];

const DEFAULT: &[Column] = &[text("Name"), Column { name: "Created At", ty: "date", priority: 0 }];

const PRIORITY_CLASS: &[Column] = &[
    text("Name"),
    Column { name: "Value", ty: "integer", priority: 0 },
    Column { name: "Global-Default", ty: "boolean", priority: 0 },
    text("Age"),
    text("PreemptionPolicy"),
];

fn name(object: &Value) -> Value {
    object::name(object).into()
}

fn size(object: &Value, field: &str) -> usize {
    object.get(field).and_then(Value::as_object).map_or(0, serde_json::Map::len)
}

/// `a=1,b=2`
fn labels(labels: Option<&Value>) -> String {
    let labels = labels.and_then(Value::as_object).into_iter().flatten();
    let texts: Vec<String> =
        labels.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    if texts.is_empty() { "<none>".to_owned() } else { texts.join(",") }
}

/// A node's use of a resource, or the sum of a Pod's containers'.
fn usage(object: &Value, resource: &str) -> String {
    let parts = object::list(object, "/containers").iter().chain([object]);
    let amounts = parts.filter_map(|part| Quantity::parse(part.get("usage")?.get(resource)?.as_str()?).ok());
    amounts.fold(Quantity::milli(0), Quantity::plus).to_string()
}

/// `requests.cpu: 1/2, pods: 3/10`, once for what is not and once for what is a limit.
fn quota(object: &Value) -> [String; 2] {
    let mut columns = [Vec::new(), Vec::new()];
    for (resource, hard) in object.pointer("/status/hard").and_then(Value::as_object).into_iter().flatten() {
        let used = object.pointer("/status/used").and_then(|used| used.get(resource));
        let amount = |q: Option<&Value>| {
            q.and_then(Value::as_str).and_then(|t| Quantity::parse(t).ok()).map_or("0".to_owned(), |q| q.to_string())
        };
        let text = format!("{resource}: {}/{}", amount(used), amount(Some(hard)));
        columns[usize::from(resource.starts_with("limits."))].push(text);
    }
    columns.map(|texts| texts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::{Include, table};
    use crate::api::{Timestamp, kind};
    use serde_json::json;

    #[test]
    fn rows() {
        let cases = [
            ("configmaps", json!({"data": {"a": "1"}, "binaryData": {"b": ""}}), json!(["x", 2, "5m"])),
            ("secrets", json!({"type": "Opaque", "data": {"a": "1"}}), json!(["x", "Opaque", 1, "5m"])),
            ("namespaces", json!({"status": {"phase": "Active"}}), json!(["x", "Active", "5m"])),
            ("serviceaccounts", json!({}), json!(["x", 0, "5m"])),
            (
                "podtemplates",
                json!({"template": {"metadata": {"labels": {"a": "1", "b": "2"}}, "spec": {"containers": [
                    {"name": "c", "image": "i"}, {"name": "d", "image": "j"}]}}}),
                json!(["x", "c,d", "i,j", "a=1,b=2"]),
            ),
            ("podtemplates", json!({}), json!(["x", "", "", "<none>"])),
            ("limitranges", json!({}), json!(["x", "1970-01-01T00:00:00Z"])),
            ("leases", json!({"spec": {"holderIdentity": "n"}}), json!(["x", "n", "5m"])),
            ("priorityclasses", json!({"value": 7}), json!(["x", 7, false, "5m", ""])),
            (
                "resourcequotas",
                json!({"status": {"hard": {"limits.cpu": "2", "pods": "4"}, "used": {"pods": "1"}}}),
                json!(["x", "pods: 1/4", "limits.cpu: 0/2", "5m"]),
            ),
        ];
        for (plural, mut object, expected) in cases {
            object["metadata"] = json!({"name": "x", "creationTimestamp": "1970-01-01T00:00:00Z"});
            let table = table(kind::known(plural), &[&object], Timestamp::from_seconds(300), Include::None);
            assert_eq!(table["rows"][0]["cells"], expected, "{plural}");
            assert_eq!(table["columnDefinitions"].as_array().unwrap().len(), expected.as_array().unwrap().len());
        }
        let measured = json!({"metadata": {"name": "x"}, "window": "15s", "containers": [
            {"usage": {"cpu": "1500000n", "memory": "1Mi"}}, {"usage": {"cpu": "500u", "memory": "3Mi"}}]});
        let kind = kind::by_resource(kind::METRICS, "v1beta1", "pods").unwrap();
        let table = table(kind, &[&measured], Timestamp::from_seconds(300), Include::None);
        assert_eq!(table["rows"][0]["cells"], json!(["x", "2m", "4Mi", "15s"]));
    }
}
