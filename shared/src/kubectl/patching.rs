//! Patches as kubectl makes and reads them, through [`crate::patch`].

use serde_json::Value;

use super::Error;
use crate::api::Kind;

/// The patch that brings `current` to `modified` and drops what `original` had and `modified` has not.
pub fn three_way(_: &Value, _: &Value, _: &Value, _: &Kind) -> Result<Value, Error> {
    Err(Error::text("patches are not there yet"))
}

/// The patch that brings `original` to `modified`.
pub fn two_way(original: &Value, modified: &Value, kind: &Kind) -> Result<Value, Error> {
    three_way(original, modified, original, kind)
}

/// Applies a strategic merge patch.
pub fn strategic(_: &mut Value, _: &Value, _: &Kind) -> Result<(), Error> {
    Err(Error::text("patches are not there yet"))
}

/// Applies a JSON patch.
pub fn json_patch(_: &mut Value, _: &Value) -> Result<(), Error> {
    Err(Error::text("patches are not there yet"))
}

/// Applies a JSON merge patch.
pub fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = Value::Object(serde_json::Map::new());
    }
    let Some(map) = value.as_object_mut() else { return };
    for (key, change) in patch {
        if change.is_null() {
            map.remove(key);
        } else {
            merge(map.entry(key.clone()).or_insert(Value::Null), change);
        }
    }
}

/// JSON as Go's encoder writes it: sorted keys, and `<`, `>` and `&` escaped.
pub fn go_json(value: &Value) -> String {
    let mut out = String::new();
    for c in value.to_string().chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    out
}
