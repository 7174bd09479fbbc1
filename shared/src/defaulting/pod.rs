//! Defaults of a Pod: of the spec, its volumes, its containers, their probes and hooks.

use serde_json::{Value, json};

use super::fields::{default, default_pointer, each, ensure, object, quantities, quantity};
use crate::api::Quantity;

/// The Pod and all within it.
pub(super) fn pod(pod: &mut Value) {
    let Some(spec) = object(pod, "spec") else { return };
    pod_spec(spec);
    default_pointer(spec, "enableServiceLinks", || json!(true));
    for kind in ["initContainers", "containers"] {
        each(spec, kind, requests_from_limits);
    }
    pod_level_requests(spec);
    if spec.get("hostNetwork").and_then(Value::as_bool) == Some(true) {
        for kind in ["initContainers", "containers"] {
            each(spec, kind, |container| {
                each(container, "ports", |port| {
                    let number = port.get("containerPort").cloned().unwrap_or_default();
                    default(port, "hostPort", || number);
                });
            });
        }
    }
}

/// What a PodTemplate's spec gets, too (`SetDefaults_PodSpec`): all but what is a Pod's alone.
pub(super) fn pod_spec(spec: &mut Value) {
    default(spec, "dnsPolicy", || json!("ClusterFirst"));
    default(spec, "restartPolicy", || json!("Always"));
    default(spec, "schedulerName", || json!("default-scheduler"));
    default_pointer(spec, "terminationGracePeriodSeconds", || json!(30));
    default_pointer(spec, "securityContext", || json!({}));
    service_account(spec);
    quantities(spec, "overhead");
    each(spec, "volumes", volume);
    for kind in ["initContainers", "containers", "ephemeralContainers"] {
        each(spec, kind, container_defaults);
    }
}

/// `serviceAccount` is the old name of `serviceAccountName`; conversion keeps them equal.
fn service_account(spec: &mut Value) {
    let text = |spec: &Value, field: &str| spec.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (name, old) = (text(spec, "serviceAccountName"), text(spec, "serviceAccount"));
    let name = if name.is_empty() { old } else { name };
    if let Some(fields) = spec.as_object_mut().filter(|_| !name.is_empty()) {
        fields.insert("serviceAccountName".to_owned(), name.clone().into());
        fields.insert("serviceAccount".to_owned(), name.into());
    }
}

fn container_defaults(container: &mut Value) {
    let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
    let policy = pull_policy(image);
    default(container, "imagePullPolicy", || policy.into());
    default(container, "terminationMessagePath", || json!("/dev/termination-log"));
    default(container, "terminationMessagePolicy", || json!("File"));
    if let Some(resources) = ensure(container, "resources") {
        quantities(resources, "limits");
        quantities(resources, "requests");
    }
    each(container, "ports", |port| default(port, "protocol", || json!("TCP")));
    each(container, "env", |variable| {
        if let Some(from) = object(variable, "valueFrom") {
            downward_item(from);
        }
    });
    for kind in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = object(container, kind) else { continue };
        default(probe, "timeoutSeconds", || json!(1));
        default(probe, "periodSeconds", || json!(10));
        default(probe, "successThreshold", || json!(1));
        default(probe, "failureThreshold", || json!(3));
        http_get(probe);
        if let Some(grpc) = object(probe, "grpc") {
            default_pointer(grpc, "service", || json!(""));
        }
    }
    if let Some(lifecycle) = object(container, "lifecycle") {
        for hook in ["postStart", "preStop"] {
            if let Some(hook) = object(lifecycle, hook) {
                http_get(hook);
            }
        }
    }
}

fn http_get(handler: &mut Value) {
    if let Some(action) = object(handler, "httpGet") {
        default(action, "path", || json!("/"));
        default(action, "scheme", || json!("HTTP"));
    }
}

