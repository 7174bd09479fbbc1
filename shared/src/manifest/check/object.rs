//! One document as an object: its kind, its fields, Kubernetes' rules.

use serde_json::Value;

use crate::api::field::Path;
use crate::api::kind::{self, KINDS, Kind};
use crate::api::object;
use crate::schema::decode::{self, Class};
use crate::validation::{self, without_effect};
use crate::{defaulting, schema};

use super::super::positions::{Positions, Within};
use super::super::problem::{Edit, Fix, Problem, Severity, Source, Title};
use super::decoded;

/// Adds everything wrong with the object.
pub fn check(value: &Value, positions: &Positions, problems: &mut Vec<Problem>) {
    if !value.is_object() {
        problems.push(said(positions, Path::root(), "an object is a map with apiVersion, kind and metadata"));
        return;
    }
    let (api_version, kind_name) = (object::api_version(value), object::kind(value));
    if (api_version, kind_name) == ("v1", "List") {
        return list(value, positions, problems);
    }
    let missing = [("apiVersion", api_version), ("kind", kind_name)].into_iter().filter(|(_, text)| text.is_empty());
    let before = problems.len();
    // The words of kubectl's own validation.
    problems.extend(missing.map(|(name, _)| said(positions, Path::new(name), &format!("{name} not set"))));
    if problems.len() > before {
        return;
    }
    let served = kind::by_kind(api_version, kind_name);
    if served.is_none() {
        problems.push(unknown_kind(api_version, kind_name, positions));
    }
    let Some(definition) = schema::for_kind(api_version, kind_name) else { return };
    let (decoded, errors) = decode::strict(definition, value);
    let readable = errors.iter().all(|error| error.class == Class::Strict);
    problems.extend(errors.into_iter().map(|error| decoded::problem(definition, error, positions)));
    if let (Some(kind), true) = (served, readable) {
        rules(kind, decoded, positions, problems);
    }
}

fn list(value: &Value, positions: &Positions, problems: &mut Vec<Problem>) {
    let (Some(items), Within::Entries(entries)) = (value["items"].as_array(), &positions.within) else { return };
    let Some(Within::Elements(elements)) = entries.get("items").map(|items| &items.within) else { return };
    items.iter().zip(elements).for_each(|(item, element)| check(item, element, problems));
}

/// What the API server does to a new object before it judges it, and its judgement.
fn rules(kind: &'static Kind, mut value: Value, positions: &Positions, problems: &mut Vec<Problem>) {
    if let Some(metadata) = object::metadata_mut(&mut value) {
        let text = |name: &str| metadata.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (base, name, namespace) = (text("generateName"), text("name"), text("namespace"));
        if kind.namespaced && namespace.is_empty() {
            metadata.insert("namespace".to_owned(), "default".into());
        }
        if name.is_empty() && !base.is_empty() {
            metadata.insert("name".to_owned(), format!("{base}xxxxx").into());
        }
    }
    defaulting::apply(kind, &mut value);
    defaulting::prepare::create(kind, &mut value);
    let mut errors = validation::create(kind, &value);
    if kind.kind == "Pod" {
        errors.extend(validation::admission::forbidden(&value));
    }
    for error in errors {
        let message = error.to_string();
        problems.push(Problem { source: Source::Validation, ..said(positions, error.path, &message) });
    }
    for message in validation::warnings(kind, &value) {
        let path = path_in(&message);
        // Nothing is wrong with these: the field as a whole is marked, and quietly.
        let idle = message.contains(without_effect::WORDS);
        let (severity, key) = if idle { (Severity::Info, positions.key(&path)) } else { (Severity::Warning, None) };
        let said = said(positions, path, &message);
        problems.push(Problem { severity, source: Source::Validation, span: key.unwrap_or(said.span), ..said });
    }
}

/// A warning starts with the field that it is about.
fn path_in(message: &str) -> Path {
    let head = message.split_once(": ").map_or("", |(head, _)| head);
    let mut path = Path::root();
    for part in head.split('.').filter(|part| !part.is_empty()) {
        let (name, rest) = part.split_once('[').unwrap_or((part, ""));
        path = path.child(name);
        for inner in rest.split('[').filter_map(|inner| inner.strip_suffix(']')) {
            path = match inner.parse() {
                Ok(index) => path.index(index),
                Err(_) => path.key(inner.trim_matches('"')),
            };
        }
    }
    path
}

fn said(positions: &Positions, path: Path, message: &str) -> Problem {
    let span = positions.locate(&path).unwrap_or_default();
    let message = message.to_owned();
    Problem { severity: Severity::Error, source: Source::Schema, message, span, path: Some(path), fixes: Vec::new() }
}

/// kubectl's words, at the part that is nearer to be wrong.
fn unknown_kind(api_version: &str, name: &str, positions: &Positions) -> Problem {
    let message = format!("no matches for kind \"{name}\" in version \"{api_version}\"");
    let same = KINDS.iter().find(|kind| kind.kind == name);
    let near = || {
        let far = |kind: &&Kind| decoded::distance(&kind.kind.to_lowercase(), &name.to_lowercase());
        KINDS.iter().filter(|kind| kind.api_version() == api_version && far(kind) <= 2).min_by_key(far)
    };
    let (field, instead) = match (same, near()) {
        (Some(kind), _) => ("apiVersion", Some(kind.api_version())),
        (None, near) => ("kind", near.map(|kind| kind.kind.to_owned())),
    };
    let mut problem = said(positions, Path::new(field), &message);
    if let Some(text) = instead {
        let edits = vec![Edit { span: problem.span, text: text.clone() }];
        problem.fixes.push(Fix { title: Title::Replace(text), edits });
    }
    problem
}
