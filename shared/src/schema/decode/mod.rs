//! From any JSON to an object of a kind, as Kubernetes' JSON decoder and Go types take it in.
//!
//! What comes out is what a round trip through the Go types would give: unknown fields, nulls and zero values of
//! `omitempty` fields are gone, quantities and times are canonical, struct fields that are no pointers are there.
//! Errors are Go's words. Whether unknown fields are fatal is the caller's choice (`fieldValidation`).

mod fields;
mod json;
mod scalar;
#[cfg(test)]
mod tests;

use serde_json::Value;

pub use json::{Duplicate, json_text};

use super::{Definition, Type};
use crate::api::field::Path;

/// What is wrong with a JSON value as an object of its kind.
#[derive(Debug, Clone, PartialEq)]
pub struct DecodeError {
    /// How Kubernetes takes it.
    pub class: Class,
    /// Where.
    pub path: Path,
    /// What, in Go's words: `unknown field "spec.foo"`.
    pub message: String,
}

/// How Kubernetes takes a [`DecodeError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Ends decoding at once (a quantity or time that cannot be read): reported before all others.
    Fatal,
    /// A wrong type: the first one is reported.
    Type,
    /// An unknown or duplicate field: refused under `Strict`, a warning under `Warn`.
    Strict,
}

/// Decodes a copy of `value`. See [`in_place`].
pub fn strict(definition: &'static Definition, value: &Value) -> (Value, Vec<DecodeError>) {
    let mut value = value.clone();
    let errors = in_place(definition, &mut value);
    (value, errors)
}

/// Decodes `value` as `definition`; all errors, in the order of the fields' names.
pub fn in_place(definition: &'static Definition, value: &mut Value) -> Vec<DecodeError> {
    let mut decoder = fields::Decoder::default();
    match value {
        Value::Object(map) => decoder.object(definition, map, None),
        Value::Null => {}
        other => decoder.wrong_type(None, &Type::Object(definition.name), other, None),
    }
    decoder.errors
}

/// The message of the 400 that an API server answers; `None` when nothing is fatal.
///
/// `errors` are of one body, duplicates first; unknown and duplicate fields count only when `strict`.
/// Source: apiserver's `handlers/rest.go` (transformDecodeError) and apimachinery's `runtime/error.go`.
pub fn refusal(api_version: &str, kind: &str, errors: &[DecodeError], strict: bool) -> Option<String> {
    let first = |class| errors.iter().find(|e| e.class == class).map(|e| e.message.clone());
    let reason = first(Class::Fatal).or_else(|| first(Class::Type)).or_else(|| {
        let all: Vec<&str> = warnings(errors).take(if strict { usize::MAX } else { 0 }).collect();
        (!all.is_empty()).then(|| format!("strict decoding error: {}", all.join(", ")))
    })?;
    Some(format!(
        "{kind} in version {version:?} cannot be handled as a {kind}: {reason}",
        version = version_of(api_version)
    ))
}

/// The messages of unknown and duplicate fields, each a warning under `fieldValidation=Warn`.
///
/// No more than Go's decoder remembers: 100.
pub fn warnings(errors: &[DecodeError]) -> impl Iterator<Item = &str> {
    errors.iter().filter(|e| e.class == Class::Strict).map(|e| e.message.as_str()).take(100)
}

/// Kubernetes names the version without its group: `Lease in version "v1"`.
fn version_of(api_version: &str) -> &str {
    api_version.rsplit('/').next().unwrap_or(api_version)
}
