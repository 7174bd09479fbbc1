//! Status updates of a Pod, and the options of `pods/log`.

use serde_json::Value;

use super::super::at::{At, Errors};
use super::super::names;
use super::super::read::{get, int, list, same_field, text};
use crate::api::FieldError;

static NONE: Value = Value::Null;

/// A new status: what has ended for good stays ended, and addresses are addresses.
pub(crate) fn update_status(new: &Value, old: &Value, errors: &mut Errors) {
    let spec = old.get("spec").unwrap_or(&NONE);
    let (status, old_status) = (new.get("status").unwrap_or(&NONE), old.get("status").unwrap_or(&NONE));
    let at = At::new("metadata");
    let conditions = at.child("conditions");
    for (index, condition) in list(status, "conditions").iter().enumerate() {
        let ty = text(condition, "type");
        errors.invalid_all(&conditions.index(index).child("Type"), ty, names::qualified_name(ty));
    }
    let at = At::new("status");
    let nominated = text(status, "nominatedNodeName");
    if !nominated.is_empty() && nominated != text(old_status, "nominatedNodeName") {
        errors.invalid_all(&at.child("nominatedNodeName"), nominated, names::subdomain_name(nominated, false));
    }
    if !text(old_status, "qosClass").is_empty() && !same_field(status, old_status, "qosClass") {
        errors.invalid(&at.child("qosClass"), text(status, "qosClass"), "field is immutable");
    }
    let policy = text(spec, "restartPolicy");
    for (field, policy) in
        [("containerStatuses", policy), ("initContainerStatuses", policy), ("ephemeralContainerStatuses", "Never")]
    {
        transitions(field, status, old_status, policy, spec, &at.child(field), errors);
    }
    let addresses = at.child("podIPs");
    for (index, address) in list(status, "podIPs").iter().enumerate() {
        let ip = text(address, "ip");
        if let Some(broken) = names::ip(ip) {
            errors.invalid(&addresses.index(index), ip, broken);
        }
    }
    let addresses = at.child("hostIPs");
    for (index, address) in list(status, "hostIPs").iter().enumerate() {
        let ip = text(address, "ip");
        if index == 0 && ip != text(status, "hostIP") {
            errors.invalid(&addresses.index(0).child("ip"), ip, "must be equal to `hostIP`");
        }
        if let Some(broken) = names::ip(ip) {
            errors.invalid(&addresses.index(index), ip, broken);
        }
    }
}

/// A container that its restart policy leaves ended may not come back to life.
fn transitions(field: &str, new: &Value, old: &Value, policy: &str, spec: &Value, at: &At, errors: &mut Errors) {
    if policy == "Always" {
        return;
    }
    let terminated = |status: &Value| get(status, "state").and_then(|state| get(state, "terminated").cloned());
    for (index, old) in list(old, field).iter().enumerate() {
        let Some(end) = terminated(old) else { continue };
        if int(&end, "exitCode").unwrap_or(0) != 0 && policy == "OnFailure" {
            continue;
        }
        let name = text(old, "name");
        let restartable = ["initContainers", "containers"].iter().flat_map(|kind| list(spec, kind)).any(|container| {
            text(container, "name") == name
                && (text(container, "restartPolicy") == "Always" || !list(container, "restartPolicyRules").is_empty())
        });
        if restartable {
            continue;
        }
        if list(new, field).iter().any(|new| text(new, "name") == name && terminated(new).is_none()) {
            errors.forbidden(&at.index(index).child("state"), "may not be transitioned to non-terminated state");
        }
    }
}

/// The options of `pods/log`: numbers as the client gave them.
pub fn log_options(
    tail_lines: Option<i64>,
    limit_bytes: Option<i64>,
    since_seconds: Option<i64>,
    since_time: bool,
) -> Vec<FieldError> {
    let mut errors = Errors::default();
    if let Some(lines) = tail_lines.filter(|lines| *lines < 0) {
        errors.invalid(&At::new("tailLines"), lines, "must be greater than or equal to 0");
    }
    if let Some(bytes) = limit_bytes.filter(|bytes| *bytes < 1) {
        errors.invalid(&At::new("limitBytes"), bytes, "must be greater than 0");
    }
    match since_seconds {
        Some(_) if since_time => {
            let why = "at most one of `sinceTime` or `sinceSeconds` may be specified";
            errors.forbidden(&At::new(""), why);
        }
        Some(seconds) if seconds < 1 => {
            errors.invalid(&At::new("sinceSeconds"), seconds, "must be greater than 0");
        }
        _ => {}
    }
    errors.0
}
