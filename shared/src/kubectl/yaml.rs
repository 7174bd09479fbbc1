//! YAML in and out, by [`crate::manifest`].

use serde_json::Value;

pub use crate::manifest::emit;

/// The documents of a file, empty ones left out. The error is kubectl's sentence behind `error parsing x.yaml: `.
pub fn documents(text: &str) -> Result<Vec<Value>, String> {
    match crate::manifest::read(text) {
        (documents, None) => Ok(documents),
        (_, Some(error)) => Err(error),
    }
}
