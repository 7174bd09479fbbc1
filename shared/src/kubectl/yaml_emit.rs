//! YAML as kubectl prints it: go-yaml's choice of styles, sequences not indented, long lines folded.
//!
//! The rules are those of `sigs.k8s.io/yaml/goyaml.v2`: the encoder's (what a plain text would be read as) and the
//! emitter's (what a style can hold).

use serde_json::Value;

/// An object as YAML.
pub fn emit(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => block(value, 0, &mut out),
        Value::Array(list) if !list.is_empty() => block(value, 0, &mut out),
        other => {
            scalar(other, 0, &mut out);
            out.push('\n');
        }
    }
    out
}

/// A map or list that is not empty, each entry on a line of its own.
fn block(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(map) => {
            for (at, (key, value)) in map.iter().enumerate() {
                if at > 0 {
                    pad(indent, out);
                }
                out.push_str(&inline(key));
                out.push(':');
                entry(value, indent, out);
            }
        }
        Value::Array(list) => {
            for (at, value) in list.iter().enumerate() {
                if at > 0 {
                    pad(indent, out);
                }
                out.push('-');
                match value {
                    Value::Object(map) if !map.is_empty() => {
                        out.push(' ');
                        block(value, indent + 2, out);
                    }
                    Value::Array(inner) if !inner.is_empty() => {
                        out.push(' ');
                        block(value, indent + 2, out);
                    }
                    other => {
                        out.push(' ');
                        scalar(other, indent + 2, out);
                        out.push('\n');
                    }
                }
            }
        }
        _ => {}
    }
}

/// What stands behind a key's colon.
fn entry(value: &Value, indent: usize, out: &mut String) {
    let inner = match value {
        Value::Object(map) if !map.is_empty() => indent + 2,
        // A list stands as deep as its key.
        Value::Array(list) if !list.is_empty() => indent,
        other => {
            out.push(' ');
            scalar(other, indent + 2, out);
            out.push('\n');
            return;
        }
    };
    out.push('\n');
    pad(inner, out);
    block(value, inner, out);
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn scalar(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(_) => out.push_str("{}"),
        Value::Array(_) => out.push_str("[]"),
        Value::String(text) if text.contains('\n') && Shape::of(text).block => literal(text, indent, out),
        Value::String(text) => {
            let column = out.rsplit('\n').next().unwrap_or_default().chars().count();
            out.push_str(&folded(&inline(text), column, indent));
        }
        other => out.push_str(&other.to_string()),
    }
}

/// Breaks a line at a single blank behind the 80th column, as libyaml does: the reader makes a blank of the break.
fn folded(text: &str, mut column: usize, indent: usize) -> String {
    if column + text.len() <= WIDTH {
        return text.to_owned();
    }
    let characters: Vec<char> = text.chars().collect();
    let quoted = text.starts_with(['"', '\'']);
    // A quoted text is not broken at its first or last blank.
    let inside = |at: usize| !quoted || (at > 1 && at + 2 < characters.len());
    let mut out = String::with_capacity(text.len() + 16);
    for (at, c) in characters.iter().enumerate() {
        let blank = |at: Option<usize>| at.and_then(|at| characters.get(at)) == Some(&' ');
        let after = blank(Some(at + 1));
        let escapes = text.starts_with('"') && after;
        if *c == ' ' && column > WIDTH && !blank(at.checked_sub(1)) && (!after || escapes) && inside(at) {
            out.push('\n');
            pad(indent, &mut out);
            column = indent;
            if escapes {
                out.push('\\');
                column += 1;
            }
            continue;
        }
        out.push(*c);
        column += 1;
    }
    out
}

const WIDTH: usize = 80;

/// A text on one line: plain where it reads as the same text, else quoted.
fn inline(text: &str) -> String {
    let shape = Shape::of(text);
    if reads_as_text(text) && !text.contains('\n') {
        if shape.plain {
            return text.to_owned();
        }
        if shape.single {
            return format!("'{}'", text.replace('\'', "''"));
        }
    }
    double(text)
}

