//! The merge patch that `kubectl apply` makes for kinds without a schema.

use serde_json::{Map, Value};

/// What takes `current` to `modified` where the two differ, and removes what `original` had and `modified` has not.
///
/// Source: apimachinery's `jsonmergepatch.CreateThreeWayJSONMergePatch`.
pub fn three_way_json_merge(original: &Value, modified: &Value, current: &Value) -> Value {
    let mut patch = changes(current, modified);
    add(&mut patch, deletions(original, modified));
    Value::Object(patch)
}

/// Adds deletions to a patch of changes; the two never speak of the same value.
fn add(patch: &mut Map<String, Value>, deletions: Map<String, Value>) {
    for (key, deletion) in deletions {
        match (patch.get_mut(&key), deletion) {
            (Some(Value::Object(patch)), Value::Object(deletion)) => add(patch, deletion),
            (_, deletion) => {
                patch.insert(key, deletion);
            }
        }
    }
}

/// What `new` has that `old` has not, or has otherwise.
fn changes(old: &Value, new: &Value) -> Map<String, Value> {
    let mut patch = Map::new();
    for (key, value) in new.as_object().into_iter().flatten() {
        match (old.get(key), value) {
            (Some(old), value) if old == value => {}
            (Some(old @ Value::Object(_)), Value::Object(_)) => {
                let inner = changes(old, value);
                if !inner.is_empty() {
                    patch.insert(key.clone(), Value::Object(inner));
                }
            }
            _ => {
                patch.insert(key.clone(), value.clone());
            }
        }
    }
    patch
}

/// A null for all that `old` has and `new` has not.
fn deletions(old: &Value, new: &Value) -> Map<String, Value> {
    let mut patch = Map::new();
    for (key, value) in old.as_object().into_iter().flatten() {
        match (value, new.get(key)) {
            (_, None) => {
                patch.insert(key.clone(), Value::Null);
            }
            (Value::Object(_), Some(new @ Value::Object(_))) => {
                let inner = deletions(value, new);
                if !inner.is_empty() {
                    patch.insert(key.clone(), Value::Object(inner));
                }
            }
            _ => {}
        }
    }
    patch
}
