//! Everything that an editor marks in a manifest: what kubectl and the API server would say, at its place, before
//! anything is sent. Judges nothing itself; asks those who do.

mod characters;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::problem::{Problem, Severity, Source};
use super::{Document, Span};
use crate::api::{FieldError, Path, kind, object};
use crate::schema::decode;
use crate::{defaulting, schema, validation};

/// Everything wrong with the manifest, in the order of the text.
pub fn check(text: &str) -> Vec<Problem> {
    let mut found = characters::problems(text);
    let unreadable = found.iter().any(|p| p.severity == Severity::Error);
    let (documents, problems) = super::parse(text);
    // A character that cannot be read is the reason why the text cannot be, and has been named.
    found.extend(problems.into_iter().filter(|p| !unreadable || p.source != Source::Syntax));
    for document in documents.iter().filter(|d| !unreadable || d.value.is_object()) {
        found.extend(of_document(document));
    }
    found.sort_by_key(|p| (p.span.line, p.span.column, p.severity));
    found
}

fn of_document(document: &Document) -> Vec<Problem> {
    let problem = |severity, source, path: &Path, message: String| Problem {
        severity,
        source,
        message,
        path: Some(path.clone()),
        span: document.positions.locate(path).unwrap_or(Span::in_line(1, 1, 1)),
        fixes: Vec::new(),
    };
    let schema_error = |path: &Path, message: &str| problem(Severity::Error, Source::Schema, path, message.to_owned());
    let value = &document.value;
    if !value.is_object() {
        return vec![schema_error(&Path::root(), "a manifest is a map of fields")];
    }
    let (version, name) = (object::api_version(value), object::kind(value));
    let unset = match (version, name) {
        ("", "") => Some("[apiVersion not set, kind not set]"),
        ("", _) => Some("apiVersion not set"),
        (_, "") => Some("kind not set"),
        _ => None,
    };
    if let Some(what) = unset {
        return vec![schema_error(&Path::root(), &format!("error validating data: {what}"))];
    }
    let (Some(kind), Some(definition)) = (kind::by_kind(version, name), schema::for_kind(version, name)) else {
        let message = format!("no matches for kind \"{name}\" in version \"{version}\": this sandbox does not serve it");
        return vec![schema_error(&Path::new("kind"), &message)];
    };
    let mut value = value.clone();
    let errors = decode::in_place(definition, &mut value);
    let mut found: Vec<Problem> = errors.iter().map(|e| schema_error(&e.path, &e.message)).collect();
    // Rules about values make no sense where a value has the wrong type.
    if errors.iter().all(|e| e.class == decode::Class::Strict) {
        let rules = rules(kind, &mut value);
        found.extend(rules.iter().map(|e| problem(Severity::Error, Source::Validation, &e.path, e.to_string())));
        if found.is_empty() {
            let warnings = validation::warnings(kind, &value).into_iter();
            found.extend(warnings.map(|text| problem(Severity::Warning, Source::Validation, &Path::root(), text)));
        }
    }
    found
}

/// What the API server would refuse.
fn rules(kind: &kind::Kind, value: &mut Value) -> Vec<FieldError> {
    if kind.namespaced
        && object::namespace(value).is_empty()
        && let Some(metadata) = object::metadata_mut(value)
    {
        metadata.insert("namespace".to_owned(), "default".into());
    }
    defaulting::apply(kind, value);
    let mut found = validation::create(kind, value);
    if kind.kind == "Pod" {
        found.extend(validation::admission::forbidden(value));
    }
    found
}
