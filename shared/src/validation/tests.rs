//! The rules as a table: what is changed in a valid object, and every error that must then be reported, in order.

use serde_json::{Value, json};

use super::{admission, create, update};
use crate::api::FieldError;
use crate::api::kind::known;
use crate::defaulting;

/// A valid object of the kind, defaulted.
pub(in crate::validation) fn sample(plural: &str) -> Value {
    let mut object = match plural {
        "pods" => json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "default"},
            "spec": {"containers": [{"name": "c", "image": "nginx:1.27", "ports": [{"containerPort": 80}]}]}}),
        "nodes" | "namespaces" | "priorityclasses" => json!({"metadata": {"name": "a"}}),
        _ => json!({"metadata": {"name": "a", "namespace": "default"}}),
    };
    defaulting::apply(known(plural), &mut object);
    object
}

/// RFC 7396, so that a case says only what it changes.
pub(in crate::validation) fn merge(target: &mut Value, patch: &Value) {
    match (target.as_object_mut(), patch.as_object()) {
        (Some(target), Some(patch)) => {
            for (key, value) in patch {
                match value {
                    Value::Null => drop(target.remove(key)),
                    value => merge(target.entry(key.clone()).or_insert(json!({})), value),
                }
            }
        }
        _ => *target = patch.clone(),
    }
}

pub(in crate::validation) fn words(errors: &[FieldError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

pub(in crate::validation) fn check(plural: &str, patch: Value, expected: &[&str]) {
    let mut object = sample(plural);
    merge(&mut object, &patch);
    defaulting::apply(known(plural), &mut object);
    assert_eq!(words(&create(known(plural), &object)), expected, "{patch:#}");
}

#[test]
fn pod_templates() {
    let template = |spec: Value| json!({"template": {"metadata": {"labels": {"app": "a"}}, "spec": spec}});
    let containers = json!([{"name": "c", "image": "nginx"}]);
    check("podtemplates", template(json!({"containers": containers})), &[]);
    check("podtemplates", template(json!({})), &["template.spec.containers: Required value"]);
    check(
        "podtemplates",
        template(
            json!({"containers": containers, "restartPolicy": "Sometimes", "ephemeralContainers": [{"name": "e", "image": "i"}]}),
        ),
        &[
            r#"template.spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure""#,
            "template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template",
        ],
    );
}

#[test]
fn metadata() {
    const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
    for plural in ["pods", "configmaps", "secrets", "serviceaccounts", "nodes", "namespaces", "leases"] {
        check(plural, json!({}), &[]);
    }
    check(
        "pods",
        json!({"metadata": {"name": "My_Pod"}}),
        &[&format!(r#"metadata.name: Invalid value: "My_Pod": {SUBDOMAIN}"#)],
    );
    check(
        "pods",
        json!({"metadata": {"name": null}}),
        &["metadata.name: Required value: name or generateName is required"],
    );
    check(
        "pods",
        json!({"metadata": {"labels": {"app": "a b"}}}),
        &[&format!(r#"metadata.labels: Invalid value: "a b": {VALUE}"#)],
    );
    check(
        "nodes",
        json!({"metadata": {"namespace": "x"}}),
        &["metadata.namespace: Forbidden: not allowed on this type"],
    );
    check(
        "pods",
        json!({"metadata": {"finalizers": ["mine"]}}),
        &[
            r#"metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified"#,
        ],
    );
    check(
        "pods",
        json!({"metadata": {"annotations": {"a": "x".repeat(256 * 1024)}}}),
        &["metadata.annotations: Too long: may not be more than 262144 bytes"],
    );
}

#[test]
fn config_maps_and_secrets() {
    check(
        "configmaps",
        json!({"data": {"a/b": "x"}, "binaryData": {"k": "eA=="}}),
        &[
            r#"data[a/b]: Invalid value: "a/b": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"#,
        ],
    );
    check(
        "configmaps",
        json!({"data": {"a": "x".repeat(1024 * 1024 + 1)}}),
        &["[]: Too long: may not be more than 1048576 bytes"],
    );
    check(
        "secrets",
        json!({"type": "kubernetes.io/tls"}),
        &["data[tls.crt]: Required value", "data[tls.key]: Required value"],
    );
    let (mut old, mut new) = (sample("configmaps"), sample("configmaps"));
    merge(&mut old, &json!({"immutable": true, "data": {"a": "1"}, "metadata": {"resourceVersion": "1"}}));
    merge(&mut new, &json!({"immutable": true, "data": {"a": "2"}, "metadata": {"resourceVersion": "1"}}));
    assert_eq!(
        words(&update(known("configmaps"), &new, &old)),
        ["data: Forbidden: field is immutable when `immutable` is set"]
    );
}

#[test]
fn nodes_quotas_and_bindings() {
    check(
        "nodes",
        json!({"spec": {"taints": [{"key": "a", "effect": "No"}], "podCIDRs": ["10.0.0.0"]}}),
        &[
            r#"metadata.taints[0].effect: Unsupported value: "No": supported values: "NoExecute", "NoSchedule", "PreferNoSchedule""#,
            r#"spec.podCIDRs[0]: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"#,
        ],
    );
    check(
        "limitranges",
        json!({"spec": {"limits": [{"type": "Container", "min": {"cpu": "2"}, "max": {"cpu": "1"}}]}}),
        &[
            r#"spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1"#,
            r#"spec.limits[0].defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1"#,
            r#"spec.limits[0].default[cpu]: Invalid value: "2": min value 2 is greater than default value 1"#,
        ],
    );
    check(
        "resourcequotas",
        json!({"spec": {"hard": {"gpu": "1"}}}),
        &[r#"spec.hard[gpu]: Invalid value: "gpu": must be a standard resource for quota"#],
    );
    let binding = json!({"metadata": {"name": "p"}, "target": {"kind": "Pod"}});
    assert_eq!(
        words(&create(known("bindings"), &binding)),
        [
            r#"target.kind: Unsupported value: "Pod": supported values: "<empty>", "Node""#,
            "target.name: Required value",
        ]
    );
}

#[test]
fn what_a_sandbox_does_not_allow() {
    let mut pod = sample("pods");
    assert_eq!(admission::forbidden(&pod), []);
    merge(
        &mut pod,
        &json!({"spec": {"hostNetwork": true, "hostPID": true, "containers": [{"name": "c", "securityContext":
        {"privileged": true, "capabilities": {"add": ["NET_BIND_SERVICE", "SYS_ADMIN"]}}}]}}),
    );
    assert_eq!(
        words(&admission::forbidden(&pod)),
        [
            "spec.hostNetwork: Forbidden: the network of the host cannot be shared: here a node is a container, not a machine",
            "spec.hostPID: Forbidden: the processes of the host cannot be shared: here a node is a container, not a machine",
            "spec.containers[0].securityContext.privileged: Forbidden: privileged containers are disallowed: here a node is a container, not a machine",
            r#"spec.containers[0].securityContext.capabilities.add[1]: Forbidden: capability "SYS_ADMIN" is disallowed: here a node is a container, not a machine"#,
        ]
    );
}
