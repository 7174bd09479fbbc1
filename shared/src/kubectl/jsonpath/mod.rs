//! kubectl's JSONPath templates (`k8s.io/client-go/util/jsonpath`): `{.items[*].metadata.name}`, filters, ranges,
//! quoted text.

mod parse;

use serde_json::Value;

use self::parse::{Node, Operand, Step, parse, steps};

/// Fills a template in. The error is kubectl's sentence.
pub fn evaluate(template: &str, data: &Value) -> Result<String, String> {
    let nodes = parse(template)?;
    let mut out = String::new();
    render(&nodes, data, data, &mut out)?;
    Ok(out)
}

/// Whether a template can be read; the error says why not.
pub fn check(template: &str) -> Result<(), String> {
    parse(template).map(|_| ())
}

/// The values that one path leads to: `.metadata.name` or `{.metadata.name}`.
pub fn find<'a>(path: &str, data: &'a Value) -> Result<Vec<&'a Value>, String> {
    let path = path.trim();
    let inner = path.strip_prefix('{').and_then(|p| p.strip_suffix('}')).unwrap_or(path);
    walk(&steps(inner)?, vec![data], data)
}

fn walk<'a>(steps: &[Step], mut found: Vec<&'a Value>, root: &'a Value) -> Result<Vec<&'a Value>, String> {
    for step in steps {
        let mut next = Vec::new();
        for value in &found {
            one(step, value, root, &mut next)?;
        }
        found = next;
    }
    Ok(found)
}

fn one<'a>(step: &Step, value: &'a Value, root: &'a Value, out: &mut Vec<&'a Value>) -> Result<(), String> {
    match (step, value) {
        (Step::Root, _) => out.push(root),
        (Step::Field(name), Value::Object(map)) => out.extend(map.get(name)),
        (Step::Fields(names), Value::Object(map)) => out.extend(names.iter().filter_map(|n| map.get(n))),
        (Step::Wildcard, Value::Object(map)) => out.extend(map.values()),
        (Step::Wildcard, Value::Array(list)) => out.extend(list),
        (Step::Recursive, value) => descend(value, out),
        (Step::Union(at), Value::Array(list)) => {
            for at in at {
                let index = if *at < 0 { *at + list.len() as i64 } else { *at };
                match usize::try_from(index).ok().and_then(|i| list.get(i)) {
                    Some(found) => out.push(found),
                    None => return Err(format!("array index out of bounds: index {at}, length {}", list.len())),
                }
            }
        }
        (Step::Slice(from, to, step), Value::Array(list)) => {
            let length = list.len() as i64;
            let bound = |b: i64| (if b < 0 { b + length } else { b }).clamp(0, length) as usize;
            let (from, to) = (bound(from.unwrap_or(0)), bound(to.unwrap_or(length)));
            if from < to {
                out.extend(list[from..to].iter().step_by(usize::try_from(*step).unwrap_or(1).max(1)));
            }
        }
        (Step::Filter(path, test), Value::Array(list)) => {
            for item in list {
                if fits(path, test.as_ref(), item, root)? {
                    out.push(item);
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn descend<'a>(value: &'a Value, out: &mut Vec<&'a Value>) {
    out.push(value);
    match value {
        Value::Object(map) => map.values().for_each(|v| descend(v, out)),
        Value::Array(list) => list.iter().for_each(|v| descend(v, out)),
        _ => {}
    }
}

fn fits(path: &[Step], test: Option<&(String, Operand)>, item: &Value, root: &Value) -> Result<bool, String> {
    let left = walk(path, vec![item], root)?;
    let Some(left) = left.first() else { return Ok(false) };
    let Some((operator, operand)) = test else { return Ok(true) };
    let right = match operand {
        Operand::Literal(value) => Some(value.clone()),
        Operand::Path(path) => walk(path, vec![item], root)?.first().map(|v| (*v).clone()),
    };
    let Some(right) = right else { return Ok(false) };
    let order = match (left.as_f64(), right.as_f64()) {
        (Some(a), Some(b)) => a.partial_cmp(&b),
        _ => Some(text_of(left).cmp(&text_of(&right))),
    };
    Ok(order.is_some_and(|order| match operator.as_str() {
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    }))
}

fn render(nodes: &[Node], data: &Value, root: &Value, out: &mut String) -> Result<(), String> {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Path(path) => {
                let texts: Vec<String> = walk(path, vec![data], root)?.into_iter().map(text_of).collect();
                out.push_str(&texts.join(" "));
            }
            Node::Range(path, body) => {
                for item in walk(path, vec![data], root)? {
                    // A range over a list itself goes over its items.
                    match item {
                        Value::Array(list) => list.iter().try_for_each(|item| render(body, item, root, out))?,
                        item => render(body, item, root, out)?,
                    }
                }
            }
        }
    }
    Ok(())
}

/// A value as kubectl prints it: texts bare, the rest as JSON.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => super::patching::go_json(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn templates() {
        let data = json!({
            "kind": "List",
            "items": [
                {"metadata": {"name": "a", "labels": {"x.y/z": "1"}}, "n": 1, "ports": [80, 81]},
                {"metadata": {"name": "b"}, "n": 2, "ports": [90]},
            ],
        });
        for (template, expected) in [
            ("{.kind}", "List"),
            ("{$.kind} x", "List x"),
            ("{.items[*].metadata.name}", "a b"),
            ("{.items[0].metadata.name}", "a"),
            ("{.items[-1].metadata.name}", "b"),
            ("{.items[0:1].n}", "1"),
            ("{.items[0].metadata.labels.x\\.y/z}", "1"),
            ("{.items[0].metadata.labels['x.y/z']}", "1"),
            ("{range .items[*]}{.metadata.name}{'\\t'}{.n}{\"\\n\"}{end}", "a\t1\nb\t2\n"),
            ("{.items[?(@.n>1)].metadata.name}", "b"),
            ("{.items[?(@.metadata.name==\"a\")].n}", "1"),
            ("{.items[?(@.metadata.labels)].n}", "1"),
            ("{..name}", "a b"),
            ("{.items[0].ports}", "[80,81]"),
            ("{.nope.x}", ""),
            ("plain", "plain"),
        ] {
            assert_eq!(evaluate(template, &data).as_deref(), Ok(expected), "{template}");
        }
        for (template, error) in [
            ("{.items[9].n}", "array index out of bounds: index 9, length 2"),
            ("{.kind", "unclosed action"),
            ("{.items[0", "unterminated array"),
            ("{range .items[*]}x", "unclosed range"),
            ("{.items[0]['n',]}", "unterminated quoted string"),
            ("{.items[0]['n',é]}", "unterminated quoted string"),
        ] {
            assert_eq!(evaluate(template, &data), Err(error.to_owned()), "{template}");
        }
    }
}
