//! Security contexts of the Pod and of its containers: ids, profiles, sysctls.

use std::collections::HashSet;

use serde_json::Value;

use super::super::at::{At, Errors};
use super::super::names;
use super::super::read::{flag, get, int, list, strings, text};
use super::volumes::descending_path;

const SYSCTL_FMT: &str = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
const MAX_SYSCTL: usize = 253;
const PROFILES: &[&str] = &["Localhost", "RuntimeDefault", "Unconfined"];
/// `PATH_MAX - 1`.
const MAX_PROFILE: usize = 4095;

/// `spec.securityContext`.
pub(super) fn pod(spec: &Value, at: &At, errors: &mut Errors) {
    let Some(context) = get(spec, "securityContext") else { return };
    let at = at.child("securityContext");
    for field in ["fsGroup", "runAsUser", "runAsGroup"] {
        id(context, field, &at, errors);
    }
    let groups = at.child("supplementalGroups");
    for (index, group) in list(context, "supplementalGroups").iter().enumerate() {
        let group = group.as_i64().unwrap_or(0);
        if let Some(broken) = names::id_number(group) {
            errors.invalid(&groups.index(index), group, broken);
        }
    }
    if flag(spec, "shareProcessNamespace") == Some(true) && flag(spec, "hostPID") == Some(true) {
        let why = "ShareProcessNamespace and HostPID cannot both be enabled";
        errors.invalid(&at.child("shareProcessNamespace"), true, why);
    }
    sysctls(context, spec, &at.child("sysctls"), errors);
    let mut choice = |field: &str, supported: &[&str]| {
        if let Some(value) = get(context, field).and_then(Value::as_str).filter(|value| !supported.contains(value)) {
            errors.not_supported(&at.child(field), value, supported);
        }
    };
    choice("fsGroupChangePolicy", &["Always", "OnRootMismatch"]);
    choice("supplementalGroupsPolicy", &["Merge", "Strict"]);
    choice("seLinuxChangePolicy", &["MountOption", "Recursive"]);
    seccomp(context, &at, errors);
    app_armor(context, &at, errors);
}

/// `securityContext` of one container.
pub(super) fn container(container: &Value, host_users: bool, at: &At, errors: &mut Errors) {
    let Some(context) = get(container, "securityContext") else { return };
    let at = at.child("securityContext");
    for field in ["runAsUser", "runAsGroup"] {
        id(context, field, &at, errors);
    }
    match get(context, "procMount").and_then(Value::as_str) {
        None | Some("Default") => {}
        Some("Unmasked") => {
            if host_users {
                errors.invalid(&at.child("procMount"), "Unmasked", "`hostUsers` must be false to use `Unmasked`");
            }
        }
        Some(other) => errors.not_supported(&at.child("procMount"), other, &["Default", "Unmasked"]),
    }
    seccomp(context, &at, errors);
    if flag(context, "allowPrivilegeEscalation") == Some(false) {
        if flag(context, "privileged") == Some(true) {
            let why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
            errors.invalid(&at, context.clone(), why);
        }
        let added =
            get(context, "capabilities").is_some_and(|all| strings(all, "add").any(|one| one == "CAP_SYS_ADMIN"));
        if added {
            let why = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
            errors.invalid(&at, context.clone(), why);
        }
    }
    app_armor(context, &at, errors);
}

fn id(context: &Value, field: &str, at: &At, errors: &mut Errors) {
    if let Some(id) = int(context, field)
        && let Some(broken) = names::id_number(id)
    {
        errors.invalid(&at.child(field), id, broken);
    }
}

fn seccomp(context: &Value, at: &At, errors: &mut Errors) {
    let Some(profile) = get(context, "seccompProfile") else { return };
    let at = at.child("seccompProfile");
    let local = get(profile, "localhostProfile").and_then(Value::as_str);
    let ty = text(profile, "type");
    match ty {
        "" => errors.required(&at.child("type"), "type is required when seccompProfile is set"),
        known if PROFILES.contains(&known) => {}
        other => errors.not_supported(&at.child("type"), other, PROFILES),
    }
    let at = at.child("localhostProfile");
    match local {
        None if ty == "Localhost" => errors.required(&at, "must be set when seccomp type is Localhost"),
        Some(path) if ty == "Localhost" => descending_path(path, &at, errors),
        Some(_) => errors.invalid(&at, profile.clone(), "can only be set when seccomp type is Localhost"),
        None => {}
    }
}

fn app_armor(context: &Value, at: &At, errors: &mut Errors) {
    const MISSING: &str = "must be set when AppArmor type is Localhost";
    let Some(profile) = get(context, "appArmorProfile") else { return };
    let at = at.child("appArmorProfile");
    let name = get(profile, "localhostProfile").and_then(Value::as_str);
    let name_at = at.child("localhostProfile");
    match (text(profile, "type"), name) {
        ("Localhost", None | Some("")) => errors.required(&name_at, MISSING),
        ("Localhost", Some(name)) => {
            if name.trim() != name {
                errors.invalid(&name_at, name, "must not be padded with whitespace");
            }
            if name.len() > MAX_PROFILE {
                errors.too_long(&name_at, MAX_PROFILE);
            }
        }
        ("RuntimeDefault" | "Unconfined", Some(name)) => {
            errors.invalid(&name_at, name, "can only be set when AppArmor type is Localhost");
        }
        ("RuntimeDefault" | "Unconfined", None) => {}
        ("", _) => errors.required(&at.child("type"), "type is required when appArmorProfile is set"),
        (other, _) => errors.not_supported(&at.child("type"), other, PROFILES),
    }
}

fn sysctls(context: &Value, spec: &Value, at: &At, errors: &mut Errors) {
    let mut seen = HashSet::new();
    for (index, sysctl) in list(context, "sysctls").iter().enumerate() {
        let at = at.index(index);
        let at = at.child("name");
        let name = text(sysctl, "name");
        if name.is_empty() {
            errors.required(&at, "");
        } else if !sysctl_name(name) {
            let why = format!("must have at most {MAX_SYSCTL} characters and match regex {SYSCTL_FMT}");
            errors.invalid(&at, name, why);
        } else if seen.contains(name) {
            errors.duplicate(&at, name);
        }
        let dotted = name.replace('/', ".");
        if flag(spec, "hostNetwork") == Some(true) && dotted.starts_with("net.") {
            errors.invalid(&at, name, "may not be specified when 'hostNetwork' is true");
        }
        let ipc = ["kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue."];
        if flag(spec, "hostIPC") == Some(true) && ipc.iter().any(|prefix| dotted.starts_with(prefix)) {
            errors.invalid(&at, name, "may not be specified when 'hostIPC' is true");
        }
        seen.insert(name);
    }
}

fn sysctl_name(name: &str) -> bool {
    let edge = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let segment = |part: &str| {
        let bytes = part.as_bytes();
        bytes.first().is_some_and(|byte| edge(*byte))
            && bytes.last().is_some_and(|byte| edge(*byte))
            && bytes.iter().all(|byte| edge(*byte) || matches!(byte, b'-' | b'_'))
    };
    name.len() <= MAX_SYSCTL && name.split(['.', '/']).all(segment)
}
