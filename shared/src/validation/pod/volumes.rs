//! Volumes: one source each, of any of the types of `v1.VolumeSource`, and the paths within them.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::super::at::{At, Errors};
use super::super::labels::selector;
use super::super::names;
use super::super::read::{get, int, list, map, text};
use super::downward;
use crate::api::Quantity;

/// The valid volumes by name; mounts of others are `Not found`.
pub(super) type Volumes<'v> = BTreeMap<&'v str, &'v Value>;

/// Sources in the order in which Kubernetes looks at them: from the second one on, each is one too many.
const SOURCES: &[&str] = &[
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
];
const HOST_PATH_TYPES: &[&str] =
    &["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
const FILE_MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";

/// `spec.volumes`.
pub(super) fn volumes<'v>(spec: &'v Value, pod_name: &str, at: &At, errors: &mut Errors) -> Volumes<'v> {
    let at = at.child("volumes");
    let mut valid = Volumes::new();
    for (index, volume) in list(spec, "volumes").iter().enumerate() {
        let at = at.index(index);
        let before = errors.0.len();
        let name = text(volume, "name");
        source(volume, name, pod_name, &at, errors);
        match name {
            "" => errors.required(&at.child("name"), ""),
            name => errors.invalid_all(&at.child("name"), name, names::dns1123_label(name)),
        }
        if valid.contains_key(name) {
            errors.duplicate(&at.child("name"), name);
        }
        if errors.0.len() == before {
            valid.insert(name, volume);
        }
    }
    valid
}

fn source(volume: &Value, name: &str, pod_name: &str, at: &At, errors: &mut Errors) {
    let mut found = false;
    for kind in SOURCES {
        let Some(source) = get(volume, kind) else { continue };
        if found {
            errors.forbidden(&at.child(kind), "may not specify more than 1 volume type");
            continue;
        }
        found = true;
        one_source(kind, source, &at.child(kind), errors);
        if *kind == "ephemeral" && !pod_name.is_empty() && !name.is_empty() {
            let claim = format!("{pod_name}-{name}");
            for broken in names::subdomain_name(&claim, false) {
                errors.invalid(&at.child("name"), name, format!("PVC name {claim:?}: {broken}"));
            }
        }
    }
    if !found {
        errors.required(at, "must specify a volume type");
    }
}

fn one_source(kind: &str, source: &Value, at: &At, errors: &mut Errors) {
    let mut need = |fields: &[&str]| {
        for field in fields {
            let empty =
                get(source, field).is_none_or(|value| value == "" || value.as_array().is_some_and(Vec::is_empty));
            if empty {
                errors.required(&at.child(field), "");
            }
        }
    };
    match kind {
        "emptyDir" => {
            let limit = get(source, "sizeLimit").and_then(|limit| Quantity::parse(limit.as_str()?).ok());
            if limit.is_some_and(|limit| limit < Quantity::milli(0)) {
                errors.forbidden(&at.child("sizeLimit"), "SizeLimit field must be a valid resource quantity");
            }
        }
        "hostPath" => host_path(source, at, errors),
        "gitRepo" => {
            need(&["repository"]);
            descending_path(text(source, "directory"), &at.child("directory"), errors);
        }
        "secret" => {
            need(&["secretName"]);
            file_mode(source, "defaultMode", at, errors);
            items(source, at, &mut HashSet::new(), errors);
        }
        "configMap" => {
            need(&["name"]);
            file_mode(source, "defaultMode", at, errors);
            items(source, at, &mut HashSet::new(), errors);
        }
        "nfs" => {
            need(&["server", "path"]);
            let path = text(source, "path");
            if !path.starts_with('/') {
                errors.invalid(&at.child("path"), path, "must be an absolute path");
            }
        }
        "persistentVolumeClaim" => need(&["claimName"]),
        "downwardAPI" => {
            file_mode(source, "defaultMode", at, errors);
            downward::files(source, at, errors);
        }
        "projected" => projected(source, at, errors),
        "csi" => {
            need(&["driver"]);
            if let Some(secret) = get(source, "nodePublishSecretRef")
                && text(secret, "name").is_empty()
            {
                errors.required(&at.child("nodePublishSecretRef").child("name"), "");
            }
        }
        "image" => {
            need(&["reference"]);
            let policy = text(source, "pullPolicy");
            if !matches!(policy, "Always" | "IfNotPresent" | "Never") {
                errors.not_supported(&at.child("pullPolicy"), policy, &["Always", "IfNotPresent", "Never"]);
            }
        }
        "ephemeral" if get(source, "volumeClaimTemplate").is_none() => {
            errors.required(&at.child("volumeClaimTemplate"), "");
        }
        "gcePersistentDisk" => need(&["pdName"]),
        "awsElasticBlockStore" | "cinder" | "portworxVolume" => need(&["volumeID"]),
        "iscsi" => need(&["targetPortal", "iqn"]),
        "glusterfs" => need(&["endpoints", "path"]),
        "rbd" => need(&["monitors", "image"]),
        "cephfs" => need(&["monitors"]),
        "flexVolume" => need(&["driver"]),
        "azureFile" => need(&["secretName", "shareName"]),
        "azureDisk" => need(&["diskName", "diskURI"]),
        "vsphereVolume" => need(&["volumePath"]),
        "photonPersistentDisk" => need(&["pdID"]),
        "scaleIO" => need(&["gateway", "system", "volumeName"]),
        "quobyte" => need(&["registry", "volume"]),
        "fc" if list(source, "targetWWNs").is_empty() && list(source, "wwids").is_empty() => {
            errors.required(&at.child("targetWWNs"), "must specify either targetWWNs or wwids, but not both");
        }
        "flocker" if text(source, "datasetName").is_empty() && text(source, "datasetUUID").is_empty() => {
            errors.required(at, "one of datasetName and datasetUUID is required");
        }
        _ => {}
    }
}

