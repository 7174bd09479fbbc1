//! LimitRange and ResourceQuota: resource names and the order of their amounts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::at::{At, Errors};
use super::names;
use super::pod::{container_resource_name, overcommit_allowed, quantity_value, resource_name};
use super::read::{list, map, same_field, strings, text};
use crate::api::Quantity;

static NONE: Value = Value::Null;
const QUOTA_RESOURCES: &[&str] = &[
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.storage",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "persistentvolumeclaims",
    "configmaps",
    "services.nodeports",
    "services.loadbalancers",
];
const SCOPES: &[&str] = &[
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
    "VolumeAttributesClass",
];

type Amounts<'v> = BTreeMap<&'v str, Quantity>;

/// Limits a type, each with `min ≤ defaultRequest ≤ default ≤ max`.
pub(crate) fn limit_range(range: &Value, errors: &mut Errors) {
    let at = At::new("spec");
    let at = at.child("limits");
    let mut types = BTreeSet::new();
    for (index, limit) in list(range.get("spec").unwrap_or(&NONE), "limits").iter().enumerate() {
        let at = at.index(index);
        let ty = text(limit, "type");
        let broken = names::qualified_name(ty);
        if broken.is_empty() && !ty.contains('/') && !matches!(ty, "Pod" | "Container" | "PersistentVolumeClaim") {
            errors.invalid(&at.child("type"), ty, "must be a standard limit type or fully qualified");
        }
        errors.invalid_all(&at.child("type"), ty, broken);
        if !types.insert(ty) {
            errors.duplicate(&at.child("type"), ty);
        }
        let amounts = |field: &'static str, errors: &mut Errors| -> Amounts<'_> {
            let at = at.child(field);
            map(limit, field)
                .into_iter()
                .flatten()
                .map(|(name, amount)| {
                    match ty {
                        "Pod" | "Container" => container_resource_name(name, &at.key(name), errors),
                        _ => resource_name(name, &at.key(name), errors),
                    }
                    (name.as_str(), Quantity::parse(amount.as_str().unwrap_or_default()).unwrap_or(Quantity::milli(0)))
                })
                .collect()
        };
        let max = amounts("max", errors);
        let min = amounts("min", errors);
        let (mut default, mut request) = (Amounts::new(), Amounts::new());
        if ty == "Pod" {
            for field in ["default", "defaultRequest"] {
                if map(limit, field).is_some_and(|map| !map.is_empty()) {
                    errors.forbidden(&at.child(field), "may not be specified when `type` is 'Pod'");
                }
            }
        } else {
            default = amounts("default", errors);
            request = amounts("defaultRequest", errors);
        }
        if ty == "PersistentVolumeClaim" && !min.contains_key("storage") && !max.contains_key("storage") {
            errors.required(
                &at.child("limits"),
                "either minimum or maximum storage value is required, but neither was provided",
            );
        }
        let ratio = amounts("maxLimitRequestRatio", errors);
        order(&at, &min, &max, &default, &request, &ratio, errors);
    }
}

fn order(
    at: &At,
    min: &Amounts,
    max: &Amounts,
    default: &Amounts,
    request: &Amounts,
    ratio: &Amounts,
    errors: &mut Errors,
) {
    let keys: BTreeSet<&str> =
        [min, max, default, request, ratio].into_iter().flat_map(|map| map.keys().copied()).collect();
    for key in keys {
        let get = |map: &Amounts| map.get(key).copied();
        let mut above =
            |low: (Option<Quantity>, &str), high: (Option<Quantity>, &str), field: &str, bad: Option<Quantity>| {
                if let ((Some(a), low), (Some(b), high), Some(bad)) = (low, high, bad)
                    && a > b
                {
                    let why = format!("{low} value {a} is greater than {high} value {b}");
                    errors.invalid(&at.child(field).key(key), bad.to_string(), why);
                }
            };
        let (low, high, limit, asked) = (get(min), get(max), get(default), get(request));
        above((low, "min"), (high, "max"), "min", low);
        above((low, "min"), (asked, "default request"), "defaultRequest", asked);
        above((asked, "default request"), (high, "max"), "defaultRequest", asked);
        above((asked, "default request"), (limit, "default limit"), "defaultRequest", asked);
        above((low, "min"), (limit, "default"), "default", low);
        above((limit, "default"), (high, "max"), "default", high);
        if let Some(ratio) = get(ratio).filter(|ratio| ratio.milli_value() < 1000) {
            let at = at.child("maxLimitRequestRatio");
            errors.invalid(&at.key(key), ratio.to_string(), format!("ratio {ratio} is less than 1"));
        }
        if let (Some(limit), Some(asked)) = (limit, asked)
            && limit != asked
            && !overcommit_allowed(key)
        {
            let why = format!("default value {limit} must equal to defaultRequest value {asked} in {key}");
            errors.invalid(&at.child("defaultRequest").key(key), asked.to_string(), why);
        }
    }
}

/// Resources a namespace may use, and which of its Pods count.
pub(crate) fn resource_quota(quota: &Value, errors: &mut Errors) {
    let spec = quota.get("spec").unwrap_or(&NONE);
    let at = At::new("spec");
    let hard = at.child("hard");
    for (name, amount) in map(spec, "hard").into_iter().flatten() {
        let at = hard.key(name);
        let broken = names::qualified_name(name);
        let standard = QUOTA_RESOURCES.contains(&name.as_str())
            || name.starts_with("hugepages-")
            || name.starts_with("requests.hugepages-");
        if broken.is_empty() && !name.contains('/') && !standard {
            errors.invalid(&at, name.as_str(), "must be a standard resource for quota");
        }
        errors.invalid_all(&at, name, broken);
        quantity_value(name, amount, &at, errors);
    }
    let scopes = at.child("scopes");
    for scope in strings(spec, "scopes") {
        if !SCOPES.contains(&scope) {
            errors.invalid(&scopes, spec.get("scopes").cloned().unwrap_or_default(), "unsupported scope");
        }
    }
    for (one, other) in [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")] {
        let has = |name: &str| strings(spec, "scopes").any(|scope| scope == name);
        if has(one) && has(other) {
            errors.invalid(&scopes, spec.get("scopes").cloned().unwrap_or_default(), "conflicting scopes");
        }
    }
}

/// The scopes of a quota stay.
pub(crate) fn resource_quota_update(new: &Value, old: &Value, errors: &mut Errors) {
    resource_quota(new, errors);
    let (spec, old) = (new.get("spec").unwrap_or(&NONE), old.get("spec").unwrap_or(&NONE));
    if !same_field(spec, old, "scopes") {
        let at = At::new("spec");
        errors.invalid(&at.child("scopes"), spec.get("scopes").cloned().unwrap_or_default(), "field is immutable");
    }
}
