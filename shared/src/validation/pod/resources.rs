//! Requests and limits: resource names, quantities, and their order.

use serde_json::Value;

use super::super::at::{At, Errors};
use super::super::names;
use super::super::read::{get, list, map, text};
use crate::api::Quantity;

const CONTAINER: &[&str] = &["cpu", "memory", "ephemeral-storage"];
/// `helper.IsStandardResourceName`: what may stand without a domain anywhere at all.
const STANDARD: &[&str] = &[
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "storage",
    "requests.storage",
    "services.nodeports",
    "services.loadbalancers",
];
/// Resources of which there is no part.
const WHOLE: &[&str] = &[
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

/// `resources` of one container.
pub(super) fn container(container: &Value, claims: &[&str], at: &At, errors: &mut Errors) {
    if let Some(resources) = get(container, "resources") {
        requirements(resources, container_resource_name, claims, &at.child("resources"), errors);
    }
}

/// `spec.resources`: for the Pod as a whole (on by default since v1.34).
pub(super) fn pod_level(spec: &Value, at: &At, errors: &mut Errors) {
    let Some(resources) = get(spec, "resources") else { return };
    let at = at.child("resources");
    if get(resources, "claims").is_some() {
        errors.forbidden(&at.child("claims"), "claims cannot be set for Resources at pod-level");
    }
    requirements(resources, pod_resource_name, &[], &at, errors);
    for (index, container) in list(spec, "containers").iter().enumerate() {
        let Some(own) = get(container, "resources") else { continue };
        for (name, amount) in amounts(own, "limits") {
            let pod = amounts(resources, "limits").find(|(other, _)| *other == name);
            if let Some((_, limit)) = pod.filter(|(_, limit)| amount > *limit) {
                let why = format!("must be less than or equal to pod limits of {limit}");
                errors.invalid(&at.child("containers").index(index).key(name).child("limits"), amount.to_string(), why);
            }
        }
    }
    for name in CONTAINER.iter().take(2) {
        let all = list(spec, "containers").iter().filter_map(|container| {
            let own = get(container, "resources")?;
            amounts(own, "requests").find(|(other, _)| other == name)
        });
        let sum = all.fold(Quantity::milli(0), |sum, (_, amount)| sum.plus(amount));
        let asked = amounts(resources, "requests").find(|(other, _)| other == name);
        if let Some((_, asked)) = asked.filter(|(_, asked)| sum > *asked) {
            let why = format!("must be greater than or equal to aggregate container requests of {sum}");
            errors.invalid(&at.child("requests").key(name), asked.to_string(), why);
        }
    }
}

/// `spec.overhead`: amounts, as limits.
pub(super) fn overhead(spec: &Value, at: &At, errors: &mut Errors) {
    let at = at.child("overhead");
    for (name, amount) in map(spec, "overhead").into_iter().flatten() {
        container_resource_name(name, &at.child("limits").key(name), errors);
        quantity_value(name, amount, &at.child("limits").key(name), errors);
    }
}

fn amounts<'v>(owner: &'v Value, field: &str) -> impl Iterator<Item = (&'v str, Quantity)> {
    map(owner, field)
        .into_iter()
        .flatten()
        .filter_map(|(name, amount)| Some((name.as_str(), Quantity::parse(amount.as_str()?).ok()?)))
}

type NameRule = fn(&str, &At, &mut Errors);

fn requirements(resources: &Value, name_rule: NameRule, claims: &[&str], at: &At, errors: &mut Errors) {
    let (limits_at, requests_at) = (at.child("limits"), at.child("requests"));
    let (mut compute, mut huge) = (false, false);
    let mut each = |name: &str, amount: &Value, at: &At, errors: &mut Errors| {
        name_rule(name, at, errors);
        quantity_value(name, amount, at, errors);
        compute |= matches!(name, "cpu" | "memory");
        huge |= name.starts_with("hugepages-");
    };
    for (name, amount) in map(resources, "limits").into_iter().flatten() {
        each(name, amount, &limits_at.key(name), errors);
    }
    let limits = map(resources, "limits");
    for (name, amount) in map(resources, "requests").into_iter().flatten() {
        each(name, amount, &requests_at.key(name), errors);
        let limit = limits.and_then(|limits| Quantity::parse(limits.get(name)?.as_str()?).ok());
        let Ok(amount) = Quantity::parse(amount.as_str().unwrap_or_default()) else { continue };
        match limit {
            Some(limit) if amount != limit && !overcommit_allowed(name) => {
                errors.invalid(&requests_at, amount.to_string(), format!("must be equal to {name} limit of {limit}"));
            }
            Some(limit) if amount > limit => {
                let why = format!("must be less than or equal to {name} limit of {limit}");
                errors.invalid(&requests_at, amount.to_string(), why);
            }
            None if !overcommit_allowed(name) => {
                errors.required(&limits_at, "Limit must be set for non overcommitable resources");
            }
            _ => {}
        }
    }
    if huge && !compute {
        errors.forbidden(at, "HugePages require cpu or memory");
    }
    claim_references(resources, claims, &at.child("claims"), errors);
}

