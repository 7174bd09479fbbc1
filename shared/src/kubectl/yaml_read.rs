//! YAML as kubectl reads it: version 1.1, where `yes` is true and `0644` is 420.
//!
//! Syntax is judged by libyaml (for go-yaml's words); what a scalar means is decided here, as
//! `sigs.k8s.io/yaml/goyaml.v2` does.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Number, Value};

/// Documents are no deeper than this, and aliases make them no larger.
const MAX_DEPTH: usize = 256;
const MAX_NODES: usize = 1_000_000;

/// The documents of a file, empty ones left out. The error is go-yaml's, behind `yaml: `.
pub fn documents(text: &str) -> Result<Vec<Value>, String> {
    let mut found = Vec::new();
    for part in split(text) {
        check(&part)?;
        // libyaml takes a tab behind a colon or dash for a blank; the other parser does not.
        let value =
            compose(&part).or_else(|why| compose(&part.replace(":\t", ": ").replace("-\t", "- ")).map_err(|_| why))?;
        if !value.is_null() {
            found.push(value);
        }
    }
    Ok(found)
}

/// kubectl cuts a file at lines that begin with `---`, before it looks at any YAML; what stands behind is dropped.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for line in text.split_inclusive('\n') {
        match parts.last_mut() {
            Some(part) if !line.starts_with("---") => part.push_str(line),
            _ => parts.push(String::new()),
        }
    }
    parts
}

/// What libyaml says of the syntax.
fn check(text: &str) -> Result<(), String> {
    let read: Result<serde_yaml::Value, _> = serde_yaml::from_str(text);
    match read {
        Err(error) if error.location().is_some() && !error.to_string().contains("duplicate entry") => {
            Err(refusal(&error))
        }
        _ => Ok(()),
    }
}

/// libyaml's words in go-yaml's order: `line 3: mapping values are not allowed in this context`.
fn refusal(error: &serde_yaml::Error) -> String {
    let text = error.to_string();
    let Some((message, place)) = text.split_once(" at line ") else { return text };
    if message == "unknown anchor" {
        return message.to_owned();
    }
    let line: usize = place.split([' ', ',']).next().and_then(|n| n.parse().ok()).unwrap_or(1);
    // go-yaml counts a parser's lines from 0, and a scanner's from 1.
    let line = if message.starts_with("did not find expected") { line.saturating_sub(1) } else { line };
    format!("line {line}: {message}")
}

/// A collection that is still open.
enum Open {
    List(usize, Vec<Value>),
    Map(usize, Map<String, Value>, Option<String>, Vec<Value>),
}

fn compose(text: &str) -> Result<Value, String> {
    let (mut open, mut anchors, mut nodes) = (Vec::new(), HashMap::new(), 0);
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|e| e.to_string())?;
        let (anchor, value) = match event {
            Event::Alias(id) => (0, anchors.get(&id).cloned().unwrap_or(Value::Null)),
            Event::Scalar(text, style, id, tag) => {
                let is_text = style != ScalarStyle::Plain || tag.is_some_and(|tag| tag.suffix == "str");
                (id, if is_text { text.into_owned().into() } else { resolve(&text) })
            }
            Event::SequenceStart(id, _) => {
                open.push(Open::List(id, Vec::new()));
                continue;
            }
            Event::MappingStart(id, _) => {
                open.push(Open::Map(id, Map::new(), None, Vec::new()));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(id, list)) => (id, list.into()),
                Some(Open::Map(id, map, _, merged)) => (id, with_merged(map, merged).into()),
                None => continue,
            },
            _ => continue,
        };
        nodes += size(&value);
        if open.len() > MAX_DEPTH || nodes > MAX_NODES {
            return Err("document contains excessive aliasing".to_owned());
        }
        if anchor > 0 {
            anchors.insert(anchor, value.clone());
        }
        match open.last_mut() {
            None => return Ok(value),
            Some(Open::List(_, list)) => list.push(value),
            Some(Open::Map(_, map, key, merged)) => match key.take() {
                None => *key = Some(key_of(&value)),
                Some(key) if key == "<<" => merged.push(value),
                Some(key) => {
                    map.insert(key, value);
                }
            },
        }
    }
    Ok(Value::Null)
}

