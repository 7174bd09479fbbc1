//! The part of a Pod's status that has changed, as a merge patch. Pure.

use serde_json::{Map, Value};

/// Fields of `status` that a node does not own: never removed by it.
const FOREIGN: [&str; 4] = ["nominatedNodeName", "resize", "resourceClaimStatuses", "extendedResourceClaimStatus"];

/// What turns `old` into `new`; `None` when nothing differs. Lists are replaced whole.
pub(super) fn changes(old: &Value, new: &Value) -> Option<Value> {
    let empty = Map::new();
    let (old, new) = (old.as_object().unwrap_or(&empty), new.as_object().unwrap_or(&empty));
    let mut patch = Map::new();
    for (key, value) in new {
        if old.get(key) != Some(value) {
            patch.insert(key.clone(), value.clone());
        }
    }
    for key in old.keys() {
        if !new.contains_key(key) && !FOREIGN.contains(&key.as_str()) {
            patch.insert(key.clone(), Value::Null);
        }
    }
    (!patch.is_empty()).then_some(Value::Object(patch))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs() {
        let cases = [
            (json!({"phase": "Pending"}), json!({"phase": "Pending"}), None),
            (
                json!({"phase": "Pending", "podIP": "1"}),
                json!({"phase": "Running"}),
                Some(json!({"phase": "Running", "podIP": null})),
            ),
            (json!(null), json!({"phase": "Pending"}), Some(json!({"phase": "Pending"}))),
            (json!({"nominatedNodeName": "n"}), json!({}), None),
        ];
        for (old, new, expected) in cases {
            assert_eq!(changes(&old, &new), expected);
        }
    }
}