fn claim_references(resources: &Value, claims: &[&str], at: &At, errors: &mut Errors) {
    let all = list(resources, "claims");
    for (index, claim) in all.iter().enumerate() {
        let at = at.index(index);
        let (name, request) = (text(claim, "name"), text(claim, "request"));
        if name.is_empty() {
            errors.required(&at, "");
            continue;
        }
        let earlier = all.iter().take(index).filter(|other| text(other, "name") == name);
        if earlier.clone().any(|other| text(other, "request").is_empty() || request.is_empty()) {
            errors.duplicate(&at, name);
        } else if earlier.clone().any(|other| text(other, "request") == request) {
            errors.duplicate(&at, format!("{name}/{request}"));
        }
        if !request.is_empty() {
            errors.invalid_all(&at.child("request"), request, names::dns1123_label(request));
        }
        if !claims.contains(&name) {
            errors.not_found(&at, name);
            if let Some(error) = errors.0.last_mut() {
                let known = match claims {
                    [] => " which is empty".to_owned(),
                    names => format!(": {}", names.join(", ")),
                };
                error.detail = format!("must be one of the names in pod.spec.resourceClaims{known}");
            }
        }
    }
}

/// Whether requests may stay below limits: all but huge pages and what a domain names.
pub(crate) fn overcommit_allowed(name: &str) -> bool {
    let native = !name.contains('/') || name.contains("kubernetes.io/");
    native && !name.starts_with("hugepages-")
}

/// Any compute resource.
pub(crate) fn resource_name(name: &str, at: &At, errors: &mut Errors) {
    let broken = names::qualified_name(name);
    if broken.is_empty() && !name.contains('/') && !STANDARD.contains(&name) && !name.starts_with("hugepages-") {
        errors.invalid(at, name, "must be a standard resource type or fully qualified");
    }
    errors.invalid_all(at, name, broken);
}

/// A resource that a container can ask for.
pub(crate) fn container_resource_name(name: &str, at: &At, errors: &mut Errors) {
    resource_name(name, at, errors);
    if !name.contains('/') {
        if !CONTAINER.contains(&name) && !name.starts_with("hugepages-") {
            errors.invalid(at, name, "must be a standard resource for containers");
        }
    } else if !name.contains("kubernetes.io/")
        && (name.starts_with("requests.") || !names::qualified_name(&format!("requests.{name}")).is_empty())
    {
        errors.invalid(at, name, "doesn't follow extended resource name standard");
    }
}

fn pod_resource_name(name: &str, at: &At, errors: &mut Errors) {
    let before = errors.0.len();
    resource_name(name, at, errors);
    if errors.0.len() == before && !matches!(name, "cpu" | "memory") && !name.starts_with("hugepages-") {
        errors.not_supported(at, name, &["cpu", "hugepages-", "memory"]);
    }
}

/// An amount: not negative, and whole where there is no part of the resource.
pub(crate) fn quantity_value(name: &str, amount: &Value, at: &At, errors: &mut Errors) {
    let shown = match amount {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let Ok(quantity) = Quantity::parse(&shown) else {
        // The strict decoder refuses these first; this is for objects that did not come through it.
        errors.invalid(at, shown, "must be a valid resource quantity");
        return;
    };
    if quantity < Quantity::milli(0) {
        errors.invalid(at, quantity.to_string(), "must be greater than or equal to 0");
    }
    let extended = name.contains('/') && !name.contains("kubernetes.io/");
    if (WHOLE.contains(&name) || extended) && quantity.milli_value() % 1000 != 0 {
        errors.invalid(at, quantity.to_string(), "must be an integer");
    }
}

/// `resizePolicy`: what a change of requests and limits costs.
pub(super) fn resize_policy(container: &Value, restart_policy: &str, at: &At, errors: &mut Errors) {
    let at = at.child("resizePolicy");
    let all = list(container, "resizePolicy");
    for (index, policy) in all.iter().enumerate() {
        let resource = text(policy, "resourceName");
        if all.iter().take(index).any(|earlier| text(earlier, "resourceName") == resource) {
            errors.duplicate(&at.index(index), resource);
        }
        match resource {
            "cpu" | "memory" => {}
            "" => errors.required(&at, ""),
            other => errors.not_supported(&at, other, &["cpu", "memory"]),
        }
        let restart = text(policy, "restartPolicy");
        match restart {
            "NotRequired" | "RestartContainer" => {}
            "" => errors.required(&at, ""),
            other => errors.not_supported(&at, other, &["NotRequired", "RestartContainer"]),
        }
        if restart_policy == "Never" && restart != "NotRequired" {
            errors.invalid(&at, restart, "must be 'NotRequired' when `restartPolicy` is 'Never'");
        }
    }
}
