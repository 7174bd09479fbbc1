//! Patches as kubectl makes and reads them, through [`crate::patch`].

use serde_json::Value;

use super::Error;
use crate::api::Kind;

/// The patch that brings `current` to `modified` and drops what `original` had and `modified` has not.
pub fn three_way(original: &Value, modified: &Value, current: &Value, kind: &Kind) -> Result<Value, Error> {
    Ok(crate::patch::three_way_strategic(original, modified, current, definition(kind)?))
}

/// The patch that brings `original` to `modified`.
pub fn two_way(original: &Value, modified: &Value, kind: &Kind) -> Result<Value, Error> {
    Ok(crate::patch::two_way_strategic(original, modified, definition(kind)?))
}

/// Applies a strategic merge patch.
pub fn strategic(value: &mut Value, patch: &Value, kind: &Kind) -> Result<(), Error> {
    crate::patch::strategic(value, patch, definition(kind)?).map_err(|e| Error::text(e.to_string()))
}

/// Applies a JSON merge patch.
pub fn merge(value: &mut Value, patch: &Value) {
    crate::patch::merge(value, patch);
}

/// Applies a JSON patch.
pub fn json_patch(value: &mut Value, patch: &Value) -> Result<(), Error> {
    crate::patch::json_patch(value, patch).map_err(|e| Error::text(e.to_string()))
}

fn definition(kind: &Kind) -> Result<&'static crate::schema::Definition, Error> {
    crate::schema::for_kind(&kind.api_version(), kind.kind)
        .ok_or_else(|| Error::text(format!("no schema for kind {:?}", kind.kind)))
}

/// JSON as Go's encoder writes it: sorted keys, and `<`, `>` and `&` escaped.
pub fn go_json(value: &Value) -> String {
    go_escaped(&value.to_string())
}

/// JSON with `<`, `>` and `&` escaped, as Go's encoder does: outside of texts they do not occur.
pub fn go_escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
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