fn size(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(size).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

/// JSON's keys are texts.
fn key_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// `<<: *anchor`: what the map does not say itself.
fn with_merged(mut map: Map<String, Value>, merged: Vec<Value>) -> Map<String, Value> {
    let sources = merged.into_iter().flat_map(|value| match value {
        Value::Array(list) => list,
        other => vec![other],
    });
    for source in sources {
        for (key, value) in source.as_object().into_iter().flatten() {
            map.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    map
}

/// What a plain scalar means.
fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return true.into(),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => return false.into(),
        _ => {}
    }
    if !super::yaml_emit::is_number(text) {
        return text.into();
    }
    let plain = text.replace('_', "");
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let radix = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => Some((16, &digits[2..])),
        [b'0', b'b' | b'B', ..] => Some((2, &digits[2..])),
        [b'0', b'o' | b'O', ..] => Some((8, &digits[2..])),
        [b'0', _, ..] => Some((8, &digits[1..])),
        _ => Some((10, digits)),
    };
    if let Some(number) = radix.and_then(|(radix, digits)| i64::from_str_radix(digits, radix).ok()) {
        return (sign * number).into();
    }
    if let (1, Ok(number)) = (sign, digits.parse::<u64>()) {
        return number.into();
    }
    match plain.parse::<f64>() {
        // JSON writes a whole number without a fraction.
        Ok(number) if number.fract() == 0.0 && number.abs() < 1e15 => (number as i64).into(),
        Ok(number) => Number::from_f64(number).map_or_else(|| text.into(), Value::Number),
        Err(_) => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_of_1_1() {
        for (text, expected) in [
            ("yes", json!(true)),
            ("n", json!(false)),
            ("'yes'", json!("yes")),
            ("!!str yes", json!("yes")),
            ("0644", json!(420)),
            ("0o17", json!(15)),
            ("0x1F", json!(31)),
            ("-5", json!(-5)),
            ("1_000", json!(1000)),
            ("08", json!(8)),
            ("1.5", json!(1.5)),
            ("1e3", json!(1000)),
            ("12:30", json!("12:30")),
            ("1.2.3", json!("1.2.3")),
            ("500m", json!("500m")),
            ("2026-11-24", json!("2026-11-24")),
            ("~", Value::Null),
        ] {
            assert_eq!(documents(&format!("a: {text}\n")), Ok(vec![json!({"a": expected})]), "{text}");
        }
    }

    #[test]
    fn documents_and_refusals() {
        let text = "# c\na: &x {b: 1}\nc: {<<: *x, d: 2}\n--- # again\n---\n[1, yes]\n";
        let expected = vec![json!({"a": {"b": 1}, "c": {"b": 1, "d": 2}}), json!([1, true])];
        assert_eq!(documents(text), Ok(expected));
        assert_eq!(documents("yes: 1\n1: 2\n"), Ok(vec![json!({"true": 1, "1": 2})]));
        assert_eq!(documents(""), Ok(vec![]));
        assert_eq!(
            documents("a: b\n  c: d\n"),
            Err("line 2: mapping values are not allowed in this context".to_owned())
        );
        let bomb = "a: &a [1,1,1,1,1,1,1,1,1,1]\n".to_owned()
            + &('b'..='j')
                .map(|c| {
                    let before = char::from(c as u8 - 1);
                    format!(
                        "{c}: &{c} [*{before},*{before},*{before},*{before},*{before},*{before},*{before},*{before}]\n"
                    )
                })
                .collect::<String>();
        assert!(documents(&bomb).is_err());
    }
}
