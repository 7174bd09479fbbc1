//! What a sandbox does not allow, whatever Kubernetes would: here a node is a container, not a machine, and nothing
//! that a Pod asks for may reach the real host through it.
//!
//! The answer is complete and in field errors, so that an editor can mark each place. This module may not weaken a
//! rule for anyone: there is no privileged namespace.

use serde_json::Value;

use super::at::{At, Errors};
use super::read::{flag, get, list, strings, text};
use crate::api::FieldError;

/// Docker's default set: what a container has without asking, and may therefore ask for. Admission refuses more, and
/// the node gives no more.
pub const CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Everything that a new Pod asks for and cannot have here.
pub fn forbidden(pod: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let Some(spec) = pod.get("spec") else { return errors.0 };
    let at = At::new("spec");
    for (field, what) in
        [("hostNetwork", "the network"), ("hostPID", "the processes"), ("hostIPC", "the shared memory")]
    {
        if flag(spec, field) == Some(true) {
            let why = format!("{what} of the host cannot be shared: here a node is a container, not a machine");
            errors.forbidden(&at.child(field), why);
        }
    }
    if flag(spec, "hostUsers") == Some(false) {
        let why = "user namespaces of Pods are not available: here a node is a container, not a machine";
        errors.forbidden(&at.child("hostUsers"), why);
    }
    if let Some(context) = get(spec, "securityContext") {
        let at = at.child("securityContext");
        unconfined(context, &at, &mut errors);
        let at = at.child("sysctls");
        for (index, sysctl) in list(context, "sysctls").iter().enumerate() {
            let name = text(sysctl, "name");
            if !name.replace('/', ".").starts_with("net.") {
                let why = format!("sysctl {name:?} is not one of the Pod's own network: only net.* can be set here");
                errors.forbidden(&at.index(index), why);
            }
        }
    }
    for field in ["initContainers", "containers", "ephemeralContainers"] {
        let at = at.child(field);
        for (index, container) in list(spec, field).iter().enumerate() {
            if let Some(context) = get(container, "securityContext") {
                self::container(context, &at.index(index).child("securityContext"), &mut errors);
            }
        }
    }
    errors.0
}

fn container(context: &Value, at: &At, errors: &mut Errors) {
    if flag(context, "privileged") == Some(true) {
        let why = "privileged containers are disallowed: here a node is a container, not a machine";
        errors.forbidden(&at.child("privileged"), why);
    }
    if text(context, "procMount") == "Unmasked" {
        errors.forbidden(&at.child("procMount"), "/proc stays masked: here a node is a container, not a machine");
    }
    unconfined(context, at, errors);
    let Some(capabilities) = get(context, "capabilities") else { return };
    let at = at.child("capabilities");
    let at = at.child("add");
    for (index, name) in strings(capabilities, "add").enumerate() {
        if !CAPABILITIES.contains(&name.strip_prefix("CAP_").unwrap_or(name)) {
            let why = format!("capability {name:?} is disallowed: here a node is a container, not a machine");
            errors.forbidden(&at.index(index), why);
        }
    }
}

/// Profiles may be chosen, but not left off.
fn unconfined(context: &Value, at: &At, errors: &mut Errors) {
    for field in ["seccompProfile", "appArmorProfile"] {
        let Some(profile) = get(context, field) else { continue };
        let ty = text(profile, "type");
        if matches!(ty, "Unconfined" | "Localhost") {
            let why = format!("profile {ty:?} is disallowed: only RuntimeDefault is available here");
            errors.forbidden(&at.child(field).child("type"), why);
        }
    }
}
