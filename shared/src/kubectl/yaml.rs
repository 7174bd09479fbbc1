//! YAML in and out, through [`crate::manifest`] where it can be told apart from any other YAML.

use serde_json::Value;

/// An object as `kubectl -o yaml` prints it.
pub fn emit(value: &Value) -> String {
    serde_yaml::to_string(value).unwrap_or_default()
}

/// The documents of a file, empty ones left out. The error is kubectl's sentence behind `error parsing x.yaml: `.
pub fn documents(text: &str) -> Result<Vec<Value>, String> {
    let mut found = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let value = <Value as serde::Deserialize>::deserialize(document)
            .map_err(|e| format!("error converting YAML to JSON: yaml: {e}"))?;
        if !value.is_null() {
            found.push(value);
        }
    }
    Ok(found)
}