fn literal(text: &str, indent: usize, out: &mut String) {
    out.push('|');
    // The reader cannot guess the indentation behind a first line that starts with a blank or is empty.
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    let body = text.strip_suffix('\n');
    match body {
        None => out.push('-'),
        Some(body) if body.is_empty() || body.ends_with('\n') => out.push('+'),
        Some(_) => {}
    }
    for line in body.unwrap_or(text).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            pad(indent, out);
            out.push_str(line);
        }
    }
}

fn double(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\u{1b}' => out.push_str("\\e"),
            '\u{85}' => out.push_str("\\N"),
            '\u{a0}' => out.push_str("\\_"),
            '\u{2028}' => out.push_str("\\L"),
            '\u{2029}' => out.push_str("\\P"),
            c if printable(c) => out.push(c),
            c if (c as u32) < 0x100 => out.push_str(&format!("\\x{:02X}", c as u32)),
            c if (c as u32) < 0x1_0000 => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push_str(&format!("\\U{:08X}", c as u32)),
        }
    }
    out.push('"');
    out
}

/// What libyaml's emitter prints as it is.
fn printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && !matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}')
}

/// Which styles can hold a text.
struct Shape {
    plain: bool,
    single: bool,
    block: bool,
}

impl Shape {
    /// libyaml's `yaml_emitter_analyze_scalar`, for block context.
    fn of(text: &str) -> Self {
        let (mut indicators, mut special, mut breaks) = (false, false, false);
        let (mut break_space, mut space_break) = (false, false);
        indicators |= text.starts_with("---") || text.starts_with("...");
        let characters: Vec<char> = text.chars().collect();
        let blank = |at: usize| characters.get(at).is_none_or(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
        for (at, c) in characters.iter().enumerate() {
            let first = at == 0;
            let before = at.checked_sub(1).map(|at| characters[at]);
            match c {
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`'
                    if first =>
                {
                    indicators = true;
                }
                '?' | ':' | '-' if first => indicators |= blank(at + 1),
                ':' => indicators |= blank(at + 1),
                '#' => indicators |= before.is_some_and(|c| matches!(c, ' ' | '\t' | '\n')),
                _ => {}
            }
            special |= !printable(*c);
            match (c, before) {
                (' ', Some('\n')) => break_space = true,
                ('\n', Some(' ')) => space_break = true,
                _ => {}
            }
            breaks |= *c == '\n';
        }
        let (leading, trailing) = (text.starts_with([' ', '\n']), text.ends_with([' ', '\n']));
        let broken = space_break || special;
        Self {
            plain: !(indicators || leading || trailing || breaks || break_space || broken || text.is_empty()),
            single: !(break_space || broken),
            block: !(text.ends_with(' ') || broken || text.is_empty()),
        }
    }
}

/// Whether a plain scalar of this text is read as the text, and as no number, boolean, null or time.
fn reads_as_text(text: &str) -> bool {
    const WORDS: [&str; 39] = [
        "", "~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE", "y", "Y", "yes", "Yes",
        "YES", "n", "N", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF", ".nan", ".NaN", ".NAN", ".inf",
        ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF",
    ];
    !WORDS.contains(&text) && !is_number(text) && !is_sexagesimal(text) && !is_time(text)
}

pub(super) fn is_number(text: &str) -> bool {
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return false;
    }
    let plain = text.replace('_', "");
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let radix = |prefix: [&str; 2], digits: fn(char) -> bool| {
        let rest = prefix.iter().find_map(|p| unsigned.strip_prefix(p));
        rest.is_some_and(|r| !r.is_empty() && r.chars().all(digits))
    };
    if radix(["0x", "0X"], |c| c.is_ascii_hexdigit())
        || radix(["0b", "0B"], |c| matches!(c, '0' | '1'))
        || radix(["0o", "0O"], |c| matches!(c, '0'..='7'))
    {
        return true;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let digits = |t: &str| t.chars().all(|c| c.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|e| !e.is_empty() && digits(e))
}

/// `1:30`: YAML 1.1 counts in sixties.
fn is_sexagesimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = unsigned.split(':');
    let first = parts.next().unwrap_or_default();
    let digits = |t: &str| t.chars().all(|c| c.is_ascii_digit() || c == '_');
    let rest: Vec<&str> = parts.collect();
    let Some((last, middle)) = rest.split_last() else { return false };
    let sixty = |t: &str| {
        matches!(t.len(), 1 | 2) && t.chars().all(|c| c.is_ascii_digit()) && t.parse::<u8>().is_ok_and(|n| n < 60)
    };
    let last = last.split_once('.').map_or(*last, |(whole, fraction)| if digits(fraction) { whole } else { "x" });
    first.starts_with(|c: char| c.is_ascii_digit()) && digits(first) && middle.iter().all(|t| sixty(t)) && sixty(last)
}

/// `2026-11-24`, with or without a time behind it.
fn is_time(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(3, '-').collect();
    let [year, month, rest] = parts.as_slice() else { return false };
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if year.len() != 4 || !digits(year) || !matches!(month.len(), 1 | 2) || !digits(month) {
        return false;
    }
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (day, clock) = rest.split_at(end);
    if !matches!(day.len(), 1 | 2) {
        return false;
    }
    let Some(clock) = clock.strip_prefix(['T', 't', ' ']) else { return clock.is_empty() };
    let zone = clock.find(['Z', '+', '-']).map_or("", |at| &clock[at..]);
    let time = &clock[..clock.len() - zone.len()];
    let fields: Vec<&str> = time.split(':').collect();
    let clock_fits = fields.len() == 3
        && fields[..2].iter().all(|f| matches!(f.len(), 1 | 2) && digits(f))
        && fields[2].split('.').all(|f| !f.is_empty() && digits(f));
    clock_fits && (zone == "Z" || zone.len() == 6 || (zone.is_empty() && rest.contains(' ')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts() {
        for (text, printed) in [
            ("", "\"\""),
            ("plain text", "plain text"),
            ("y", "\"y\""),
            ("true", "\"true\""),
            ("0644", "\"0644\""),
            ("1e3", "\"1e3\""),
            ("0x1f", "\"0x1f\""),
            ("1_000", "\"1_000\""),
            ("1.2.3", "1.2.3"),
            ("10.42.0.1", "10.42.0.1"),
            ("12:30", "\"12:30\""),
            ("12:30:99", "12:30:99"),
            ("2026-11-24", "\"2026-11-24\""),
            ("2026-11-24T08:00:00Z", "\"2026-11-24T08:00:00Z\""),
            ("-c", "-c"),
            ("- c", "'- c'"),
            ("a: b", "'a: b'"),
            ("a:b", "a:b"),
            ("a #b", "'a #b'"),
            ("*", "'*'"),
            ("it's", "it's"),
            ("'quoted'", "'''quoted'''"),
            (" lead", "' lead'"),
            ("trail ", "'trail '"),
            ("a\tb", "\"a\\tb\""),
            ("한글", "한글"),
            ("😀", "\"\\U0001F600\""),
            ("---", "'---'"),
            ("~", "\"~\""),
            ("500m", "500m"),
            ("{\"a\":1}", "'{\"a\":1}'"),
        ] {
            assert_eq!(emit(&json!(text)), format!("{printed}\n"), "{text:?}");
        }
    }

    #[test]
    fn blocks() {
        let value = json!({
            "args": ["-c", "echo a\necho b\n"],
            "empty": {}, "none": [], "null": null, "n": 1,
            "list": [{"a": 1, "b": {"c": "d"}}, [1, [2]], "x"],
            "chomp": "a\nb", "keep": "a\n\n", "lead": " a\nb\n", "tail": "a \nb\n",
        });
        let expected = "args:\n- -c\n- |\n  echo a\n  echo b\nchomp: |-\n  a\n  b\nempty: {}\nkeep: |+\n  a\n\n\
            lead: |2\n   a\n  b\nlist:\n- a: 1\n  b:\n    c: d\n- - 1\n  - - 2\n- x\n\"n\": 1\nnone: []\n\"null\": null\n\
            tail: \"a \\nb\\n\"\n";
        assert_eq!(emit(&value), expected);
    }
}
