//! Probes and lifecycle hooks: exactly one handler each, and numbers that are not negative.

use serde_json::Value;

use super::super::at::{At, Errors};
use super::super::names;
use super::super::read::{get, int, list, text};

const PROBE_HANDLERS: &[&str] = &["exec", "httpGet", "tcpSocket", "grpc"];
const HOOK_HANDLERS: &[&str] = &["exec", "httpGet", "tcpSocket", "sleep"];

/// `lifecycle`.
pub(super) fn lifecycle(container: &Value, spec: &Value, at: &At, errors: &mut Errors) {
    let Some(lifecycle) = get(container, "lifecycle") else { return };
    let grace = int(spec, "terminationGracePeriodSeconds");
    let at = at.child("lifecycle");
    for hook in ["postStart", "preStop"] {
        if let Some(found) = get(lifecycle, hook) {
            handler(found, HOOK_HANDLERS, grace, &at.child(hook), errors);
        }
    }
    // KEP-4960: which signals there are depends on the operating system.
    let signal = text(lifecycle, "stopSignal");
    if !signal.is_empty() {
        let at = at.child("stopSignal");
        match get(spec, "os").map_or("", |os| text(os, "name")) {
            "" => errors.forbidden(&at, "may not be set for containers with empty `spec.os.name`"),
            "windows" if !matches!(signal, "SIGKILL" | "SIGTERM") => {
                errors.not_supported(&at, signal, &["SIGKILL", "SIGTERM"]);
            }
            _ => {}
        }
    }
}

/// `livenessProbe`, `readinessProbe` and `startupProbe`.
pub(super) fn probes(container: &Value, grace: Option<i64>, at: &At, errors: &mut Errors) {
    for kind in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = get(container, kind) else { continue };
        let at = at.child(kind);
        handler(probe, PROBE_HANDLERS, grace, &at, errors);
        for field in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]
        {
            if let Some(number) = int(probe, field).filter(|number| *number < 0) {
                errors.invalid(&at.child(field), number, "must be greater than or equal to 0");
            }
        }
        let own_grace = int(probe, "terminationGracePeriodSeconds");
        if let Some(seconds) = own_grace.filter(|seconds| *seconds <= 0) {
            errors.invalid(&at.child("terminationGracePeriodSeconds"), seconds, "must be greater than 0");
        }
        if kind == "readinessProbe" {
            if let Some(seconds) = own_grace {
                let why = "must not be set for readinessProbes";
                errors.invalid(&at.child("terminationGracePeriodSeconds"), seconds, why);
            }
        } else if let Some(number) = int(probe, "successThreshold").filter(|number| *number != 1) {
            errors.invalid(&at.child("successThreshold"), number, "must be 1");
        }
    }
}

fn handler(owner: &Value, kinds: &[&str], grace: Option<i64>, at: &At, errors: &mut Errors) {
    let mut found = false;
    for kind in kinds {
        let Some(action) = get(owner, kind) else { continue };
        let at = at.child(kind);
        if found {
            errors.forbidden(&at, "may not specify more than 1 handler type");
            continue;
        }
        found = true;
        match *kind {
            "exec" => {
                if list(action, "command").is_empty() {
                    errors.required(&at.child("command"), "");
                }
            }
            "httpGet" => http_get(action, &at, errors),
            "sleep" => sleep(action, grace, &at, errors),
            _ => port(action, &at, errors),
        }
    }
    if !found {
        errors.required(at, "must specify a handler type");
    }
}

fn http_get(action: &Value, at: &At, errors: &mut Errors) {
    if text(action, "path").is_empty() {
        errors.required(&at.child("path"), "");
    }
    port(action, at, errors);
    let scheme = text(action, "scheme");
    if !matches!(scheme, "HTTP" | "HTTPS") {
        errors.not_supported(&at.child("scheme"), scheme, &["HTTP", "HTTPS"]);
    }
    for header in list(action, "httpHeaders") {
        let name = text(header, "name");
        if let Some(broken) = names::http_header(name) {
            errors.invalid(&at.child("httpHeaders"), name, broken);
        }
    }
}

/// A number, or the name of one of the container's ports.
fn port(action: &Value, at: &At, errors: &mut Errors) {
    let at = at.child("port");
    match get(action, "port") {
        Some(Value::String(name)) => errors.invalid_all(&at, name, names::port_name(name)),
        number => {
            let number = number.and_then(Value::as_i64).unwrap_or(0);
            if let Some(broken) = names::port_number(number) {
                errors.invalid(&at, number, broken);
            }
        }
    }
}

/// Within the grace period; zero is allowed since v1.34 (KEP-4818).
fn sleep(action: &Value, grace: Option<i64>, at: &At, errors: &mut Errors) {
    let seconds = int(action, "seconds").unwrap_or(0);
    if let Some(grace) = grace
        && !(0..=grace).contains(&seconds)
    {
        let why = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
        errors.invalid(at, seconds, why);
    }
}
