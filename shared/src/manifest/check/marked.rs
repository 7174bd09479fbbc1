//! Parts of the text: what stands in a span, and which spans hold text that means nothing to YAML.

use super::super::positions::{Positions, Within};
use super::super::{Document, Span};

/// What stands in a span of one line.
pub fn text_at(text: &str, span: Span) -> Option<String> {
    if span.line != span.end_line {
        return None;
    }
    let line = text.lines().nth(span.line.checked_sub(1)?)?;
    Some(line.chars().skip(span.column - 1).take(span.end_column.saturating_sub(span.column)).collect())
}

/// The spans of quoted and block scalars: characters in there are content.
pub fn literals(documents: &[Document]) -> Vec<Span> {
    let mut spans = Vec::new();
    for document in documents {
        collect(&document.positions, &mut spans);
    }
    spans
}

fn collect(at: &Positions, spans: &mut Vec<Span>) {
    if at.scalar.as_ref().is_some_and(|written| written.block || !written.plain) {
        spans.push(at.value);
    }
    match &at.within {
        Within::Nothing => {}
        Within::Entries(entries) => entries.values().for_each(|entry| collect(entry, spans)),
        Within::Elements(elements) => elements.iter().for_each(|element| collect(element, spans)),
    }
}

/// Whether a place is in one of the spans.
pub fn is_within(spans: &[Span], line: usize, column: usize) -> bool {
    let place = (line, column);
    spans.iter().any(|s| (s.line, s.column) <= place && place < (s.end_line, s.end_column))
}
