//! The downward API: which of its own fields and resources a Pod may read, in variables and in files.

use serde_json::Value;

use super::super::at::{At, Errors};
use super::super::names;
use super::super::read::{get, list, text};
use super::volumes::{file_mode, local_path};
use crate::api::Quantity;

/// Fields for environment variables.
pub(super) const ENV_FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
/// Fields for files of a volume.
const FILE_FIELDS: &[&str] =
    &["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
/// Every field that a field selector of a Pod can name at all.
const KNOWN: &[&str] = &[
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.serviceAccountName",
    "spec.schedulerName",
    "status.phase",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
const RESOURCES: &[&str] = &[
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];
const SIZES: &str = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";

/// `fieldRef`.
pub(super) fn field_ref(reference: &Value, allowed: &[&str], at: &At, errors: &mut Errors) {
    if text(reference, "apiVersion").is_empty() {
        errors.required(&at.child("apiVersion"), "");
        return;
    }
    let field = text(reference, "fieldPath");
    if field.is_empty() {
        errors.required(&at.child("fieldPath"), "");
        return;
    }
    if let Some((path, key)) = field.strip_suffix(']').and_then(|field| field.split_once("['")) {
        let key = key.strip_suffix('\'').unwrap_or(key);
        match path {
            "metadata.annotations" => {
                let key = key.to_ascii_lowercase();
                errors.invalid_all(at, &key, names::qualified_name(&key));
            }
            "metadata.labels" => errors.invalid_all(at, key, names::qualified_name(key)),
            _ => unknown(field, at, errors),
        }
    } else if field == "spec.host" {
        // The old name of `spec.nodeName`, still converted.
    } else if !KNOWN.contains(&field) {
        unknown(field, at, errors);
    } else if !allowed.contains(&field) {
        errors.not_supported(&at.child("fieldPath"), field, allowed);
    }
}

fn unknown(field: &str, at: &At, errors: &mut Errors) {
    let why = format!("error converting fieldPath: field label not supported: {field}");
    errors.invalid(&at.child("fieldPath"), field, why);
}

/// `resourceFieldRef`; in a volume the container must be named.
pub(super) fn resource_field_ref(reference: &Value, volume: bool, at: &At, errors: &mut Errors) {
    let resource = text(reference, "resource");
    let huge = resource.starts_with("limits.hugepages-") || resource.starts_with("requests.hugepages-");
    if volume && text(reference, "containerName").is_empty() {
        errors.required(&at.child("containerName"), "");
    } else if resource.is_empty() {
        errors.required(&at.child("resource"), "");
    } else if !RESOURCES.contains(&resource) && !huge {
        errors.not_supported(&at.child("resource"), resource, RESOURCES);
    }
    divisor(reference, resource, at, errors);
}

fn divisor(reference: &Value, resource: &str, at: &At, errors: &mut Errors) {
    let Ok(divisor) = Quantity::parse(text(reference, "divisor")) else { return };
    if divisor == Quantity::milli(0) {
        return;
    }
    let shown = divisor.to_string();
    let is_size = SIZES.split(", ").any(|size| size == shown);
    let why = match resource {
        "limits.cpu" | "requests.cpu" if !matches!(shown.as_str(), "1" | "1m") => {
            "only divisor's values 1m and 1 are supported with the cpu resource".to_owned()
        }
        "limits.memory" | "requests.memory" if !is_size => {
            format!("only divisor's values {SIZES} are supported with the memory resource")
        }
        "limits.ephemeral-storage" | "requests.ephemeral-storage" if !is_size => {
            format!("only divisor's values {SIZES} are supported with the local ephemeral storage resource")
        }
        _ if resource.contains(".hugepages-") && !is_size => {
            format!("only divisor's values {SIZES} are supported with the hugepages resource")
        }
        _ => return,
    };
    errors.invalid(&at.child("divisor"), resource, why);
}

/// The files of a `downwardAPI` volume or projection; Kubernetes reports them all on the source itself.
pub(super) fn files(source: &Value, at: &At, errors: &mut Errors) {
    for file in list(source, "items") {
        let path = text(file, "path");
        if path.is_empty() {
            errors.required(&at.child("path"), "");
        }
        local_path(path, &at.child("path"), errors);
        match (get(file, "fieldRef"), get(file, "resourceFieldRef")) {
            (Some(field), resource) => {
                field_ref(field, FILE_FIELDS, &at.child("fieldRef"), errors);
                if resource.is_some() {
                    errors.invalid(at, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
                }
            }
            (None, Some(resource)) => resource_field_ref(resource, true, &at.child("resourceFieldRef"), errors),
            (None, None) => errors.required(at, "one of fieldRef and resourceFieldRef is required"),
        }
        file_mode(file, "mode", at, errors);
    }
}
