//! Unknown fields and wrong types, where they stand and with what would mend them.

use crate::api::field::{Path, Segment};
use crate::schema::decode::{Class, DecodeError};
use crate::schema::{self, Definition, Type};

use super::super::positions::Positions;
use super::super::problem::{Edit, Fix, Problem, Severity, Source, Title};
use super::super::scalar::{Scalar, look};

/// One decoding error as a mark.
pub fn problem(definition: &'static Definition, error: DecodeError, positions: &Positions) -> Problem {
    let (span, fixes) = match error.class {
        Class::Strict => {
            let span = positions.key(&error.path).or_else(|| positions.locate(&error.path));
            (span, rename(definition, &error.path, positions))
        }
        Class::Type | Class::Fatal => (positions.locate(&error.path), requote(definition, &error.path, positions)),
    };
    Problem {
        severity: Severity::Error,
        source: Source::Schema,
        message: error.message,
        span: span.unwrap_or_default(),
        path: Some(error.path),
        fixes,
    }
}

/// Quotes where a text is wanted, none where something else is.
fn requote(definition: &'static Definition, path: &Path, positions: &Positions) -> Vec<Fix> {
    let (Some(place), Some(at)) = (schema::at(definition, path), positions.at(path)) else { return Vec::new() };
    let Some(written) = at.scalar.as_ref().filter(|w| !w.block && at.value.line == at.value.end_line) else {
        return Vec::new();
    };
    let fits = |scalar: Scalar| match place.ty {
        Type::Boolean => matches!(scalar, Scalar::Bool(_)),
        Type::Int32 | Type::Int64 => matches!(scalar, Scalar::Int(_)),
        _ => false,
    };
    let (title, text) = match place.ty {
        Type::String if written.plain => (Title::Quote, format!("\"{}\"", written.text)),
        _ if !written.plain && fits(look(&written.text)) => (Title::Unquote, written.text.clone()),
        _ => return Vec::new(),
    };
    vec![Fix { title, edits: vec![Edit { span: at.value, text }] }]
}

/// The field that was meant.
fn rename(definition: &'static Definition, path: &Path, positions: &Positions) -> Vec<Fix> {
    let (Some(Segment::Field(name)), Some(parent), Some(span)) = (path.0.last(), path.parent(), positions.key(path))
    else {
        return Vec::new();
    };
    let owner = match parent.0.is_empty() {
        true => Some(definition),
        false => schema::at(definition, &parent).and_then(|place| match place.ty {
            Type::Object(name) => schema::definition(name),
            _ => None,
        }),
    };
    let candidates = owner.into_iter().flat_map(|owner| owner.fields).map(|field| field.name);
    let nearest = candidates.map(|field| (distance(&field.to_lowercase(), &name.to_lowercase()), field)).min();
    match nearest {
        Some((far, field)) if far <= 1 + name.len() / 5 => {
            let edits = vec![Edit { span, text: field.to_owned() }];
            vec![Fix { title: Title::Rename(field.to_owned()), edits }]
        }
        _ => Vec::new(),
    }
}

/// How many letters differ (Levenshtein).
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, a) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, b) in b.iter().enumerate() {
            let changed = diagonal + usize::from(a != *b);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
