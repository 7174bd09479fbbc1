//! The functions of a template: Go's own, and kubectl's `exists` and `base64decode`.

use serde_json::Value;

use super::super::columns::go_format;

/// Their names.
pub(super) const FUNCTIONS: &[&str] = &[
    "and",
    "base64decode",
    "eq",
    "exists",
    "ge",
    "gt",
    "index",
    "le",
    "len",
    "lt",
    "ne",
    "not",
    "or",
    "print",
    "printf",
    "println",
];

/// Whether a value counts as true: not empty, not zero.
pub(super) fn truth(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(on) => *on,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

/// Calls a function. The error is Go's.
pub(super) fn call(name: &str, arguments: &[Value]) -> Result<Value, String> {
    let first = arguments.first().cloned().unwrap_or_default();
    let second = arguments.get(1).cloned().unwrap_or_default();
    let order = || match (first.as_f64(), second.as_f64()) {
        (Some(a), Some(b)) => a.partial_cmp(&b),
        _ => first.as_str().and_then(|a| second.as_str().map(|b| a.cmp(b))),
    };
    Ok(match name {
        "not" => (!truth(&first)).into(),
        "and" => arguments.iter().find(|v| !truth(v)).or(arguments.last()).cloned().unwrap_or_default(),
        "or" => arguments.iter().find(|v| truth(v)).or(arguments.last()).cloned().unwrap_or_default(),
        "eq" => arguments.iter().skip(1).any(|v| *v == first).into(),
        "ne" => (first != second).into(),
        "lt" => order().is_some_and(std::cmp::Ordering::is_lt).into(),
        "le" => order().is_some_and(std::cmp::Ordering::is_le).into(),
        "gt" => order().is_some_and(std::cmp::Ordering::is_gt).into(),
        "ge" => order().is_some_and(std::cmp::Ordering::is_ge).into(),
        "len" => match &first {
            Value::Array(list) => list.len(),
            Value::Object(map) => map.len(),
            Value::String(text) => text.len(),
            _ => return Err("len of nil pointer".to_owned()),
        }
        .into(),
        "index" => arguments[1..].iter().fold(first, |value, key| match key {
            Value::String(key) => value.get(key).cloned().unwrap_or_default(),
            key => key.as_u64().and_then(|at| value.get(at as usize)).cloned().unwrap_or_default(),
        }),
        "exists" => {
            let found = arguments[1..].iter().try_fold(&first, |value, key| key.as_str().and_then(|k| value.get(k)));
            found.is_some().into()
        }
        "print" => arguments.iter().map(go_format).collect::<String>().into(),
        "println" => (arguments.iter().map(go_format).collect::<Vec<_>>().join(" ") + "\n").into(),
        "printf" => printf(first.as_str().unwrap_or_default(), &arguments[1..]).into(),
        "base64decode" => {
            use base64::Engine;
            let bytes = base64::engine::general_purpose::STANDARD.decode(first.as_str().unwrap_or_default());
            String::from_utf8_lossy(&bytes.map_err(|e| e.to_string())?).into_owned().into()
        }
        other => return Err(format!("function {other:?} not defined")),
    })
}

fn printf(format: &str, arguments: &[Value]) -> String {
    let mut out = String::new();
    let mut values = arguments.iter();
    let mut characters = format.chars();
    while let Some(c) = characters.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = String::new();
        for c in characters.by_ref() {
            spec.push(c);
            if c.is_alphabetic() || c == '%' {
                break;
            }
        }
        if spec == "%" {
            out.push('%');
            continue;
        }
        let text = values.next().map(go_format).unwrap_or_default();
        let text = if spec.ends_with('q') { format!("{text:?}") } else { text };
        let width = spec[..spec.len() - 1].trim_start_matches('-').parse().unwrap_or(0);
        out.push_str(&if spec.starts_with('-') { format!("{text:<width$}") } else { format!("{text:>width$}") });
    }
    out
}
