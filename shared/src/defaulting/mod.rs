//! Kubernetes' defaults (`pkg/apis/core/v1/defaults.go`, v1.35), written into JSON objects.
//!
//! | call | when |
//! |---|---|
//! | [`apply`] | every decoded object, also the stored one under a patch; twice is the same as once |
//! | [`admit`] | a new object only: what the mutating admission plugins of a stock cluster add |
//! | [`prepare::create`], [`prepare::update`], [`prepare::update_status`] | before validation: what a client may not set, per kind |
//!
//! This module may not judge: a wrong value stays as it is for validation to report.

mod admit;
mod fields;
mod pod;
pub mod prepare;

use serde_json::{Value, json};

use self::fields::{default, each, object, quantities};
use crate::api::Kind;

pub use self::admit::{SYSTEM_PRIORITIES, admit, admit_update, service_account_token_volume};

/// Fills in what is absent, and writes quantities canonically (`0.5` becomes `500m`).
pub fn apply(kind: &Kind, value: &mut Value) {
    match kind.kind {
        "Pod" => pod::pod(value),
        "PodTemplate" => {
            if let Some(spec) = object(value, "template").and_then(|template| object(template, "spec")) {
                pod::pod_spec(spec);
            }
        }
        "Namespace" => namespace(value),
        "Node" => node(value),
        "Secret" => secret(value),
        "LimitRange" => limit_range(value),
        "ResourceQuota" => {
            if let Some(spec) = object(value, "spec") {
                quantities(spec, "hard");
            }
        }
        "PriorityClass" => default(value, "preemptionPolicy", || json!("PreemptLowerPriority")),
        "Event" => {}
        _ => {}
    }
}

/// The label by which selectors find a namespace by name.
fn namespace(namespace: &mut Value) {
    let name = crate::api::object::name(namespace).to_owned();
    if !name.is_empty()
        && let Some(metadata) = crate::api::object::metadata_mut(namespace)
    {
        let labels = metadata.entry("labels").or_insert(Value::Null);
        if labels.is_null() {
            *labels = json!({});
        }
        if let Some(labels) = labels.as_object_mut() {
            labels.insert("kubernetes.io/metadata.name".to_owned(), name.into());
        }
    }
    fields::ensure(namespace, "spec");
    if let Some(status) = fields::ensure(namespace, "status") {
        default(status, "phase", || json!("Active"));
    }
}

/// Allocatable is the capacity unless said otherwise.
fn node(node: &mut Value) {
    fields::ensure(node, "spec");
    let Some(status) = object(node, "status") else { return };
    quantities(status, "capacity");
    quantities(status, "allocatable");
    if let Some(capacity) = status.get("capacity").cloned() {
        default(status, "allocatable", || capacity);
    }
}

/// `stringData` is written into `data`, as the conversion of `v1.Secret` does.
fn secret(secret: &mut Value) {
    use base64::Engine;
    default(secret, "type", || json!("Opaque"));
    let Some(fields) = secret.as_object_mut() else { return };
    let Some(texts) = fields.remove("stringData") else { return };
    let Some(texts) = texts.as_object().filter(|texts| !texts.is_empty()) else { return };
    let data = fields.entry("data").or_insert(Value::Null);
    if data.is_null() {
        *data = json!({});
    }
    let Some(data) = data.as_object_mut() else { return };
    for (key, text) in texts {
        let bytes = text.as_str().unwrap_or_default();
        data.insert(key.clone(), base64::engine::general_purpose::STANDARD.encode(bytes).into());
    }
}

/// For containers: no default limit means the maximum, no default request means the limit or else the minimum.
fn limit_range(range: &mut Value) {
    let Some(spec) = object(range, "spec") else { return };
    each(spec, "limits", |limit| {
        for field in ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] {
            quantities(limit, field);
        }
        if limit.get("type").and_then(Value::as_str) != Some("Container") {
            return;
        }
        for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
            let Some(amounts) = limit.get(from).and_then(Value::as_object).cloned() else { continue };
            let Some(target) = fields::ensure(limit, to) else { continue };
            for (name, amount) in amounts {
                default(target, &name, || amount);
            }
        }
    });
}

#[cfg(test)]
mod tests;
