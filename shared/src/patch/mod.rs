//! Patches in Kubernetes' dialects: JSON patch, merge patch, strategic merge patch, and the patch that `kubectl apply`
//! makes of three versions of an object.
//!
//! Works on JSON values and the schema table. Judges no result: that is `schema::decode` and `validation`.

mod diff;
mod strategic;

use serde_json::Value;

pub use diff::{three_way_strategic, two_way_strategic};
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
    json_patch::merge(value, patch);
}

/// A JSON patch (RFC 6902): a list of operations, all or none.
///
/// # Errors
/// [`PatchError::Malformed`] for what is no list of operations, [`PatchError::Unfit`] for one that fails.
pub fn json_patch(value: &mut Value, patch: &Value) -> Result<(), PatchError> {
    if !patch.is_array() {
        let found = match patch {
            Value::Object(_) => "object",
            Value::String(_) => "string",
            Value::Number(_) => "number",
            Value::Bool(_) => "bool",
            _ => return Ok(()),
        };
        let why = format!("json: cannot unmarshal {found} into Go value of type jsonpatch.Patch");
        return Err(PatchError::Malformed(why));
    }
    let patch: json_patch::Patch = serde_json::from_value(patch.clone())
        .map_err(|e| PatchError::Malformed(format!("error decoding patch: {e}")))?;
    json_patch::patch(value, &patch).map_err(|e| PatchError::Unfit(e.to_string()))
}
