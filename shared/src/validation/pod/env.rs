//! Environment variables: names, and exactly one source for each value.

use serde_json::Value;

use super::super::at::{At, Errors};
use super::super::names;
use super::super::read::{get, list, text};
use super::downward;
use super::volumes::Volumes;

/// `env`.
pub(super) fn env(container: &Value, volumes: &Volumes, at: &At, errors: &mut Errors) {
    let at = at.child("env");
    for (index, variable) in list(container, "env").iter().enumerate() {
        let at = at.index(index);
        match text(variable, "name") {
            "" => errors.required(&at.child("name"), ""),
            name => errors.invalid_all(&at.child("name"), name, names::env_name(name)),
        }
        value_from(variable, volumes, &at.child("valueFrom"), errors);
    }
}

fn value_from(variable: &Value, volumes: &Volumes, at: &At, errors: &mut Errors) {
    let Some(from) = get(variable, "valueFrom") else { return };
    let mut sources = 0;
    if let Some(field) = get(from, "fieldRef") {
        sources += 1;
        downward::field_ref(field, downward::ENV_FIELDS, &at.child("fieldRef"), errors);
    }
    if let Some(resource) = get(from, "resourceFieldRef") {
        sources += 1;
        downward::resource_field_ref(resource, false, &at.child("resourceFieldRef"), errors);
    }
    for source in ["configMapKeyRef", "secretKeyRef"] {
        let Some(selector) = get(from, source) else { continue };
        sources += 1;
        let at = at.child(source);
        let name = text(selector, "name");
        errors.invalid_all(&at.child("name"), name, names::subdomain_name(name, false));
        config_key(selector, &at, errors);
    }
    if let Some(file) = get(from, "fileKeyRef") {
        sources += 1;
        let at = at.child("fileKeyRef");
        let volume_at = at.child("volumeName");
        match text(file, "volumeName") {
            "" => errors.required(&volume_at, ""),
            name => match volumes.get(name) {
                None => errors.not_found(&volume_at, name),
                Some(volume) if get(volume, "emptyDir").is_some() => {}
                Some(_) => errors.invalid(&volume_at, name, "referenced volume must be of type emptyDir"),
            },
        }
        match text(file, "path") {
            "" => errors.required(&at.child("path"), ""),
            path => super::volumes::local_path(path, &at.child("path"), errors),
        }
        match text(file, "key") {
            "" => errors.required(&at.child("key"), ""),
            key => errors.invalid_all(&at.child("key"), key, names::env_name(key)),
        }
    }
    if sources == 0 {
        errors.invalid(
            at,
            "",
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
        );
    } else if !text(variable, "value").is_empty() {
        errors.invalid(at, "", "may not be specified when `value` is not empty");
    } else if sources > 1 {
        errors.invalid(at, "", "may not have more than one field specified at a time");
    }
}

fn config_key(selector: &Value, at: &At, errors: &mut Errors) {
    match text(selector, "key") {
        "" => errors.required(&at.child("key"), ""),
        key => errors.invalid_all(&at.child("key"), key, names::config_key(key)),
    }
}

/// `envFrom`: all keys of a ConfigMap or a Secret.
pub(super) fn env_from(container: &Value, at: &At, errors: &mut Errors) {
    let at = at.child("envFrom");
    for (index, source) in list(container, "envFrom").iter().enumerate() {
        let element = at.index(index);
        let prefix = text(source, "prefix");
        if !prefix.is_empty() {
            errors.invalid_all(&element.child("prefix"), prefix, names::env_name(prefix));
        }
        let mut sources = 0;
        for field in ["configMapRef", "secretRef"] {
            let Some(reference) = get(source, field) else { continue };
            sources += 1;
            let at = element.child(field);
            match text(reference, "name") {
                "" => errors.required(&at.child("name"), ""),
                name => errors.invalid_all(&at.child("name"), name, names::subdomain_name(name, true)),
            }
        }
        // Kubernetes reports these two on the list, not on its element.
        if sources == 0 {
            errors.invalid(&at, "", "must specify one of: `configMapRef` or `secretRef`");
        } else if sources > 1 {
            errors.invalid(&at, "", "may not have more than one field specified at a time");
        }
    }
}
