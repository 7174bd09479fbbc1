//! Reading fields of JSON objects as Go reads its structs: what is absent, `null` or of the wrong type is the zero
//! value. Types are the strict decoder's business; this module may not report errors.

use serde_json::{Map, Value};

/// The field, unless absent or `null`.
pub(crate) fn get<'v>(object: &'v Value, name: &str) -> Option<&'v Value> {
    object.get(name).filter(|value| !value.is_null())
}

/// A text; `""` when absent.
pub(crate) fn text<'v>(object: &'v Value, name: &str) -> &'v str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A whole number that may be absent.
pub(crate) fn int(object: &Value, name: &str) -> Option<i64> {
    object.get(name).and_then(Value::as_i64)
}

/// A truth value that may be absent.
pub(crate) fn flag(object: &Value, name: &str) -> Option<bool> {
    object.get(name).and_then(Value::as_bool)
}

/// A list; empty when absent.
pub(crate) fn list<'v>(object: &'v Value, name: &str) -> &'v [Value] {
    object.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// An object or map that may be absent.
pub(crate) fn map<'v>(object: &'v Value, name: &str) -> Option<&'v Map<String, Value>> {
    object.get(name).and_then(Value::as_object)
}

/// The entries of a map of texts; none when absent.
pub(crate) fn texts<'v>(object: &'v Value, name: &str) -> impl Iterator<Item = (&'v str, &'v str)> {
    map(object, name).into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default()))
}

/// The texts of a list.
pub(crate) fn strings<'v>(object: &'v Value, name: &str) -> impl Iterator<Item = &'v str> {
    list(object, name).iter().map(|value| value.as_str().unwrap_or_default())
}

/// Go's zero value: what an absent field reads as.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.values().all(is_zero),
    }
}

/// Equality as `apiequality.Semantic.DeepEqual` sees it: absent and empty are the same.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.iter().all(|(key, value)| same(value, b.get(key).unwrap_or(&Value::Null)))
                && b.iter().all(|(key, value)| a.contains_key(key) || is_zero(value))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (a, b) => a == b || (is_zero(a) && is_zero(b)),
    }
}

/// Like [`same`], for a field of two objects.
pub(crate) fn same_field(a: &Value, b: &Value, name: &str) -> bool {
    same(a.get(name).unwrap_or(&Value::Null), b.get(name).unwrap_or(&Value::Null))
}
