//! Characters that look like others: spaces that are none, tabs, typographic quotes, full-width colons.
//!
//! They come with text copied from books and web pages, and YAML takes them for letters.

use super::super::problem::{Edit, Fix, Problem, Severity, Source, Title};
use super::super::{Document, Span};
use super::marked::{is_within, literals};

/// Adds a problem for every look-alike outside of quoted texts, block scalars and comments.
///
/// Spaces that are none are told once a line, and mended in the whole text at once: where there is one, there are more.
pub fn check(text: &str, documents: &[Document], problems: &mut Vec<Problem>) {
    let literals = literals(documents);
    let broken = problems.iter().any(|p| p.source == Source::Syntax && p.severity == Severity::Error);
    let mut spaces: Vec<Problem> = Vec::new();
    let mut edits: Vec<Edit> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line_number = number + 1;
        let chars: Vec<char> = line.chars().collect();
        let indent = chars.iter().take_while(|c| c.is_whitespace() || is_odd_space(**c)).count();
        for (at, c) in chars.iter().copied().enumerate() {
            let column = at + 1;
            if c.is_ascii() && !matches!(c, '\t' | '#') {
                continue;
            }
            if is_within(&literals, line_number, column) || (line_number, column, c) == (1, 1, '\u{feff}') {
                continue;
            }
            if c == '#' && (at == 0 || matches!(chars[at - 1], ' ' | '\t')) {
                break;
            }
            let span = Span::in_line(line_number, column, column + 1);
            let before_rest = at < indent;
            problems.extend(match c {
                '\t' if broken && before_rest => Some(tab(span)),
                _ if is_odd_space(c) => {
                    edits.push(Edit { span, text: if is_wide_space(c) { " " } else { "" }.to_owned() });
                    if spaces.last().is_none_or(|known| known.span.line != line_number) {
                        spaces.push(odd_space(c, span, before_rest));
                    }
                    None
                }
                '“' | '”' | '„' | '‘' | '’' if opens_or_closes(&chars, at) => Some(quote(c, span)),
                '：' if matches!(chars.get(at + 1), None | Some(' ')) => Some(look_alike(c, ":", span)),
                '–' | '—' if at == indent && chars.get(at + 1) == Some(&' ') => Some(look_alike(c, "-", span)),
                _ => None,
            });
        }
    }
    for mut space in spaces {
        space.fixes = vec![Fix { title: Title::ReplaceSpaces, edits: edits.clone() }];
        problems.push(space);
    }
}

/// Spaces of typography, and characters without width.
fn is_odd_space(c: char) -> bool {
    is_wide_space(c) || matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

fn is_wide_space(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// Quotes around a value, not the apostrophe of `don’t`.
fn opens_or_closes(chars: &[char], at: usize) -> bool {
    let is_edge = |c: Option<&char>| c.is_none_or(|c| c.is_whitespace() || "[]{},:".contains(*c));
    let before = at.checked_sub(1).and_then(|at| chars.get(at));
    is_edge(before) || is_edge(chars.get(at + 1))
}

fn problem(severity: Severity, message: String, span: Span, title: Title, text: &str) -> Problem {
    let fixes = vec![Fix { title, edits: vec![Edit { span, text: text.to_owned() }] }];
    Problem { severity, source: Source::Character, message, path: None, span, fixes }
}

fn tab(span: Span) -> Problem {
    let message = "found a tab: YAML is indented by spaces only".to_owned();
    problem(Severity::Error, message, span, Title::TabToSpaces, "  ")
}

fn odd_space(c: char, span: Span, indents: bool) -> Problem {
    let name = match c {
        '\u{a0}' => "a non-breaking space",
        '\u{3000}' => "a full-width space",
        '\u{feff}' => "a byte order mark",
        _ if is_wide_space(c) => "a typographic space",
        _ => "an invisible character",
    };
    let severity = if indents { Severity::Error } else { Severity::Warning };
    let message = format!("found {name} (U+{:04X}): YAML takes it for a letter", u32::from(c));
    Problem { severity, source: Source::Character, message, path: None, span, fixes: Vec::new() }
}

fn quote(c: char, span: Span) -> Problem {
    let instead = if matches!(c, '‘' | '’') { "'" } else { "\"" };
    let message = format!("{c} is part of the value: YAML's quotes are \" and '");
    problem(Severity::Warning, message, span, Title::Replace(instead.to_owned()), instead)
}

fn look_alike(c: char, instead: &str, span: Span) -> Problem {
    let message = format!("found {c} (U+{:04X}), which is no {instead:?}", u32::from(c));
    problem(Severity::Error, message, span, Title::Replace(instead.to_owned()), instead)
}
