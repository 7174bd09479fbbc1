//! A new Pod: annotations that mean something, and every part of the spec in Kubernetes' order.

use serde_json::Value;

use super::super::at::{At, Errors};
use super::super::labels::labels;
use super::super::names;
use super::super::read::{flag, get, int, list, strings, text};
use super::super::simple;
use super::{affinity, containers, network, resources, security, spread, tolerations, volumes};
use crate::api::object;

static NONE: Value = Value::Null;
const MIRROR: &str = "kubernetes.io/config.mirror";
/// What the kernel takes.
const HOST_NAME_MAX: usize = 64;
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// A new Pod; its metadata has been seen to.
pub(crate) fn create(pod: &Value, errors: &mut Errors) {
    let spec = pod.get("spec").unwrap_or(&NONE);
    metadata_and_spec(pod, errors);
    let at = At::new("spec");
    if !list(spec, "ephemeralContainers").is_empty() {
        errors.forbidden(&at.child("ephemeralContainers"), "cannot be set on create");
    }
    if !text(spec, "nodeName").is_empty() && !list(spec, "schedulingGates").is_empty() {
        errors.forbidden(&at.child("nodeName"), "cannot be set until all schedulingGates have been cleared");
    }
}

/// What holds for new Pods and changed ones alike.
pub(super) fn metadata_and_spec(pod: &Value, errors: &mut Errors) {
    let spec = pod.get("spec").unwrap_or(&NONE);
    annotations(pod, spec, errors);
    let at = At::new("spec");
    pod_spec(spec, object::name(pod), &at, errors);
    if text(spec, "serviceAccountName").is_empty() {
        let volumes = at.child("volumes");
        for (v, volume) in list(spec, "volumes").iter().enumerate() {
            let Some(projected) = get(volume, "projected") else { continue };
            for (s, source) in list(projected, "sources").iter().enumerate() {
                if get(source, "serviceAccountToken").is_some() {
                    errors.forbidden(
                        &volumes.index(v).child("projected").child("sources").index(s).child("serviceAccountToken"),
                        "must not be specified when serviceAccountName is not set",
                    );
                }
            }
        }
    }
    for field in ["containers", "initContainers", "ephemeralContainers"] {
        let at = at.child(field);
        for (index, container) in list(spec, field).iter().enumerate() {
            let image = text(container, "image");
            if image.trim() != image {
                errors.invalid(&at.index(index).child("image"), image, "must not have leading or trailing whitespace");
            }
        }
    }
}

/// A PodTemplate, new or changed (`ValidatePodTemplateSpec`).
pub(crate) fn template(owner: &Value, errors: &mut Errors) {
    let template = owner.get("template").unwrap_or(&NONE);
    let (spec, at) = (template.get("spec").unwrap_or(&NONE), At::new("template"));
    if let Some(metadata) = get(template, "metadata") {
        // Kubernetes leaves the `metadata` out of the path.
        labels(metadata, "labels", &at.child("labels"), errors);
    }
    let at = at.child("spec");
    pod_spec(spec, "", &at, errors);
    if !list(spec, "ephemeralContainers").is_empty() {
        errors.forbidden(&at.child("ephemeralContainers"), "ephemeral containers not allowed in pod template");
    }
}

fn annotations(pod: &Value, spec: &Value, errors: &mut Errors) {
    let Some(annotations) = object::annotations(pod) else { return };
    let at = At::new("metadata");
    let at = at.child("annotations");
    if let Some(value) = annotations.get(MIRROR).and_then(Value::as_str)
        && text(spec, "nodeName").is_empty()
    {
        errors.invalid(&at.key(MIRROR), value, "must set spec.nodeName if mirror pod annotation is set");
    }
    if let Some(value) = annotations.get(DELETION_COST).and_then(Value::as_str)
        && (value.parse::<i32>().is_err() || value.starts_with(['+', '0']) && value != "0")
    {
        errors.invalid(&at.key(DELETION_COST), value, "must be a 32bit integer");
    }
}

