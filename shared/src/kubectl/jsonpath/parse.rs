//! Reading JSONPath: templates into pieces, paths into steps.

use crate::api::json;
use serde_json::Value;

/// A piece of a template.
pub(super) enum Node {
    Text(String),
    Path(Vec<Step>),
    Range(Vec<Step>, Vec<Node>),
}

/// A step of a path.
pub(super) enum Step {
    Root,
    Field(String),
    Wildcard,
    Recursive,
    Slice(Option<i64>, Option<i64>, i64),
    Union(Vec<i64>),
    Fields(Vec<String>),
    Filter(Vec<Step>, Option<(String, Operand)>),
}

/// What a filter compares with.
pub(super) enum Operand {
    Literal(Value),
    Path(Vec<Step>),
}

/// Reads a template.
pub(super) fn parse(template: &str) -> Result<Vec<Node>, String> {
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
        let open = || if after.rfind('[') > after.rfind(']') { "unterminated array" } else { "unclosed action" };
        let end = closing(after).ok_or_else(open)?;
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
    let mut inner = text.chars();
    let quote = inner.next().filter(|first| matches!(first, '"' | '\'')).ok_or("unterminated quoted string")?;
    let inner = inner.as_str().strip_suffix(quote).ok_or("unterminated quoted string")?;
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

/// Reads a path.
pub(super) fn steps(path: &str) -> Result<Vec<Step>, String> {
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
                t => Operand::Literal(json::read(t.as_bytes()).map_err(|_| format!("unrecognized literal {t}"))?),
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
