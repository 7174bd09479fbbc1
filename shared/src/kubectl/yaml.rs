//! YAML in and out, through [`crate::manifest`] where it can be told apart from any other YAML.

use serde_json::Value;

pub use super::yaml_emit::emit;

/// The documents of a file, empty ones left out. The error is kubectl's sentence behind `error parsing x.yaml: `.
pub fn documents(text: &str) -> Result<Vec<Value>, String> {
    let mut found = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let value = <Value as serde::Deserialize>::deserialize(document)
            .map_err(|e| format!("error converting YAML to JSON: yaml: {}", refusal(&e)))?;
        if !value.is_null() {
            found.push(value);
        }
    }
    Ok(found)
}

/// libyaml's words in go-yaml's order: `line 3: mapping values are not allowed in this context`.
fn refusal(error: &serde_yaml::Error) -> String {
    let text = error.to_string();
    let Some((message, place)) = text.split_once(" at line ") else { return text };
    let line: usize = place.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(1);
    // go-yaml counts a parser's lines from 0, and a scanner's from 1.
    let line = if message.starts_with("did not find expected") { line - 1 } else { line };
    format!("line {line}: {message}")
}