fn pod_spec(spec: &Value, pod_name: &str, at: &At, errors: &mut Errors) {
    let grace = int(spec, "terminationGracePeriodSeconds");
    if grace.is_none() {
        errors.required(&at.child("terminationGracePeriodSeconds"), "");
    }
    let volumes = volumes::volumes(spec, pod_name, at, errors);
    resource_claims(spec, at, errors);
    containers::containers(spec, &volumes, at, errors);
    containers::init_containers(spec, &volumes, at, errors);
    containers::ephemeral_containers(spec, &volumes, at, errors);
    resources::pod_level(spec, at, errors);
    network::host_ports(spec, at, errors);
    policy(spec, "restartPolicy", &["Always", "OnFailure", "Never"], at, errors);
    policy(spec, "dnsPolicy", &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"], at, errors);
    labels(spec, "nodeSelector", &at.child("nodeSelector"), errors);
    security::pod(spec, at, errors);
    pull_secrets(spec, at, errors);
    affinity::affinity(spec, at, errors);
    network::dns_config(spec, at, errors);
    gates(spec, at, errors);
    spread::constraints(spec, at, errors);
    host_users(spec, at, errors);
    names_in_spec(spec, at, errors);
    tolerations::tolerations(spec, at, errors);
    network::host_aliases(spec, at, errors);
    let subdomain = |field: &str, errors: &mut Errors| {
        if let Some(name) = get(spec, field).and_then(Value::as_str)
            && !(name.is_empty() && field == "priorityClassName")
        {
            errors.invalid_all(&at.child(field), name, names::subdomain_name(name, false));
        }
    };
    subdomain("priorityClassName", errors);
    subdomain("runtimeClassName", errors);
    simple::preemption_policy(spec, &at.child("preemptionPolicy"), errors);
    resources::overhead(spec, at, errors);
    if let Some(os) = get(spec, "os") {
        match text(os, "name") {
            "" => errors.required(&at.child("os").child("name"), "cannot be empty"),
            "linux" | "windows" => {}
            other => errors.not_supported(&at.child("os"), other, &["linux", "windows"]),
        }
    }
}

/// A field that must have one of a few values; defaulting has filled it in, unless it was set to `""`.
fn policy(spec: &Value, field: &str, supported: &[&str], at: &At, errors: &mut Errors) {
    match text(spec, field) {
        "" => errors.required(&at.child(field), ""),
        value if supported.contains(&value) => {}
        other => errors.not_supported(&at.child(field), other, supported),
    }
}

fn names_in_spec(spec: &Value, at: &At, errors: &mut Errors) {
    for field in ["serviceAccountName", "nodeName"] {
        let name = text(spec, field);
        if !name.is_empty() {
            errors.invalid_all(&at.child(field), name, names::subdomain_name(name, false));
        }
    }
    if let Some(seconds) = int(spec, "activeDeadlineSeconds")
        && !(1..=i64::from(i32::MAX)).contains(&seconds)
    {
        let why = names::inclusive_range(1, i64::from(i32::MAX));
        errors.invalid(&at.child("activeDeadlineSeconds"), seconds, why);
    }
    for field in ["hostname", "subdomain"] {
        let name = text(spec, field);
        if !name.is_empty() {
            errors.invalid_all(&at.child(field), name, names::dns1123_label(name));
        }
    }
    if let Some(name) = get(spec, "hostnameOverride").and_then(Value::as_str) {
        let at_name = at.child("hostnameOverride");
        errors.invalid_all(&at_name, name, names::subdomain_name(name, false));
        if name.len() > HOST_NAME_MAX {
            errors.too_long(&at_name, HOST_NAME_MAX);
        }
        if flag(spec, "setHostnameAsFQDN") == Some(true) {
            errors.forbidden(&at.child("setHostnameAsFQDN"), "cannot be true when hostnameOverride is set");
        }
    }
}

fn pull_secrets(spec: &Value, at: &At, errors: &mut Errors) {
    let at = at.child("imagePullSecrets");
    for (index, secret) in list(spec, "imagePullSecrets").iter().enumerate() {
        if secret.as_object().is_some_and(|fields| fields.keys().any(|key| key != "name")) {
            errors.invalid(&at.index(index), secret.clone(), "only name may be set");
        }
    }
}

fn gates(spec: &Value, at: &At, errors: &mut Errors) {
    let readiness = at.child("readinessGates");
    for (index, gate) in list(spec, "readinessGates").iter().enumerate() {
        let ty = text(gate, "conditionType");
        errors.invalid_all(&readiness.index(index).child("conditionType"), ty, names::qualified_name(ty));
    }
    let scheduling = at.child("schedulingGates");
    let gates = list(spec, "schedulingGates");
    for (index, gate) in gates.iter().enumerate() {
        let at = scheduling.index(index);
        let name = text(gate, "name");
        errors.invalid_all(&at, name, names::qualified_name(name));
        if gates.iter().take(index).any(|earlier| text(earlier, "name") == name) {
            errors.duplicate(&at, name);
        }
    }
}

fn host_users(spec: &Value, at: &At, errors: &mut Errors) {
    if flag(spec, "hostUsers") != Some(false) {
        return;
    }
    // The two odd names are Kubernetes' own.
    for (field, shown) in [("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")] {
        if flag(spec, field) == Some(true) {
            errors.forbidden(&at.child(shown), "when `pod.Spec.HostUsers` is false");
        }
    }
}

fn resource_claims(spec: &Value, at: &At, errors: &mut Errors) {
    let at = at.child("resourceClaims");
    let claims = list(spec, "resourceClaims");
    for (index, claim) in claims.iter().enumerate() {
        let at = at.index(index);
        let name_at = at.child("name");
        match text(claim, "name") {
            "" => errors.required(&name_at, ""),
            name if claims.iter().take(index).any(|earlier| text(earlier, "name") == name) => {
                errors.duplicate(&name_at, name);
            }
            name => errors.invalid_all(&name_at, name, names::dns1123_label(name)),
        }
        let sources = ["resourceClaimName", "resourceClaimTemplateName"];
        match sources.iter().filter(|source| get(claim, source).is_some()).count() {
            0 => errors.invalid(
                &at,
                claim.clone(),
                "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
            ),
            1 => {}
            _ => errors.invalid(
                &at,
                claim.clone(),
                "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified",
            ),
        }
        for source in sources {
            if let Some(name) = get(claim, source).and_then(Value::as_str) {
                errors.invalid_all(&at.child(source), name, names::subdomain_name(name, false));
            }
        }
    }
}

/// The names that containers may refer to in `resources.claims`.
pub(super) fn claim_names(spec: &Value) -> Vec<&str> {
    let mut all: Vec<&str> =
        list(spec, "resourceClaims").iter().map(|claim| text(claim, "name")).filter(|name| !name.is_empty()).collect();
    all.sort_unstable();
    all
}

/// The texts of a list as one JSON value, for messages that show the whole list.
pub(super) fn shown(owner: &Value, field: &str) -> Value {
    strings(owner, field).collect()
}
