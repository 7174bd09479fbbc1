//! Tolerations, and the effects they share with taints.

use serde_json::Value;

use super::super::at::{At, Errors};
use super::super::labels::label_key;
use super::super::names;
use super::super::read::{int, list, same, text};

/// `spec.tolerations`.
pub(super) fn tolerations(spec: &Value, at: &At, errors: &mut Errors) {
    let at = at.child("tolerations");
    for (index, toleration) in list(spec, "tolerations").iter().enumerate() {
        let at = at.index(index);
        let (key, operator) = (text(toleration, "key"), text(toleration, "operator"));
        let (value, effect) = (text(toleration, "value"), text(toleration, "effect"));
        if !key.is_empty() {
            label_key(key, &at.child("key"), errors);
        } else if operator != "Exists" {
            let why = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            errors.invalid(&at.child("operator"), operator, why);
        }
        if int(toleration, "tolerationSeconds").is_some() && effect != "NoExecute" {
            let why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            errors.invalid(&at.child("effect"), effect, why);
        }
        match operator {
            "" | "Equal" => {
                let broken = names::label_value(value);
                if !broken.is_empty() {
                    errors.invalid(&at.child("operator"), value, broken.join(";"));
                }
            }
            "Exists" => {
                if !value.is_empty() {
                    let why = "value must be empty when `operator` is 'Exists'";
                    errors.invalid(&at.child("operator"), value, why);
                }
            }
            other => errors.not_supported(&at.child("operator"), other, &["Equal", "Exists"]),
        }
        taint_effect(effect, true, &at.child("effect"), errors);
    }
}

/// The effect of a taint or toleration; empty tolerates all.
pub(crate) fn taint_effect(effect: &str, empty_allowed: bool, at: &At, errors: &mut Errors) {
    match effect {
        "" if empty_allowed => {}
        "" => errors.required(at, ""),
        "NoSchedule" | "PreferNoSchedule" | "NoExecute" => {}
        other => errors.not_supported(at, other, &["NoExecute", "NoSchedule", "PreferNoSchedule"]),
    }
}

/// A running Pod may gain tolerations and change the seconds of those it has, nothing else.
pub(super) fn only_added(new: &Value, old: &Value, at: &At, errors: &mut Errors) {
    let kept = |old: &Value| {
        list(new, "tolerations").iter().any(|new| {
            let without_seconds = |toleration: &Value| {
                let mut rest = toleration.clone();
                if let Some(fields) = rest.as_object_mut() {
                    fields.remove("tolerationSeconds");
                }
                rest
            };
            same(&without_seconds(new), &without_seconds(old))
        })
    };
    if !list(old, "tolerations").iter().all(kept) {
        let why = "existing toleration can not be modified except its tolerationSeconds";
        errors.forbidden(&at.child("tolerations"), why);
    }
}
