//! Affinity to nodes and to other Pods.

use serde_json::Value;

use super::super::at::{At, Errors};
use super::super::labels::{label_key, selector, selector_keys};
use super::super::names;
use super::super::read::{get, int, list, strings, text};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// `spec.affinity`.
pub(super) fn affinity(spec: &Value, at: &At, errors: &mut Errors) {
    let Some(affinity) = get(spec, "affinity") else { return };
    let at = at.child("affinity");
    if let Some(node) = get(affinity, "nodeAffinity") {
        node_affinity(node, &at.child("nodeAffinity"), errors);
    }
    for field in ["podAffinity", "podAntiAffinity"] {
        if let Some(pod) = get(affinity, field) {
            pod_affinity(pod, &at.child(field), errors);
        }
    }
}

fn node_affinity(affinity: &Value, at: &At, errors: &mut Errors) {
    if let Some(required) = get(affinity, REQUIRED) {
        let at = at.child(REQUIRED);
        let at = at.child("nodeSelectorTerms");
        let terms = list(required, "nodeSelectorTerms");
        if terms.is_empty() {
            errors.required(&at, "must have at least one node selector term");
        }
        for (index, term) in terms.iter().enumerate() {
            node_term(term, true, &at.index(index), errors);
        }
    }
    let at = at.child(PREFERRED);
    for (index, term) in list(affinity, PREFERRED).iter().enumerate() {
        let at = at.index(index);
        weight(term, &at, errors);
        if let Some(preference) = get(term, "preference") {
            // Values are not checked here: in a preference, a label that no node can have only never matches.
            node_term(preference, false, &at.child("preference"), errors);
        }
    }
}

fn weight(term: &Value, at: &At, errors: &mut Errors) {
    let weight = int(term, "weight").unwrap_or(0);
    if !(1..=100).contains(&weight) {
        errors.invalid(&at.child("weight"), weight, "must be in the range 1-100");
    }
}

fn node_term(term: &Value, check_values: bool, at: &At, errors: &mut Errors) {
    let expressions = at.child("matchExpressions");
    for (index, expression) in list(term, "matchExpressions").iter().enumerate() {
        let at = expressions.index(index);
        let values = at.child("values");
        let count = list(expression, "values").len();
        match text(expression, "operator") {
            "In" | "NotIn" if count == 0 => {
                errors.required(&values, "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "Exists" | "DoesNotExist" if count > 0 => {
                errors.forbidden(&values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
            }
            "Gt" | "Lt" if count != 1 => {
                errors.required(&values, "must be specified single value when `operator` is 'Lt' or 'Gt'");
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
            other => errors.invalid(&at.child("operator"), other, "not a valid selector operator"),
        }
        label_key(text(expression, "key"), &at.child("key"), errors);
        for (index, value) in strings(expression, "values").enumerate().filter(|_| check_values) {
            errors.invalid_all(&values.index(index), value, names::label_value(value));
        }
    }
    let fields = at.child("matchFields");
    for (index, field) in list(term, "matchFields").iter().enumerate() {
        let at = fields.index(index);
        match text(field, "operator") {
            "In" | "NotIn" => {
                if list(field, "values").len() != 1 {
                    let why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
                    errors.required(&at.child("values"), why);
                }
            }
            other => errors.invalid(&at.child("operator"), other, "not a valid selector operator"),
        }
        let key = text(field, "key");
        if key != "metadata.name" {
            errors.invalid(&at.child("key"), key, "not a valid field selector key");
            continue;
        }
        for (index, value) in strings(field, "values").enumerate() {
            errors.invalid_all(&at.child("values").index(index), value, names::subdomain_name(value, false));
        }
    }
}

fn pod_affinity(affinity: &Value, at: &At, errors: &mut Errors) {
    let required = at.child(REQUIRED);
    for (index, term) in list(affinity, REQUIRED).iter().enumerate() {
        pod_term(term, &required.index(index), errors);
    }
    let preferred = at.child(PREFERRED);
    for (index, weighted) in list(affinity, PREFERRED).iter().enumerate() {
        let at = preferred.index(index);
        weight(weighted, &at, errors);
        if let Some(term) = get(weighted, "podAffinityTerm") {
            pod_term(term, &at.child("podAffinityTerm"), errors);
        }
    }
}

fn pod_term(term: &Value, at: &At, errors: &mut Errors) {
    selector(term, "labelSelector", at, errors);
    selector(term, "namespaceSelector", at, errors);
    for name in strings(term, "namespaces") {
        errors.invalid_all(&at.child("namespace"), name, names::dns1123_label(name));
    }
    match_label_keys(term, at, errors);
    let key = text(term, "topologyKey");
    if key.is_empty() {
        errors.required(&at.child("topologyKey"), "can not be empty");
    }
    label_key(key, &at.child("topologyKey"), errors);
}

fn match_label_keys(term: &Value, at: &At, errors: &mut Errors) {
    let label_selector = get(term, "labelSelector");
    for field in ["matchLabelKeys", "mismatchLabelKeys"] {
        let at = at.child(field);
        if list(term, field).is_empty() {
            continue;
        }
        if label_selector.is_none() {
            errors.forbidden(&at, "must not be specified when labelSelector is not set");
            continue;
        }
        for (index, key) in strings(term, field).enumerate() {
            label_key(key, &at.index(index), errors);
        }
    }
    for (index, key) in strings(term, "matchLabelKeys").enumerate() {
        // Twice: once from the user, once as admission merged the key into the selector.
        let count = label_selector.map_or(0, |selector| selector_keys(selector).filter(|other| *other == key).count());
        if count > 1 {
            errors.invalid(&at.index(index), key, "exists in both matchLabelKeys and labelSelector");
        }
        if strings(term, "mismatchLabelKeys").any(|other| other == key) {
            let why = "exists in both matchLabelKeys and mismatchLabelKeys";
            errors.invalid(&at.child("matchLabelKeys").index(index), key, why);
        }
    }
}
