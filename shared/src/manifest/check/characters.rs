//! Characters that look like others: what text copied from a page carries.

use super::super::problem::{Edit, Fix, Problem, Severity, Source, Title};
use super::super::Span;

/// Every such character, at its place, with what to put there.
pub fn problems(text: &str) -> Vec<Problem> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut leading = true;
        for (column, c) in line.chars().enumerate() {
            if let Some((severity, message, title, by)) = judge(c, leading) {
                let span = Span::in_line(number + 1, column + 1, column + 2);
                let fixes = vec![Fix { title, edits: vec![Edit { span, text: by.to_owned() }] }];
                found.push(Problem { severity, source: Source::Character, message, path: None, span, fixes });
            }
            leading &= c == ' ' || c == '\t' || c == '\u{a0}';
        }
    }
    found
}

fn judge(c: char, leading: bool) -> Option<(Severity, String, Title, &'static str)> {
    let code = u32::from(c);
    Some(match c {
        '\t' if leading => {
            (Severity::Error, "a tab: YAML is indented by spaces only".to_owned(), Title::TabToSpaces, "  ")
        }
        '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{3000}' => {
            let message = format!("U+{code:04X}, a space that is none, as text copied from a page has: put a plain space");
            (Severity::Error, message, Title::Replace(" ".to_owned()), " ")
        }
        '\u{200b}' | '\u{feff}' | '\u{2060}' => {
            let message = format!("U+{code:04X}, a character that cannot be seen: remove it");
            (Severity::Error, message, Title::Replace(String::new()), "")
        }
        '“' | '”' => (Severity::Warning, format!("{c} is no YAML quote"), Title::Replace("\"".to_owned()), "\""),
        '‘' | '’' => (Severity::Warning, format!("{c} is no YAML quote"), Title::Replace("'".to_owned()), "'"),
        _ => return None,
    })
}