fn host_path(source: &Value, at: &At, errors: &mut Errors) {
    let path = text(source, "path");
    if path.is_empty() {
        errors.required(&at.child("path"), "");
        return;
    }
    no_backsteps(path, &at.child("path"), errors);
    let ty = text(source, "type");
    if !HOST_PATH_TYPES.contains(&ty) {
        errors.not_supported(&at.child("type"), ty, HOST_PATH_TYPES);
    }
}

/// `items` of ConfigMaps and Secrets; paths that a projection uses twice are conflicts.
fn items<'v>(source: &'v Value, at: &At, taken: &mut HashSet<&'v str>, errors: &mut Errors) -> bool {
    let at = at.child("items");
    let mut conflict = false;
    for (index, item) in list(source, "items").iter().enumerate() {
        let at = at.index(index);
        let path = text(item, "path");
        for field in ["key", "path"] {
            if text(item, field).is_empty() {
                errors.required(&at.child(field), "");
            }
        }
        local_path(path, &at.child("path"), errors);
        file_mode(item, "mode", &at, errors);
        conflict |= !path.is_empty() && !taken.insert(path);
    }
    conflict
}

fn projected(source: &Value, at: &At, errors: &mut Errors) {
    const CONFLICT: &str = "conflicting duplicate paths";
    file_mode(source, "defaultMode", at, errors);
    let mut taken = HashSet::new();
    let sources = at.child("sources");
    for (index, projection) in list(source, "sources").iter().enumerate() {
        let element = sources.index(index);
        let mut count = 0;
        for kind in ["secret", "configMap"] {
            let Some(from) = get(projection, kind) else { continue };
            count += 1;
            let at_kind = element.child(kind);
            let name = text(from, "name");
            if name.is_empty() {
                errors.required(&at_kind.child("name"), "");
            }
            if items(from, &at_kind, &mut taken, errors) {
                errors.invalid(at, name, CONFLICT);
            }
        }
        if let Some(from) = get(projection, "downwardAPI") {
            count += 1;
            downward::files(from, &element.child("downwardAPI"), errors);
            for path in list(from, "items").iter().map(|file| text(file, "path")).filter(|path| !path.is_empty()) {
                if !taken.insert(path) {
                    errors.invalid(at, path, CONFLICT);
                }
            }
        }
        if let Some(from) = get(projection, "serviceAccountToken") {
            count += 1;
            let at_seconds = element.child("serviceAccountToken");
            let at_seconds = at_seconds.child("expirationSeconds");
            match int(from, "expirationSeconds").unwrap_or(0) {
                short if short < 600 => {
                    errors.invalid(&at_seconds, short, "may not specify a duration less than 10 minutes");
                }
                long if long > 1 << 32 => {
                    errors.invalid(&at_seconds, long, "may not specify a duration larger than 2^32 seconds");
                }
                _ => {}
            }
            match text(from, "path") {
                "" => errors.required(&at.child("path"), ""),
                path => local_path(path, &at.child("path"), errors),
            }
        }
        if let Some(from) = get(projection, "clusterTrustBundle") {
            count += 1;
            trust_bundle(from, &element.child("clusterTrustBundle"), errors);
        }
        if get(projection, "podCertificate").is_some() {
            count += 1;
        }
        if count > 1 {
            errors.forbidden(&element, "may not specify more than 1 volume type per source");
        }
    }
}

fn trust_bundle(from: &Value, at: &At, errors: &mut Errors) {
    match (get(from, "name").is_some(), get(from, "signerName").is_some()) {
        (true, true) => errors.invalid(at, from.clone(), "only one of name and signerName may be used"),
        (false, false) => errors.required(at, "either name or signerName must be specified"),
        (true, false) => {
            if map(from, "labelSelector").is_some() {
                let chosen = from.get("labelSelector").cloned().unwrap_or_default();
                let why = "labelSelector must be unset if name is specified";
                errors.invalid(&at.child("labelSelector"), chosen, why);
            }
        }
        (false, true) => selector(from, "labelSelector", at, errors),
    }
    let path = text(from, "path");
    if path.is_empty() {
        errors.required(&at.child("path"), "");
    }
    local_path(path, &at.child("path"), errors);
}

/// A file mode between 0 and 0777.
pub(super) fn file_mode(owner: &Value, field: &str, at: &At, errors: &mut Errors) {
    if let Some(mode) = int(owner, field).filter(|mode| !(0..=0o777).contains(mode)) {
        errors.invalid(&at.child(field), mode, FILE_MODE);
    }
}

/// Whether one of the path's parts is `..`.
pub(super) fn has_backstep(path: &str) -> bool {
    path.split('/').any(|part| part == "..")
}

fn no_backsteps(path: &str, at: &At, errors: &mut Errors) {
    if has_backstep(path) {
        errors.invalid(at, path, "must not contain '..'");
    }
}

/// A path that stays below where it starts.
pub(super) fn descending_path(path: &str, at: &At, errors: &mut Errors) {
    if path.starts_with('/') {
        errors.invalid(at, path, "must be a relative path");
    }
    no_backsteps(path, at, errors);
}

/// The same, and no name that the kubelet keeps for itself (`..data`).
pub(super) fn local_path(path: &str, at: &At, errors: &mut Errors) {
    descending_path(path, at, errors);
    if path.starts_with("..") && !path.starts_with("../") && path != ".." {
        errors.invalid(at, path, "must not start with '..'");
    }
}
