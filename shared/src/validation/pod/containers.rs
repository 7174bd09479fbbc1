//! Containers of the three sorts: what all of them share, and what each may not have.

use std::collections::HashSet;

use serde_json::Value;

use super::super::at::{At, Errors};
use super::super::names;
use super::super::read::{flag, get, int, list, text};
use super::volumes::Volumes;
use super::{env, handlers, mounts, ports, resources, security, spec};

/// What an ephemeral container may set; all else is forbidden (`allowedEphemeralContainerFields`).
const EPHEMERAL_FIELDS: &[&str] = &[
    "name",
    "image",
    "command",
    "args",
    "workingDir",
    "envFrom",
    "env",
    "volumeMounts",
    "volumeDevices",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "imagePullPolicy",
    "securityContext",
    "stdin",
    "stdinOnce",
    "tty",
    "targetContainerName",
];
const MAX_RESTART_RULES: usize = 20;
const MAX_EXIT_CODES: usize = 255;

/// `spec.containers`: at least one, names unique.
pub(super) fn containers(spec: &Value, volumes: &Volumes, at: &At, errors: &mut Errors) {
    let at = at.child("containers");
    let all = list(spec, "containers");
    if all.is_empty() {
        errors.required(&at, "");
        return;
    }
    let grace = int(spec, "terminationGracePeriodSeconds");
    let mut seen = HashSet::new();
    for (index, container) in all.iter().enumerate() {
        let at = at.index(index);
        shared(container, spec, volumes, &at, errors);
        restart_rules(container, &at, errors);
        let name = text(container, "name");
        if !seen.insert(name) {
            errors.duplicate(&at.child("name"), name);
        }
        handlers::lifecycle(container, spec, &at, errors);
        handlers::probes(container, grace, &at, errors);
    }
    ports::host_port_conflicts(all, &at, errors);
}

/// `spec.initContainers`: one after the other, except those with `restartPolicy: Always` (sidecars).
pub(super) fn init_containers(spec: &Value, volumes: &Volumes, at: &At, errors: &mut Errors) {
    let at = at.child("initContainers");
    let grace = int(spec, "terminationGracePeriodSeconds");
    let mut seen: HashSet<&str> = list(spec, "containers").iter().map(|container| text(container, "name")).collect();
    for (index, container) in list(spec, "initContainers").iter().enumerate() {
        let element = at.index(index);
        shared(container, spec, volumes, &element, errors);
        restart_rules(container, &element, errors);
        let name = text(container, "name");
        if !seen.insert(name) {
            errors.duplicate(&element.child("name"), name);
        }
        ports::host_port_conflicts(std::slice::from_ref(container), &at, errors);
        if text(container, "restartPolicy") == "Always" {
            handlers::lifecycle(container, spec, &element, errors);
            handlers::probes(container, grace, &element, errors);
            continue;
        }
        for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
            if get(container, field).is_some() {
                let why = "may not be set for init containers without restartPolicy=Always";
                errors.forbidden(&element.child(field), why);
            }
        }
    }
}

/// `spec.ephemeralContainers`: added to a running Pod to look into it.
pub(super) fn ephemeral_containers(spec: &Value, volumes: &Volumes, at: &At, errors: &mut Errors) {
    const NOT_HERE: &str = "cannot be set for an Ephemeral Container";
    let at = at.child("ephemeralContainers");
    let lasting: Vec<&str> = ["containers", "initContainers"]
        .iter()
        .flat_map(|field| list(spec, field))
        .map(|container| text(container, "name"))
        .collect();
    let mut seen: HashSet<&str> = lasting.iter().copied().collect();
    for (index, container) in list(spec, "ephemeralContainers").iter().enumerate() {
        let at = at.index(index);
        shared(container, spec, volumes, &at, errors);
        let name = text(container, "name");
        if !seen.insert(name) {
            errors.duplicate(&at.child("name"), name);
        }
        let target = text(container, "targetContainerName");
        if !target.is_empty() && !lasting.contains(&target) {
            errors.not_found(&at.child("targetContainerName"), target);
        }
        for (field, value) in container.as_object().into_iter().flatten() {
            let unset =
                value.is_null() || field == "resources" && value.as_object().is_some_and(serde_json::Map::is_empty);
            if !unset && !EPHEMERAL_FIELDS.contains(&field.as_str()) {
                errors.forbidden(&at.child(field), NOT_HERE);
            }
        }
        let mounts = at.child("volumeMounts");
        for (index, mount) in list(container, "volumeMounts").iter().enumerate() {
            for field in ["subPath", "subPathExpr"] {
                if !text(mount, field).is_empty() {
                    errors.forbidden(&mounts.index(index).child(field), NOT_HERE);
                }
            }
        }
    }
}

