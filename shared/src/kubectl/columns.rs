//! `-o custom-columns=NAME:.path,…`.

use serde_json::Value;

use super::{Error, jsonpath};
use crate::printers::tabwriter;

/// Headers and the paths below them.
#[derive(Debug)]
pub struct Columns(Vec<(String, String)>);

impl Columns {
    /// Reads `NAME:.metadata.name,…`.
    pub fn parse(spec: &str) -> Result<Self, Error> {
        let column = |part: &str| match part.split_once(':') {
            Some((header, path)) => Ok((header.to_owned(), path_of(path))),
            None => {
                Err(Error::text(format!("unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>")))
            }
        };
        split(spec).into_iter().map(column).collect::<Result<_, _>>().map(Self)
    }

    /// Reads a file of two lines: headers and paths.
    pub fn from_file(text: &str) -> Result<Self, Error> {
        let mut lines = text.lines();
        let words = |line: Option<&str>| line.unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        let (headers, paths): (Vec<String>, Vec<String>) = (words(lines.next()), words(lines.next()));
        if headers.is_empty() || headers.len() != paths.len() {
            return Err(Error::text(format!(
                "number of headers ({}) and field specifications ({}) don't match",
                headers.len(),
                paths.len()
            )));
        }
        Ok(Self(headers.into_iter().zip(paths.iter().map(|p| path_of(p))).collect()))
    }

    /// The rows of an object or a list.
    pub fn print(&self, value: &Value, headers: bool) -> String {
        let mut text = String::new();
        let mut line = |cells: Vec<String>| text.extend([cells.join("\t"), "\n".to_owned()]);
        if headers {
            line(self.0.iter().map(|(header, _)| header.clone()).collect());
        }
        let single = std::slice::from_ref(value);
        for item in value.get("items").and_then(Value::as_array).map_or(single, Vec::as_slice) {
            line(self.0.iter().map(|(_, path)| cell(path, item)).collect());
        }
        tabwriter::align(&text, 6, 3)
    }
}

/// Commas outside of brackets separate columns.
fn split(spec: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, c) in spec.char_indices() {
        match c {
            '[' | '(' => depth += 1,
            ']' | ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&spec[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&spec[from..]);
    parts
}

/// kubectl forgives a missing dot and missing braces (`RelaxedJSONPathExpression`).
fn path_of(path: &str) -> String {
    let inner = path.trim_start_matches('{').trim_end_matches('}');
    if inner.starts_with(['.', '$', '[']) { inner.to_owned() } else { format!(".{inner}") }
}

fn cell(path: &str, item: &Value) -> String {
    let found = jsonpath::find(path, item).unwrap_or_default();
    if found.is_empty() {
        return "<none>".to_owned();
    }
    found.into_iter().map(go_format).collect::<Vec<_>>().join(",")
}

/// A value as Go's `%v` prints it: `[a b]`, `map[k:v]`.
pub fn go_format(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => format!("[{}]", list.iter().map(go_format).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let fields: Vec<_> = map.iter().map(|(key, value)| format!("{key}:{}", go_format(value))).collect();
            format!("map[{}]", fields.join(" "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows() {
        let list = json!({"items": [
            {"metadata": {"name": "a", "labels": {"x": "y"}}, "ports": [1, 2]},
            {"metadata": {"name": "longer"}},
        ]});
        let columns = Columns::parse("NAME:.metadata.name,LABELS:metadata.labels,P:.ports[*]").unwrap();
        let expected = "NAME     LABELS     P\na        map[x:y]   1,2\nlonger   <none>     <none>\n";
        assert_eq!(columns.print(&list, true), expected);
        assert!(Columns::parse("NAME").is_err());
    }
}
