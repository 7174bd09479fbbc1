//! kubectl's JSONPath templates (`k8s.io/client-go/util/jsonpath`): `{.items[*].metadata.name}`, filters, ranges,
//! quoted text.

use serde_json::Value;

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

enum Node {
    Text(String),
    Path(Vec<Step>),
    Range(Vec<Step>, Vec<Node>),
}

enum Step {
    Root,
    Field(String),
    Wildcard,
    Recursive,
    Slice(Option<i64>, Option<i64>, i64),
    Union(Vec<i64>),
    Fields(Vec<String>),
    Filter(Vec<Step>, Option<(String, Operand)>),
}

enum Operand {
    Literal(Value),
    Path(Vec<Step>),
}

fn parse(template: &str) -> Result<Vec<Node>, String> {
    let mut stack: Vec<(Vec<Step>, Vec<Node>)> = vec![(Vec::new(), Vec::new())];
    let mut rest = template;
    while !rest.is_empty() {
        let Some((text, after)) = rest.split_once('{') else {
            push(&mut stack, Node::Text(rest.to_owned()));
            break;
        };
        if !text.is_empty() {
            push(&mut stack, Node::Text(text.to_owned()));
        }
        let end = closing(after).ok_or("unclosed action")?;
        let action = after[..end].trim();
        rest = &after[end + 1..];
        if action == "end" {
            let (path, body) = stack.pop().ok_or("not in range, nothing to end")?;
            if stack.is_empty() {
                return Err("not in range, nothing to end".to_owned());
            }
            push(&mut stack, Node::Range(path, body));
        } else if let Some(path) = action.strip_prefix("range ") {
            stack.push((steps(path)?, Vec::new()));
        } else if action.starts_with(['"', '\'']) {
            push(&mut stack, Node::Text(unquote(action)?));
        } else {
            push(&mut stack, Node::Path(steps(action)?));
        }
    }
    match (stack.pop(), stack.is_empty()) {
        (Some((_, nodes)), true) => Ok(nodes),
        _ => Err("unclosed range".to_owned()),
    }
}

fn push(stack: &mut [(Vec<Step>, Vec<Node>)], node: Node) {
    if let Some((_, nodes)) = stack.last_mut() {
        nodes.push(node);
    }
}

/// Where the action ends: the first `}` outside of quotes.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '}') => return Some(at),
            _ => {}
        }
    }
    None
}

fn unquote(text: &str) -> Result<String, String> {
    let quote = &text[..1];
    let inner = text[1..].strip_suffix(quote).ok_or("unterminated quoted string")?;
    let mut out = String::new();
    let mut characters = inner.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    Ok(out)
}

fn steps(path: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = path.trim();
    while let Some(first) = rest.chars().next() {
        match first {
            '$' | '@' => {
                if first == '$' {
                    steps.push(Step::Root);
                }
                rest = &rest[1..];
            }
            '.' if rest.starts_with("..") => {
                steps.push(Step::Recursive);
                rest = &rest[1..];
                if rest == "." {
                    break;
                }
            }
            '.' => {
                let (name, after) = field(&rest[1..]);
                rest = after;
                match name.as_str() {
                    "" => {}
                    "*" => steps.push(Step::Wildcard),
                    _ => steps.push(Step::Field(name)),
                }
            }
            '[' => {
                let end = bracket(rest).ok_or("unterminated array")?;
                steps.push(index(rest[1..end].trim())?);
                rest = &rest[end + 1..];
            }
            c if c.is_whitespace() => rest = rest.trim_start(),
            c if c.is_alphanumeric() || c == '_' || c == '*' => {
                let (name, after) = field(rest);
                rest = after;
                steps.push(if name == "*" { Step::Wildcard } else { Step::Field(name) });
            }
            c => return Err(format!("unrecognized character in action: U+{:04X} '{c}'", c as u32)),
        }
    }
    Ok(steps)
}

/// A field's name, where `\.` is a dot of the name.
fn field(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => name.extend(characters.next().map(|(_, c)| c)),
            '.' | '[' | ' ' | '=' | '!' | '<' | '>' | ')' | '|' => return (name, &text[at..]),
            c => name.push(c),
        }
    }
    (name, "")
}

fn bracket(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') if depth == 1 => return Some(at),
            (None, ']') => depth -= 1,
            _ => {}
        }
    }
    None
}

fn index(text: &str) -> Result<Step, String> {
    if let Some(filter) = text.strip_prefix("?(").and_then(|t| t.strip_suffix(')')) {
        return filter_step(filter.trim());
    }
    if text == "*" {
        return Ok(Step::Wildcard);
    }
    if text.starts_with(['"', '\'']) {
        let names = text.split(',').map(|t| unquote(t.trim())).collect::<Result<Vec<_>, _>>()?;
        return Ok(Step::Fields(names));
    }
    let number = |t: &str| t.trim().parse::<i64>().map_err(|_| format!("invalid array index {text}"));
    if text.contains(':') {
        let parts: Vec<&str> = text.split(':').collect();
        let bound = |at: usize| match parts.get(at).map(|t| t.trim()) {
            None | Some("") => Ok(None),
            Some(t) => number(t).map(Some),
        };
        return Ok(Step::Slice(bound(0)?, bound(1)?, bound(2)?.unwrap_or(1)));
    }
    text.split(',').map(number).collect::<Result<Vec<_>, _>>().map(Step::Union)
}

fn filter_step(text: &str) -> Result<Step, String> {
    for operator in ["==", "!=", "<=", ">=", "<", ">"] {
        if let Some(at) = outside_quotes(text, operator) {
            let (left, right) = (text[..at].trim(), text[at + operator.len()..].trim());
            let operand = match right {
                t if t.starts_with(['"', '\'']) => Operand::Literal(unquote(t)?.into()),
                t if t.starts_with(['@', '$', '.']) => Operand::Path(steps(t)?),
                t => Operand::Literal(serde_json::from_str(t).map_err(|_| format!("unrecognized literal {t}"))?),
            };
            return Ok(Step::Filter(steps(left)?, Some((operator.to_owned(), operand))));
        }
    }
    Ok(Step::Filter(steps(text)?, None))
}

fn outside_quotes(text: &str, what: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, _) if text[at..].starts_with(what) => return Some(at),
            _ => {}
        }
    }
    None
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
            ("{range .items[*]}x", "unclosed range"),
        ] {
            assert_eq!(evaluate(template, &data), Err(error.to_owned()), "{template}");
        }
    }
}
