//! Labels, annotations' keys and label selectors: `k8s.io/apimachinery/pkg/apis/meta/v1/validation`.

use serde_json::Value;

use super::at::{At, Errors};
use super::names;
use super::read::{get, list, strings, text, texts};

/// A map of labels: `metadata.labels`, `nodeSelector`, `matchLabels`.
pub(crate) fn labels(owner: &Value, field: &str, at: &At, errors: &mut Errors) {
    for (key, value) in texts(owner, field) {
        label_key(key, at, errors);
        errors.invalid_all(at, value, names::label_value(value));
    }
}

/// The key of a label, taint or toleration.
pub(crate) fn label_key(key: &str, at: &At, errors: &mut Errors) {
    errors.invalid_all(at, key, names::qualified_name(key));
}

/// A `LabelSelector`; what is absent selects nothing and breaks no rule.
pub(crate) fn selector(owner: &Value, field: &str, at: &At, errors: &mut Errors) {
    let Some(selector) = get(owner, field) else { return };
    let at = at.child(field);
    labels(selector, "matchLabels", &at.child("matchLabels"), errors);
    let expressions = at.child("matchExpressions");
    for (index, expression) in list(selector, "matchExpressions").iter().enumerate() {
        let at = expressions.index(index);
        let values = at.child("values");
        match text(expression, "operator") {
            "In" | "NotIn" => {
                if list(expression, "values").is_empty() {
                    errors.required(&values, "must be specified when `operator` is 'In' or 'NotIn'");
                }
            }
            "Exists" | "DoesNotExist" => {
                if !list(expression, "values").is_empty() {
                    errors.forbidden(&values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                }
            }
            other => errors.invalid(&at.child("operator"), other, "not a valid selector operator"),
        }
        label_key(text(expression, "key"), &at.child("key"), errors);
        for (index, value) in strings(expression, "values").enumerate() {
            errors.invalid_all(&values.index(index), value, names::label_value(value));
        }
    }
}

/// The keys that a selector names in `matchLabels` and `matchExpressions`, in that order.
pub(crate) fn selector_keys(selector: &Value) -> impl Iterator<Item = &str> {
    let expressions = list(selector, "matchExpressions").iter().map(|expression| text(expression, "key"));
    texts(selector, "matchLabels").map(|(key, _)| key).chain(expressions)
}