/// `validateContainerCommon`.
fn shared(container: &Value, spec: &Value, volumes: &Volumes, at: &At, errors: &mut Errors) {
    match text(container, "name") {
        "" => errors.required(&at.child("name"), ""),
        name => errors.invalid_all(&at.child("name"), name, names::dns1123_label(name)),
    }
    if text(container, "image").is_empty() {
        errors.required(&at.child("image"), "");
    }
    one_of(container, "terminationMessagePolicy", &["FallbackToLogsOnError", "File"], at, errors);
    ports::ports(container, at, errors);
    env::env(container, volumes, at, errors);
    env::env_from(container, at, errors);
    mounts::mounts(container, volumes, at, errors);
    mounts::devices(container, volumes, at, errors);
    one_of(container, "imagePullPolicy", &["Always", "IfNotPresent", "Never"], at, errors);
    resources::container(container, &spec::claim_names(spec), at, errors);
    resources::resize_policy(container, text(spec, "restartPolicy"), at, errors);
    security::container(container, flag(spec, "hostUsers") != Some(false), at, errors);
}

fn one_of(container: &Value, field: &str, supported: &[&str], at: &At, errors: &mut Errors) {
    match text(container, field) {
        "" => errors.required(&at.child(field), ""),
        value if supported.contains(&value) => {}
        other => errors.not_supported(&at.child(field), other, supported),
    }
}

/// `restartPolicy` and `restartPolicyRules` of one container (KEP-5307, on by default in v1.35).
fn restart_rules(container: &Value, at: &At, errors: &mut Errors) {
    let rules = list(container, "restartPolicyRules");
    let policy_at = at.child("restartPolicy");
    match get(container, "restartPolicy").and_then(Value::as_str) {
        None if !rules.is_empty() => {
            errors.required(&policy_at, "must specify restartPolicy when restart rules are used");
        }
        None | Some("Always" | "OnFailure" | "Never") => {}
        Some(other) => errors.not_supported(&policy_at, other, &["Always", "Never", "OnFailure"]),
    }
    let at = at.child("restartPolicyRules");
    if rules.len() > MAX_RESTART_RULES {
        errors.too_long(&at, MAX_RESTART_RULES);
    }
    for (index, rule) in rules.iter().enumerate() {
        let at = at.index(index);
        // `RestartAllContainers` waits behind a gate until v1.36.
        let action = text(rule, "action");
        if action != "Restart" {
            errors.not_supported(&at.child("action"), action, &["Restart"]);
        }
        let codes_at = at.child("exitCodes");
        let Some(codes) = get(rule, "exitCodes") else {
            errors.required(&codes_at, "must be specified");
            continue;
        };
        let operator = text(codes, "operator");
        if !matches!(operator, "In" | "NotIn") {
            errors.not_supported(&codes_at.child("operator"), operator, &["In", "NotIn"]);
        }
        if list(codes, "values").len() > MAX_EXIT_CODES {
            errors.too_long(&codes_at.child("values"), MAX_EXIT_CODES);
        }
    }
}
