//! NodeAffinity: `nodeSelector`, and the required and preferred terms over a node's labels and name.

use serde_json::Value;

use super::node::NodeInfo;
use super::pod::PodInfo;
use super::verdict::Rejection;

/// `nodeSelector` and any one of the required terms.
pub(super) fn filter(pod: &PodInfo, node: &NodeInfo) -> Result<(), Rejection> {
    let detail = match pod.node_selector.iter().find(|(key, value)| node.label(key) != Some(value)) {
        Some((key, value)) => match node.label(key) {
            None => format!("nodeSelector {key}={value}: the node has no label {key}"),
            Some(other) => format!("nodeSelector {key}={value}: the node has {key}={other}"),
        },
        None => match pod.affinity_terms().and_then(|affinity| affinity.node_required.as_ref()) {
            Some(required) if !list(required, "nodeSelectorTerms").any(|term| term_matches(term, node)) => {
                "no term of the required node affinity matches".to_owned()
            }
            _ => return Ok(()),
        },
    };
    Err(Rejection::unresolvable("node(s) didn't match Pod's node affinity/selector").with(detail))
}

/// Whether the Pod's selector and required affinity allow the node: what spreading counts as eligible.
pub(super) fn allows(pod: &PodInfo, node: &NodeInfo) -> bool {
    filter(pod, node).is_ok()
}

/// The sum of the weights of the preferred terms that match.
pub(super) fn score(pod: &PodInfo, node: &NodeInfo) -> i64 {
    let preferred = pod.affinity_terms().map_or(&[][..], |affinity| &affinity.node_preferred);
    preferred.iter().filter(|(_, term)| term_matches(term, node)).map(|(weight, _)| weight).sum()
}

/// All expressions and all fields; an empty term matches nothing.
fn term_matches(term: &Value, node: &NodeInfo) -> bool {
    let empty = list(term, "matchExpressions").next().is_none() && list(term, "matchFields").next().is_none();
    !empty
        && list(term, "matchExpressions").all(|one| {
            let key = one.get("key").and_then(Value::as_str).unwrap_or_default();
            holds(one, node.label(key))
        })
        && list(term, "matchFields")
            .all(|one| one.get("key").and_then(Value::as_str) == Some("metadata.name") && holds(one, Some(&node.name)))
}

fn holds(requirement: &Value, found: Option<&str>) -> bool {
    let mut values = list(requirement, "values").filter_map(Value::as_str);
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    match requirement.get("operator").and_then(Value::as_str).unwrap_or_default() {
        "In" => values.any(|value| Some(value) == found),
        "NotIn" => values.all(|value| Some(value) != found),
        "Exists" => found.is_some(),
        "DoesNotExist" => found.is_none(),
        "Gt" => number(found).zip(number(values.next())).is_some_and(|(found, limit)| found > limit),
        "Lt" => number(found).zip(number(values.next())).is_some_and(|(found, limit)| found < limit),
        _ => false,
    }
}

fn list<'v>(value: &'v Value, field: &str) -> impl Iterator<Item = &'v Value> {
    value.get(field).and_then(Value::as_array).into_iter().flatten()
}
