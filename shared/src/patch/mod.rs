//! Patches in Kubernetes' dialects: JSON patch, merge patch, strategic merge patch, and the patches that `kubectl apply`
//! and `kubectl edit` make.
//!
//! Works on JSON values and the schema table. Judges no result: that is `schema::decode` and `validation`.

mod diff;
mod json_diff;
mod json_patch;
mod list;
mod strategic;
mod words;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub use diff::{three_way_strategic, two_way_strategic};
pub use json_diff::three_way_json_merge;
pub use json_patch::json_patch;
pub use strategic::strategic;

/// Why a patch cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// The patch is not of its form (400).
    #[error("{0}")]
    Malformed(String),
    /// It does not fit the object (422): a `test` that fails, a path that leads nowhere.
    #[error("{0}")]
    Unfit(String),
}

/// A JSON merge patch (RFC 7386): maps are merged, null removes, all else replaces.
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
        match change {
            Value::Null => drop(map.remove(key)),
            change => merge(map.entry(key.clone()).or_insert(Value::Null), change),
        }
    }
}
