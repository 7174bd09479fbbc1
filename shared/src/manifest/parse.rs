//! A file's documents: as kubectl takes them, and as an editor sees them.

use serde_json::Value;

use super::compose::{DuplicateKey, Unusable, compose};
use super::positions::{Positions, Within};
use super::problem::{Problem, Severity, Source};
use super::split::{Chunk, chunks};
use super::{Span, tree};

/// One object of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The object.
    pub value: Value,
    /// Where in the file its parts stand.
    pub positions: Positions,
}

/// The objects of a file, and why kubectl stops reading it; empty documents are left out.
///
/// The sentence is what follows `error parsing x.yaml: `. The objects in front of a bad document are there: kubectl has
/// sent them by then.
pub fn read(text: &str) -> (Vec<Value>, Option<String>) {
    if let Some(objects) = json_stream(text) {
        return (objects, None);
    }
    let mut objects = Vec::new();
    let (chunks, bad_separator) = chunks(text);
    for chunk in chunks {
        match document(&chunk) {
            Ok(Some((document, _))) if !document.value.is_null() => objects.push(document.value),
            Ok(_) => {}
            Err(bad) => return (objects, Some(format!("error converting YAML to JSON: {}", bad.message))),
        }
    }
    (objects, bad_separator.map(|bad| separator_message(bad.rest)))
}

fn separator_message(rest: &str) -> String {
    format!("invalid Yaml document separator: {rest}")
}

/// Every document that can be read, also behind one that cannot, and what is wrong with the text.
///
/// Keys that stand twice are errors here, though kubectl takes the last one and says nothing.
pub fn parse(text: &str) -> (Vec<Document>, Vec<Problem>) {
    let (mut documents, mut problems) = (Vec::new(), Vec::new());
    let (chunks, bad_separator) = chunks(text);
    for chunk in chunks {
        match document(&chunk) {
            Ok(Some((document, duplicates))) => {
                problems.extend(duplicates.into_iter().map(|key| duplicate(key, chunk.lines_before)));
                if !document.value.is_null() {
                    documents.push(document);
                }
            }
            Ok(None) => {}
            Err(bad) => problems.push(syntax(&bad.message, bad.span)),
        }
    }
    if let Some(bad) = bad_separator {
        let end = 1 + "---".len() + bad.rest.chars().count();
        problems.push(syntax(&separator_message(bad.rest), Span::in_line(bad.line, 1, end)));
    }
    (documents, problems)
}

fn document(chunk: &Chunk<'_>) -> Result<Option<(Document, Vec<DuplicateKey>)>, Unusable> {
    let moved = |span: Span| Span {
        line: span.line + chunk.lines_before,
        end_line: span.end_line + chunk.lines_before,
        ..span
    };
    let tree = tree::read(chunk.text)
        .map_err(|refusal| Unusable { message: format!("yaml: {}", refusal.message), span: moved(refusal.span) })?;
    let Some(tree) = tree else { return Ok(None) };
    let (value, mut positions, duplicates) = compose(&tree).map_err(|bad| Unusable { span: moved(bad.span), ..bad })?;
    shift(&mut positions, chunk.lines_before);
    Ok(Some((Document { value, positions }, duplicates)))
}

fn shift(positions: &mut Positions, lines: usize) {
    if lines == 0 {
        return;
    }
    for span in positions.key.iter_mut().chain([&mut positions.value]) {
        span.line += lines;
        span.end_line += lines;
    }
    match &mut positions.within {
        Within::Nothing => {}
        Within::Entries(entries) => entries.values_mut().for_each(|entry| shift(entry, lines)),
        Within::Elements(elements) => elements.iter_mut().for_each(|element| shift(element, lines)),
    }
}

fn duplicate(key: DuplicateKey, lines_before: usize) -> Problem {
    let span = Span { line: key.again.line + lines_before, end_line: key.again.end_line + lines_before, ..key.again };
    let message = format!("mapping key \"{}\" already defined at line {}", key.name, key.first.line + lines_before);
    Problem { severity: Severity::Error, source: Source::Syntax, message, path: None, span, fixes: Vec::new() }
}

/// The editor shows the place itself; kubectl's line number would count from the document's start, and sometimes from 0.
fn syntax(message: &str, span: Span) -> Problem {
    let bare = message.strip_prefix("yaml: ").unwrap_or(message);
    let numbered = bare.strip_prefix("line ").and_then(|rest| rest.split_once(": "));
    let message =
        numbered.filter(|(n, _)| n.bytes().all(|b| b.is_ascii_digit())).map_or(bare, |(_, rest)| rest).to_owned();
    Problem { severity: Severity::Error, source: Source::Syntax, message, path: None, span, fixes: Vec::new() }
}

/// kubectl also takes JSON objects one behind the other, which is no YAML.
fn json_stream(text: &str) -> Option<Vec<Value>> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let objects = crate::api::json::read_stream(text.as_bytes()).ok()?;
    (objects.len() > 1).then_some(objects)
}
