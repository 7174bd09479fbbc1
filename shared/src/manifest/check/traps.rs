//! YAML 1.1's traps: keys and numbers that read differently than they look.
//!
//! Values of the wrong type are not told here: the schema's own error says it, in the API server's words.

use serde_json::Value;

use super::super::positions::{Positions, Within};
use super::super::problem::{Edit, Fix, Problem, Severity, Source, Title};
use super::super::{Document, Span};
use super::marked::text_at;

/// Adds a warning for every key that is read as another one, and a note for every octal number.
pub fn check(text: &str, document: &Document, problems: &mut Vec<Problem>) {
    part(text, &document.value, &document.positions, problems);
}

fn part(text: &str, value: &Value, at: &Positions, problems: &mut Vec<Problem>) {
    match (value, &at.within) {
        (Value::Object(map), Within::Entries(entries)) => {
            for (name, entry) in entries {
                problems.extend(entry.key.and_then(|span| key(text, name, span)));
                if let Some(value) = map.get(name) {
                    part(text, value, entry, problems);
                }
            }
        }
        (Value::Array(items), Within::Elements(elements)) => {
            items.iter().zip(elements).for_each(|(item, element)| part(text, item, element, problems));
        }
        (Value::Number(number), _) => {
            let written = at.scalar.as_ref().filter(|w| w.plain).map(|w| w.text.as_str()).unwrap_or_default();
            problems.extend(octal(written, number, at.value));
        }
        _ => {}
    }
}

/// `y: 1` is `"true": 1`.
fn key(text: &str, name: &str, span: Span) -> Option<Problem> {
    let written = text_at(text, span)?;
    if written == name || written.starts_with(['"', '\'', '!', '&', '*', '<']) {
        return None;
    }
    let message = format!("the key {written} is read as {name:?} (YAML 1.1)");
    let fixes = vec![Fix { title: Title::Quote, edits: vec![Edit { span, text: format!("\"{written}\"") }] }];
    Some(Problem { severity: Severity::Warning, source: Source::Trap, message, path: None, span, fixes })
}

/// File modes are meant so; other numbers with a leading zero seldom are.
fn octal(written: &str, number: &serde_json::Number, span: Span) -> Option<Problem> {
    let digits = written.strip_prefix("0o").or_else(|| written.strip_prefix('0'))?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (severity, message) = match digits.bytes().all(|b| b < b'8') {
        true => (Severity::Info, format!("{written} is octal: {number}")),
        false => (Severity::Warning, format!("{written} is no octal number: it is read as {number}")),
    };
    Some(Problem { severity, source: Source::Trap, message, path: None, span, fixes: Vec::new() })
}
