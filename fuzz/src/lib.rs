//! What the targets share: how bytes become the values that they try.

use serde_json::Value;
use shared::schema::{Definition, for_kind};

/// The structure of a Pod, which has lists with every merge rule.
#[must_use]
pub fn pod() -> &'static Definition {
    for_kind("v1", "Pod").expect("the schema has Pods")
}

/// Two JSON values, a line each: an object and what is to be done with it.
#[must_use]
pub fn two_values(data: &[u8]) -> Option<(Value, Value)> {
    let end = data.iter().position(|byte| *byte == b'\n')?;
    Some((serde_json::from_slice(&data[..end]).ok()?, serde_json::from_slice(&data[end + 1..]).ok()?))
}
