//! Topology spread constraints.

use serde_json::Value;

use super::super::at::{At, Errors};
use super::super::labels::{label_key, selector, selector_keys};
use super::super::read::{get, int, list, strings, text};

const POSITIVE: &str = "must be greater than zero";

/// `spec.topologySpreadConstraints`.
pub(super) fn constraints(spec: &Value, at: &At, errors: &mut Errors) {
    let at = at.child("topologySpreadConstraints");
    let all = list(spec, "topologySpreadConstraints");
    for (index, constraint) in all.iter().enumerate() {
        let at = at.index(index);
        let skew = int(constraint, "maxSkew").unwrap_or(0);
        if skew <= 0 {
            errors.invalid(&at.child("maxSkew"), skew, POSITIVE);
        }
        let (key, action) = (text(constraint, "topologyKey"), text(constraint, "whenUnsatisfiable"));
        if key.is_empty() {
            errors.required(&at.child("topologyKey"), "can not be empty");
        }
        if !matches!(action, "DoNotSchedule" | "ScheduleAnyway") {
            errors.not_supported(&at.child("whenUnsatisfiable"), action, &["DoNotSchedule", "ScheduleAnyway"]);
        }
        let again = |other: &Value| text(other, "topologyKey") == key && text(other, "whenUnsatisfiable") == action;
        if all.iter().skip(index + 1).any(again) {
            errors.duplicate(&at.child("{topologyKey, whenUnsatisfiable}"), format!("{{{key}, {action}}}"));
        }
        if let Some(domains) = int(constraint, "minDomains") {
            let at = at.child("minDomains");
            if domains <= 0 {
                errors.invalid(&at, domains, POSITIVE);
            }
            if action != "DoNotSchedule" {
                let why = format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}");
                errors.invalid(&at, domains, why);
            }
        }
        for field in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            if let Some(policy) = get(constraint, field).and_then(Value::as_str)
                && !matches!(policy, "Honor" | "Ignore")
            {
                errors.not_supported(&at.child(field), policy, &["Honor", "Ignore"]);
            }
        }
        match_label_keys(constraint, &at.child("matchLabelKeys"), errors);
        selector(constraint, "labelSelector", &at, errors);
    }
}

fn match_label_keys(constraint: &Value, at: &At, errors: &mut Errors) {
    if list(constraint, "matchLabelKeys").is_empty() {
        return;
    }
    let label_selector = get(constraint, "labelSelector");
    if label_selector.is_none() {
        errors.forbidden(at, "must not be specified when labelSelector is not set");
    }
    for (index, key) in strings(constraint, "matchLabelKeys").enumerate() {
        let at = at.index(index);
        label_key(key, &at, errors);
        if label_selector.is_some_and(|selector| selector_keys(selector).any(|other| other == key)) {
            errors.invalid(&at, key, "exists in both matchLabelKeys and labelSelector");
        }
    }
}
