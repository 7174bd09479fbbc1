//! Where in the text each part of an object stands.

use std::collections::BTreeMap;

use super::Span;
use crate::api::field::{Path, Segment};

/// The places of a document's parts, shaped as its value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Positions {
    /// The key in front of the value.
    pub key: Option<Span>,
    /// The value.
    pub value: Span,
    /// What a scalar looks like in the text.
    pub scalar: Option<Written>,
    /// What is within.
    pub within: Within,
}

/// What is within a value.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Within {
    /// Nothing.
    #[default]
    Nothing,
    /// A mapping's entries.
    Entries(BTreeMap<String, Positions>),
    /// A sequence's elements.
    Elements(Vec<Positions>),
}

/// A scalar as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Its text, without quotes.
    pub text: String,
    /// Whether it has neither quotes nor a tag, so that its look decides what it is.
    pub plain: bool,
    /// Whether it is a block scalar (`|`, `>`).
    pub block: bool,
}

impl Positions {
    /// The part at `path`.
    pub fn at(&self, path: &Path) -> Option<&Self> {
        path.0.iter().try_fold(self, |at, segment| at.step(segment))
    }

    /// Where to mark what is said about `path`: its scalar, or its key when it is a collection.
    ///
    /// A part that is not there is marked at the innermost part around it that is.
    pub fn locate(&self, path: &Path) -> Option<Span> {
        let mut at = self;
        for segment in &path.0 {
            match at.step(segment) {
                Some(next) => at = next,
                None => break,
            }
        }
        Some(at.mark())
    }

    /// Where the key of the part at `path` stands.
    pub fn key(&self, path: &Path) -> Option<Span> {
        self.at(path)?.key
    }

    fn step(&self, segment: &Segment) -> Option<&Self> {
        match (segment, &self.within) {
            (Segment::Field(name) | Segment::Key(name), Within::Entries(entries)) => entries.get(name),
            (Segment::Index(index), Within::Elements(elements)) => elements.get(*index),
            _ => None,
        }
    }

    /// One line at most: a mark over a whole block says nothing.
    fn mark(&self) -> Span {
        let span = match (&self.scalar, self.key, &self.within) {
            (Some(written), key, _) if !(written.block || written.text.is_empty() && key.is_some()) => self.value,
            (_, Some(key), _) => key,
            (_, None, Within::Entries(entries)) => {
                entries.values().filter_map(|e| e.key).min_by_key(|key| (key.line, key.column)).unwrap_or(self.value)
            }
            _ => self.value,
        };
        match span.line == span.end_line && span.column < span.end_column {
            true => span,
            false => Span::in_line(span.line, span.column, span.column + 1),
        }
    }
}
