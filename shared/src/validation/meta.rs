//! `metadata`: what every kind shares, on creation and on update (`k8s.io/apimachinery/pkg/api/validation`).

use serde_json::Value;

use super::at::{At, Errors};
use super::labels::labels;
use super::names::{self, NameRule};
use super::read::{flag, get, int, list, same_field, strings, text, texts};
use crate::api::Kind;

const IMMUTABLE: &str = "field is immutable";
/// Keys and values of all annotations together, in bytes.
const MAX_ANNOTATIONS: usize = 256 * 1024;
const MAX_MANAGER: usize = 128;

/// The metadata of a new object, its name already generated.
pub(crate) fn create(kind: &Kind, object: &Value, name_rule: NameRule, errors: &mut Errors) {
    static NONE: Value = Value::Null;
    let meta = object.get("metadata").unwrap_or(&NONE);
    let at = At::new("metadata");
    let generate_name = text(meta, "generateName");
    if !generate_name.is_empty() {
        errors.invalid_all(&at.child("generateName"), generate_name, name_rule(generate_name, true));
    }
    match text(meta, "name") {
        "" => errors.required(&at.child("name"), "name or generateName is required"),
        name => errors.invalid_all(&at.child("name"), name, name_rule(name, false)),
    }
    match (kind.namespaced, text(meta, "namespace")) {
        (true, "") => errors.required(&at.child("namespace"), ""),
        (true, namespace) => errors.invalid_all(&at.child("namespace"), namespace, names::dns1123_label(namespace)),
        (false, "") => {}
        (false, _) => errors.forbidden(&at.child("namespace"), "not allowed on this type"),
    }
    if let Some(generation) = int(meta, "generation").filter(|generation| *generation < 0) {
        errors.invalid(&at.child("generation"), generation, "must be greater than or equal to 0");
    }
    shared(meta, &at, errors);
    let finalizers = at.child("finalizers");
    for finalizer in strings(meta, "finalizers") {
        errors.invalid_all(&finalizers, finalizer, names::qualified_name(finalizer));
    }
    let has = |name: &str| strings(meta, "finalizers").any(|finalizer| finalizer == name);
    if has("orphan") && has("foregroundDeletion") {
        let list = get(meta, "finalizers").cloned().unwrap_or_default();
        errors.invalid(&finalizers, list, "finalizer orphan and foregroundDeletion cannot be both set");
    }
    standard_finalizers(meta, &at, errors);
    managed_fields(meta, &at, errors);
}

/// The metadata of an object that replaces `old`.
pub(crate) fn update(new: &Value, old: &Value, errors: &mut Errors) {
    static NONE: Value = Value::Null;
    let (new, old) = (new.get("metadata").unwrap_or(&NONE), old.get("metadata").unwrap_or(&NONE));
    let at = At::new("metadata");
    if get(old, "deletionTimestamp").is_some() {
        let mut added: Vec<&str> =
            strings(new, "finalizers").filter(|new| strings(old, "finalizers").all(|old| old != *new)).collect();
        added.sort_unstable();
        if !added.is_empty() {
            let added: Vec<String> = added.iter().map(|name| format!("{name:?}")).collect();
            errors.forbidden(
                &at.child("finalizers"),
                format!(
                    "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                    added.join(", ")
                ),
            );
        }
    }
    if text(new, "resourceVersion").is_empty() {
        errors.invalid(&at.child("resourceVersion"), "", "must be specified for an update");
    }
    if int(new, "generation").unwrap_or(0) < int(old, "generation").unwrap_or(0) {
        let generation = int(new, "generation").unwrap_or(0);
        errors.invalid(&at.child("generation"), generation, "must not be decremented");
    }
    for field in ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] {
        if !same_field(new, old, field) {
            errors.invalid(&at.child(field), new.get(field).cloned().unwrap_or_default(), IMMUTABLE);
        }
    }
    shared(new, &at, errors);
    standard_finalizers(new, &at, errors);
    managed_fields(new, &at, errors);
}

/// A field that may never change.
pub(crate) fn immutable(new: &Value, old: &Value, field: &str, at: &At, errors: &mut Errors) {
    if !same_field(new, old, field) {
        errors.invalid(at, new.get(field).cloned().unwrap_or_default(), IMMUTABLE);
    }
}

fn shared(meta: &Value, at: &At, errors: &mut Errors) {
    labels(meta, "labels", &at.child("labels"), errors);
    annotations(meta, at, errors);
    owner_references(meta, &at.child("ownerReferences"), errors);
}

/// Keys as labels' keys but in any case; no rule for values, only for the sum of all.
fn annotations(meta: &Value, at: &At, errors: &mut Errors) {
    let at = at.child("annotations");
    let mut size = 0;
    for (key, value) in texts(meta, "annotations") {
        size += key.len() + value.len();
        let broken = match key.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => names::qualified_name(&key.to_ascii_lowercase()),
            false => names::qualified_name(key),
        };
        errors.invalid_all(&at, key, broken);
    }
    if size > MAX_ANNOTATIONS {
        errors.too_long(&at, MAX_ANNOTATIONS);
    }
}

fn owner_references(meta: &Value, at: &At, errors: &mut Errors) {
    let mut controller: Option<String> = None;
    for reference in list(meta, "ownerReferences") {
        let api_version = text(reference, "apiVersion");
        if api_version.rsplit('/').next().unwrap_or_default().is_empty() {
            errors.invalid(&at.child("apiVersion"), api_version, "version must not be empty");
        }
        for field in ["kind", "name", "uid"] {
            if text(reference, field).is_empty() {
                errors.invalid(&at.child(field), "", "must not be empty");
            }
        }
        if api_version == "v1" && text(reference, "kind") == "Event" {
            errors.invalid(at, reference.clone(), "/v1, Kind=Event is disallowed from being an owner");
        }
        if flag(reference, "controller") == Some(true) {
            let this = format!("{}/{}", text(reference, "kind"), text(reference, "name"));
            match &controller {
                None => controller = Some(this),
                Some(first) => errors.invalid(
                    at,
                    get(meta, "ownerReferences").cloned().unwrap_or_default(),
                    format!(
                        "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {this}"
                    ),
                ),
            }
        }
    }
}

/// A finalizer with no domain must be one that Kubernetes itself knows.
fn standard_finalizers(meta: &Value, at: &At, errors: &mut Errors) {
    let at = at.child("finalizers");
    for (index, finalizer) in strings(meta, "finalizers").enumerate() {
        if !finalizer.contains('/') && !matches!(finalizer, "kubernetes" | "orphan" | "foregroundDeletion") {
            errors.invalid(
                &at.index(index),
                finalizer,
                "name is neither a standard finalizer name nor is it fully qualified",
            );
        }
    }
}

fn managed_fields(meta: &Value, at: &At, errors: &mut Errors) {
    let at = at.child("managedFields");
    for (index, entry) in list(meta, "managedFields").iter().enumerate() {
        let at = at.index(index);
        let operation = text(entry, "operation");
        if !matches!(operation, "Apply" | "Update") {
            errors.invalid(&at.child("operation"), operation, "must be `Apply` or `Update`");
        }
        let fields_type = text(entry, "fieldsType");
        if !matches!(fields_type, "" | "FieldsV1") {
            errors.invalid(&at.child("fieldsType"), fields_type, "must be `FieldsV1`");
        }
        if text(entry, "manager").len() > MAX_MANAGER {
            errors.too_long(&at.child("manager"), MAX_MANAGER);
        }
    }
}
