//! `volumeMounts` and `volumeDevices`: every name a volume of the Pod, every path once.

use std::collections::HashSet;

use serde_json::Value;

use super::super::at::{At, Errors};
use super::super::read::{flag, get, list, text};
use super::volumes::{Volumes, descending_path, has_backstep};

/// `volumeMounts`.
pub(super) fn mounts(container: &Value, volumes: &Volumes, at: &At, errors: &mut Errors) {
    let at = at.child("volumeMounts");
    let devices = list(container, "volumeDevices");
    let mut paths = HashSet::new();
    for (index, mount) in list(container, "volumeMounts").iter().enumerate() {
        let element = at.index(index);
        let (name, path) = (text(mount, "name"), text(mount, "mountPath"));
        if name.is_empty() {
            errors.required(&element.child("name"), "");
        }
        let volume = volumes.get(name);
        if volume.is_none() {
            errors.not_found(&element.child("name"), name);
        }
        if path.is_empty() {
            errors.required(&element.child("mountPath"), "");
        }
        if !paths.insert(path) {
            errors.invalid(&element.child("mountPath"), path, "must be unique");
        }
        if devices.iter().any(|device| text(device, "name") == name) {
            errors.invalid(&element.child("name"), name, "must not already exist in volumeDevices");
        }
        if devices.iter().any(|device| text(device, "devicePath") == path) {
            errors.invalid(&element.child("mountPath"), path, "must not already exist as a path in volumeDevices");
        }
        // From here on Kubernetes reports on the list, not on its element.
        let (sub_path, expression) = (text(mount, "subPath"), text(mount, "subPathExpr"));
        if !sub_path.is_empty() {
            descending_path(sub_path, &at.child("subPath"), errors);
        }
        if !expression.is_empty() {
            if !sub_path.is_empty() {
                let why = "subPathExpr and subPath are mutually exclusive";
                errors.invalid(&element.child("subPathExpr"), expression, why);
            }
            descending_path(expression, &at.child("subPathExpr"), errors);
        }
        propagation(mount, container, &at.child("mountPropagation"), errors);
        recursive_read_only(mount, &at.child("recursiveReadOnly"), errors);
    }
}

fn propagation(mount: &Value, container: &Value, at: &At, errors: &mut Errors) {
    let Some(mode) = get(mount, "mountPropagation").and_then(Value::as_str) else { return };
    if !matches!(mode, "Bidirectional" | "HostToContainer" | "None") {
        errors.not_supported(at, mode, &["Bidirectional", "HostToContainer", "None"]);
    }
    let privileged = get(container, "securityContext").and_then(|context| flag(context, "privileged")) == Some(true);
    if mode == "Bidirectional" && !privileged {
        errors.forbidden(at, "Bidirectional mount propagation is available only to privileged containers");
    }
}

fn recursive_read_only(mount: &Value, at: &At, errors: &mut Errors) {
    match get(mount, "recursiveReadOnly").and_then(Value::as_str) {
        None | Some("Disabled") => {}
        Some("Enabled" | "IfPossible") => {
            if flag(mount, "readOnly") != Some(true) {
                errors.forbidden(at, "may only be specified when readOnly is true");
            }
            if !matches!(text(mount, "mountPropagation"), "" | "None") {
                errors.forbidden(at, "may only be specified when mountPropagation is None or not specified");
            }
        }
        Some(other) => errors.not_supported(at, other, &["Disabled", "Enabled", "IfPossible"]),
    }
}

/// `volumeDevices`: raw blocks, of claims only.
pub(super) fn devices(container: &Value, volumes: &Volumes, at: &At, errors: &mut Errors) {
    let at = at.child("volumeDevices");
    let mounts = list(container, "volumeMounts");
    let (mut names, mut paths) = (HashSet::new(), HashSet::new());
    for (index, device) in list(container, "volumeDevices").iter().enumerate() {
        let at = at.index(index);
        let (name, path) = (text(device, "name"), text(device, "devicePath"));
        let (name_at, path_at) = (at.child("name"), at.child("devicePath"));
        if name.is_empty() {
            errors.required(&name_at, "");
        }
        if !name.is_empty() && !names.insert(name) {
            errors.invalid(&name_at, name, "must be unique");
        }
        match volumes.get(name) {
            None => errors.not_found(&name_at, name),
            Some(volume) => {
                if get(volume, "persistentVolumeClaim").is_none() && get(volume, "ephemeral").is_none() {
                    let why = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
                    errors.invalid(&name_at, name, why);
                }
            }
        }
        if path.is_empty() {
            errors.required(&path_at, "");
        }
        if paths.contains(path) {
            errors.invalid(&path_at, path, "must be unique");
        }
        if has_backstep(path) {
            errors.invalid(&path_at, path, "can not contain backsteps ('..')");
        } else {
            paths.insert(path);
        }
        if mounts.iter().any(|mount| text(mount, "name") == name) {
            errors.invalid(&name_at, name, "must not already exist in volumeMounts");
        }
        if mounts.iter().any(|mount| text(mount, "mountPath") == path) {
            errors.invalid(&path_at, path, "must not already exist as a path in volumeMounts");
        }
    }
}
