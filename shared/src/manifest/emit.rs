//! An object as `kubectl get -o yaml` prints it: sigs.k8s.io/yaml's writer, which is libyaml's with go-yaml's choice of quotes.

use std::borrow::Cow;

use libyaml_safer::{Emitter, Encoding, Event, MappingStyle, ScalarStyle, SequenceStyle};
use serde_json::Value;

use crate::api::float;

use super::scalar::{Scalar, is_base_60, is_timestamp, look};

/// YAML with sorted keys, ending in a line break.
///
/// Lists stand at the column of their key. Values deeper than the writer takes come out as JSON, which is YAML too.
pub fn emit(value: &Value) -> String {
    write(value).unwrap_or_else(|_| format!("{value}\n"))
}

fn write(value: &Value) -> Result<String, libyaml_safer::Error> {
    let mut out = Vec::new();
    let mut emitter = Emitter::new();
    emitter.set_output_string(&mut out);
    emitter.set_unicode(true);
    emitter.emit(Event::stream_start(Encoding::Utf8))?;
    emitter.emit(Event::document_start(None, &[], true))?;
    node(&mut emitter, value)?;
    emitter.emit(Event::document_end(true))?;
    emitter.emit(Event::stream_end())?;
    emitter.flush()?;
    drop(emitter);
    Ok(escape(&String::from_utf8_lossy(&out)).into_owned())
}

/// go-yaml takes characters of more than 16 bits for unprintable: `"\U0001F600"`. They only stand in double quotes.
fn escape(text: &str) -> Cow<'_, str> {
    match text.chars().any(is_wide) {
        false => Cow::Borrowed(text),
        true => text
            .chars()
            .fold(String::new(), |mut out, c| {
                if is_wide(c) {
                    out += &format!("\\U{:08X}", u32::from(c));
                } else {
                    out.push(c);
                }
                out
            })
            .into(),
    }
}

fn is_wide(c: char) -> bool {
    c > '\u{ffff}'
}

fn node(emitter: &mut Emitter<'_>, value: &Value) -> Result<(), libyaml_safer::Error> {
    match value {
        Value::Null => plain(emitter, "null"),
        Value::Bool(on) => plain(emitter, if *on { "true" } else { "false" }),
        Value::Number(number) => plain(emitter, &number_text(number)),
        Value::String(text) => string(emitter, text),
        Value::Array(items) => {
            let style = if items.is_empty() { SequenceStyle::Flow } else { SequenceStyle::Block };
            emitter.emit(Event::sequence_start(None, None, true, style))?;
            items.iter().try_for_each(|item| node(emitter, item))?;
            emitter.emit(Event::sequence_end())
        }
        Value::Object(map) => {
            let style = if map.is_empty() { MappingStyle::Flow } else { MappingStyle::Block };
            emitter.emit(Event::mapping_start(None, None, true, style))?;
            let mut keys: Vec<&String> = map.keys().collect();
            sort_naturally(&mut keys);
            for key in keys {
                string(emitter, key)?;
                node(emitter, &map[key])?;
            }
            emitter.emit(Event::mapping_end())
        }
    }
}

fn plain(emitter: &mut Emitter<'_>, text: &str) -> Result<(), libyaml_safer::Error> {
    emitter.emit(Event::scalar(None, None, text, true, true, ScalarStyle::Plain))
}

/// Source: go-yaml's `encoder.stringv`.
fn string(emitter: &mut Emitter<'_>, text: &str) -> Result<(), libyaml_safer::Error> {
    let looks_like_text = matches!(look(text), Scalar::Text(_)) && !is_base_60(text) && !is_timestamp(text);
    let style = match (text.contains('\n'), looks_like_text) {
        _ if text.chars().any(is_wide) => ScalarStyle::DoubleQuoted,
        (true, _) => ScalarStyle::Literal,
        (false, true) => ScalarStyle::Plain,
        (false, false) => ScalarStyle::DoubleQuoted,
    };
    emitter.emit(Event::scalar(None, None, text, true, true, style))
}

/// Go's `strconv.FormatFloat(f, 'g', -1, 64)` for what is no integer.
fn number_text(number: &serde_json::Number) -> String {
    let Some(float) = number.as_f64().filter(|_| !number.is_i64() && !number.is_u64()) else {
        return number.to_string();
    };
    float::format(float)
}

/// go-yaml's order of keys: letters after all else, numbers within by their value (`a2` before `a10`).
///
/// It is no total order (`10`, `1a`, `2` go round in a circle), so the sort must be one that does not mind: insertion,
/// as Go's own for short lists. Source: go-yaml v2's sorter.go (keyList.Less).
fn sort_naturally(keys: &mut [&String]) {
    for next in 1..keys.len() {
        let mut at = next;
        while at > 0 && comes_first(keys[at], keys[at - 1]) {
            keys.swap(at, at - 1);
            at -= 1;
        }
    }
}

fn comes_first(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = (0..a.len().min(b.len())).find(|at| a[*at] != b[*at]) else { return a.len() < b.len() };
    match (a[at].is_alphabetic(), b[at].is_alphabetic()) {
        (true, true) => return a[at] < b[at],
        (false, false) => {}
        (_, b_is_letter) => return b_is_letter,
    }
    // A zero after other digits belongs to their number.
    let follows = (a[at] == '0' || b[at] == '0')
        && a[..at].iter().rev().take_while(|c| c.is_ascii_digit()).any(|digit| *digit != '0');
    let (a_number, a_end) = number(&a[at..], follows);
    let (b_number, b_end) = number(&b[at..], follows);
    (a_number, a_end, a[at]) < (b_number, b_end, b[at])
}

/// The number at the start of `text`, and its length.
fn number(text: &[char], follows: bool) -> (u128, usize) {
    let digits = text.iter().map_while(|c| c.to_digit(10));
    digits.fold((u128::from(follows), 0), |(value, length), digit| {
        (value.saturating_mul(10).saturating_add(u128::from(digit)), length + 1)
    })
}
