//! YAML in and out, as kubectl does both.

use serde_json::Value;

pub use super::yaml_emit::emit;

/// The documents of a file, empty ones left out. The error is kubectl's sentence behind `error parsing x.yaml: `.
pub fn documents(text: &str) -> Result<Vec<Value>, String> {
    super::yaml_read::documents(text).map_err(|e| format!("error converting YAML to JSON: yaml: {e}"))
}