/// An absent request is the limit of the same resource.
fn requests_from_limits(container: &mut Value) {
    let Some(resources) = object(container, "resources") else { return };
    let Some(limits) = resources.get("limits").and_then(Value::as_object).cloned() else { return };
    let Some(requests) = ensure(resources, "requests") else { return };
    for (name, amount) in limits {
        default_pointer(requests, &name, || amount);
    }
}

/// Pod-level limits with no request of their own: the sum of the containers' requests, or else the limit itself.
fn pod_level_requests(spec: &mut Value) {
    let sums: Vec<(&str, Option<Quantity>)> = ["cpu", "memory"]
        .into_iter()
        .map(|name| {
            let amounts =
                spec.get("containers").and_then(Value::as_array).into_iter().flatten().filter_map(|container| {
                    Quantity::parse(container.get("resources")?.get("requests")?.get(name)?.as_str()?).ok()
                });
            (name, amounts.reduce(Quantity::plus))
        })
        .collect();
    let Some(resources) = object(spec, "resources") else { return };
    quantities(resources, "limits");
    quantities(resources, "requests");
    let Some(limits) = resources.get("limits").and_then(Value::as_object).filter(|limits| !limits.is_empty()).cloned()
    else {
        return;
    };
    let Some(requests) = ensure(resources, "requests") else { return };
    for (name, sum) in sums {
        if let Some(sum) = sum {
            default_pointer(requests, name, || sum.to_string().into());
        }
    }
    for (name, limit) in limits {
        default_pointer(requests, &name, || limit);
    }
}

fn volume(volume: &mut Value) {
    if volume.as_object().is_some_and(|fields| fields.iter().all(|(key, value)| key == "name" || value.is_null()))
        && let Some(fields) = volume.as_object_mut()
    {
        fields.insert("emptyDir".to_owned(), json!({}));
    }
    if let Some(source) = object(volume, "emptyDir")
        && let Some(limit) = source.get_mut("sizeLimit")
    {
        quantity(limit);
    }
    if let Some(source) = object(volume, "hostPath") {
        default_pointer(source, "type", || json!(""));
    }
    for kind in ["secret", "configMap", "downwardAPI", "projected"] {
        if let Some(source) = object(volume, kind) {
            default_pointer(source, "defaultMode", || json!(0o644));
            each(source, "items", downward_item);
            each(source, "sources", projection);
        }
    }
    if let Some(source) = object(volume, "image") {
        let policy = pull_policy(source.get("reference").and_then(Value::as_str).unwrap_or_default());
        default(source, "pullPolicy", || policy.into());
    }
}

fn projection(source: &mut Value) {
    if let Some(token) = object(source, "serviceAccountToken") {
        default_pointer(token, "expirationSeconds", || json!(3600));
    }
    if let Some(downward) = object(source, "downwardAPI") {
        each(downward, "items", downward_item);
    }
}

fn downward_item(item: &mut Value) {
    if let Some(field) = object(item, "fieldRef") {
        default(field, "apiVersion", || json!("v1"));
    }
    if let Some(resource) = object(item, "resourceFieldRef") {
        default_pointer(resource, "divisor", || json!("0"));
        if let Some(divisor) = resource.get_mut("divisor") {
            quantity(divisor);
        }
    }
}

/// `Always` for the tag `latest`, said or not; an image by digest, or by a name that is none, is not pulled again.
fn pull_policy(image: &str) -> &'static str {
    let (name, digest) = image.split_once('@').map_or((image, false), |(name, _)| (name, true));
    let (path, last) = name.rsplit_once('/').map_or(("", name), |(path, last)| (path, last));
    let (last, tag) = last.split_once(':').map_or((last, None), |(last, tag)| (last, Some(tag)));
    let valid = !last.is_empty() && !last.bytes().any(|b| b.is_ascii_uppercase() || b.is_ascii_whitespace());
    let valid = valid && !path.contains(char::is_whitespace);
    match (valid, tag, digest) {
        (true, Some("latest"), _) | (true, None, false) => "Always",
        _ => "IfNotPresent",
    }
}
