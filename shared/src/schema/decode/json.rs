//! JSON text to a value, with the duplicate keys that are lost in it.

use serde_json::Value;

use super::fields::dotted;
use super::{Class, DecodeError};
use crate::api::json;

/// A key that an object has more than once.
pub type Duplicate = DecodeError;

/// Reads a body. Each duplicate key is reported once, as `duplicate field "spec.nodeName"`.
///
/// The error is in the words of Go's scanner: `invalid character 'a' looking for beginning of value`.
pub fn json_text(text: &[u8]) -> Result<(Value, Vec<Duplicate>), String> {
    let (value, paths) = json::read_noting(text)?;
    let mut found: Vec<Duplicate> = Vec::new();
    for path in paths {
        let message = format!("duplicate field \"{}\"", dotted(&path));
        if found.iter().all(|duplicate| duplicate.message != message) {
            found.push(DecodeError { class: Class::Strict, path, message });
        }
    }
    Ok((value, found))
}
