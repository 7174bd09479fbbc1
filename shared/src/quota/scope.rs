//! Which objects a quota with scopes is about (`pkg/quota/v1/evaluator/core.podMatchesScopeFunc`).

use serde_json::Value;

use crate::api::{Kind, object};
use crate::defaulting::prepare::qos_class;

/// Whether a quota counts an object. One with scopes counts Pods only.
pub fn matches(quota: &Value, kind: &Kind, object: &Value) -> bool {
    let scopes = object::list(quota, "/spec/scopes");
    let expressions = object::list(quota, "/spec/scopeSelector/matchExpressions");
    if scopes.is_empty() && expressions.is_empty() {
        return true;
    }
    let text = |value: &Value, field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    kind.kind == "Pod"
        && scopes.iter().filter_map(Value::as_str).all(|scope| holds(scope, "Exists", &[], object))
        && expressions.iter().all(|expression| {
            let values = object::list(expression, "/values");
            holds(&text(expression, "scopeName"), &text(expression, "operator"), values, object)
        })
}

fn holds(scope: &str, operator: &str, values: &[Value], pod: &Value) -> bool {
    let ends = pod.pointer("/spec/activeDeadlineSeconds").and_then(Value::as_i64).is_some();
    match scope {
        "Terminating" => ends,
        "NotTerminating" => !ends,
        "BestEffort" => qos_class(pod) == "BestEffort",
        "NotBestEffort" => qos_class(pod) != "BestEffort",
        "PriorityClass" => {
            let class = pod.pointer("/spec/priorityClassName").and_then(Value::as_str).unwrap_or_default();
            let among = values.iter().any(|value| value == class);
            match operator {
                "In" => among,
                "NotIn" => !among,
                "DoesNotExist" => class.is_empty(),
                _ => !class.is_empty(),
            }
        }
        _ => false,
    }
}
