//! `-o go-template=…`: the parts of Go's text/template that people use on objects.
//!
//! Fields, `range`/`else`/`end`, `if`/`else if`/`with`, variables, pipelines, and the functions of Go and kubectl.

mod function;

use serde_json::Value;

use self::function::{FUNCTIONS, truth};
use super::columns::go_format;
use crate::api::json;

/// A parsed template.
#[derive(Debug)]
pub struct Template(Vec<Node>);

#[derive(Debug)]
enum Node {
    Text(String),
    Print(Vec<Call>),
    Assign(String, Vec<Call>),
    Block(Block, Vec<Call>, Vec<Node>, Vec<Node>),
}

#[derive(Clone, Debug, PartialEq)]
enum Block {
    If,
    With,
    Range(Vec<String>),
}

/// One command of a pipeline: words and groups.
type Call = Vec<Word>;

#[derive(Clone, Debug)]
enum Word {
    Field(Vec<String>),
    Variable(String, Vec<String>),
    Literal(Value),
    Function(String),
    Group(Vec<Call>, Vec<String>),
}

impl Template {
    /// Reads a template. The error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let tokens = tokens(text)?;
        let mut at = 0;
        let nodes = nodes(&tokens, &mut at, false)?;
        Ok(Self(nodes))
    }

    /// Fills it in.
    pub fn fill(&self, data: &Value) -> Result<String, String> {
        let mut out = String::new();
        let mut variables = vec![("$".to_owned(), data.clone())];
        run(&self.0, data, &mut variables, &mut out)?;
        Ok(out)
    }
}

enum Token {
    Text(String),
    Action(String),
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut trim = false;
    while let Some((before, after)) = rest.split_once("{{") {
        let (action, next) = after.split_once("}}").ok_or("template: output:1: unclosed action")?;
        let mut before = if trim { before.trim_start() } else { before };
        let action = match action.strip_prefix("- ") {
            Some(inner) => {
                before = before.trim_end();
                inner
            }
            None => action,
        };
        trim = action.ends_with(" -");
        tokens.push(Token::Text(before.to_owned()));
        tokens.push(Token::Action(action.trim_end_matches(" -").trim().to_owned()));
        rest = next;
    }
    tokens.push(Token::Text(if trim { rest.trim_start() } else { rest }.to_owned()));
    Ok(tokens)
}

fn nodes(tokens: &[Token], at: &mut usize, inside: bool) -> Result<Vec<Node>, String> {
    let mut found = Vec::new();
    while let Some(token) = tokens.get(*at) {
        let action = match token {
            Token::Text(text) => {
                found.push(Node::Text(text.clone()));
                *at += 1;
                continue;
            }
            Token::Action(action) => action,
        };
        if action == "end" || action == "else" || action.starts_with("else ") {
            return if inside { Ok(found) } else { Err(format!("template: output:1: unexpected {{{{{action}}}}}")) };
        }
        *at += 1;
        let (head, tail) = action.split_once(' ').unwrap_or((action, ""));
        match head {
            "if" | "with" | "range" => found.push(block(head, tail, tokens, at)?),
            _ if action.starts_with("/*") => {}
            _ => match action.split_once(":=").or_else(|| assignment(action)) {
                Some((name, value)) if name.trim().starts_with('$') && !name.contains('"') => {
                    found.push(Node::Assign(name.trim().to_owned(), pipeline(value)?));
                }
                _ => found.push(Node::Print(pipeline(action)?)),
            },
        }
    }
    if inside { Err("template: output:1: unexpected EOF".to_owned()) } else { Ok(found) }
}

fn assignment(action: &str) -> Option<(&str, &str)> {
    action.split_once(" = ").filter(|(name, _)| name.starts_with('$'))
}

fn block(head: &str, tail: &str, tokens: &[Token], at: &mut usize) -> Result<Node, String> {
    let (kind, condition) = match (head, tail.split_once(":=")) {
        ("range", Some((names, value))) => {
            (Block::Range(names.split(',').map(|n| n.trim().to_owned()).collect()), value)
        }
        ("range", None) => (Block::Range(Vec::new()), tail),
        ("with", _) => (Block::With, tail),
        _ => (Block::If, tail),
    };
    let condition = pipeline(condition)?;
    let body = nodes(tokens, at, true)?;
    let otherwise = match tokens.get(*at) {
        Some(Token::Action(action)) if action.starts_with("else") => {
            *at += 1;
            match action["else".len()..].trim().split_once(' ') {
                // `else if` shares the outer `end`.
                Some((head, tail)) => {
                    return Ok(Node::Block(kind, condition, body, vec![block(head, tail, tokens, at)?]));
                }
                None => nodes(tokens, at, true)?,
            }
        }
        _ => Vec::new(),
    };
    *at += 1;
    Ok(Node::Block(kind, condition, body, otherwise))
}

fn pipeline(text: &str) -> Result<Vec<Call>, String> {
    let mut calls = vec![Vec::new()];
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        let call = calls.last_mut().ok_or("empty pipeline")?;
        match first {
            '|' => {
                calls.push(Vec::new());
                rest = &rest[1..];
            }
            '(' => {
                let end = group_end(rest).ok_or("template: output:1: unclosed left paren")?;
                let group = pipeline(&rest[1..end])?;
                rest = &rest[end + 1..];
                let path = rest.strip_prefix('.').map_or(0, |_| rest.find([' ', '|', ')']).unwrap_or(rest.len()));
                let fields = rest[..path].split('.').filter(|p| !p.is_empty()).map(str::to_owned).collect();
                call.push(Word::Group(group, fields));
                rest = &rest[path..];
            }
            '"' | '`' | '\'' => {
                let end = quoted_end(rest, first).ok_or("template: output:1: unterminated quoted string")?;
                let inner = &rest[1..end];
                let read = (first == '"').then(|| json::read(&rest.as_bytes()[..=end]).ok()).flatten();
                call.push(Word::Literal(read.unwrap_or_else(|| inner.into())));
                rest = &rest[end + 1..];
            }
            _ => {
                let end =
                    rest.find(|c: char| c.is_whitespace() || c == '|' || c == '(' || c == ')').unwrap_or(rest.len());
                call.push(word(&rest[..end])?);
                rest = &rest[end..];
            }
        }
        rest = rest.trim_start();
    }
    Ok(calls)
}

fn word(text: &str) -> Result<Word, String> {
    let fields = |path: &str| path.split('.').filter(|p| !p.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    if text.starts_with('.') {
        return Ok(Word::Field(fields(text)));
    }
    if text.starts_with('$') {
        let (name, path) = text.split_once('.').unwrap_or((text, ""));
        return Ok(Word::Variable(name.to_owned(), fields(path)));
    }
    match text {
        "true" | "false" | "nil" => Ok(Word::Literal(json::read(text.as_bytes()).unwrap_or_default())),
        text if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => json::read(text.as_bytes())
            .map(Word::Literal)
            .map_err(|_| format!("template: output:1: bad number syntax: {text:?}")),
        name if FUNCTIONS.contains(&name) => Ok(Word::Function(name.to_owned())),
        name => Err(format!("template: output:1: function {name:?} not defined")),
    }
}

fn group_end(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 1 => return Some(at),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn quoted_end(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            c if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

type Variables = Vec<(String, Value)>;

fn run(nodes: &[Node], dot: &Value, variables: &mut Variables, out: &mut String) -> Result<(), String> {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Print(calls) => match evaluate(calls, dot, variables)? {
                Value::Null => out.push_str("<no value>"),
                value => out.push_str(&go_format(&value)),
            },
            Node::Assign(name, calls) => {
                let value = evaluate(calls, dot, variables)?;
                match variables.iter_mut().rev().find(|(known, _)| known == name) {
                    Some((_, known)) => *known = value,
                    None => variables.push((name.clone(), value)),
                }
            }
            Node::Block(kind, calls, body, otherwise) => {
                let value = evaluate(calls, dot, variables)?;
                let depth = variables.len();
                match kind {
                    _ if !truth(&value) => run(otherwise, dot, variables, out)?,
                    Block::If => run(body, dot, variables, out)?,
                    Block::With => run(body, &value, variables, out)?,
                    Block::Range(names) => {
                        for (key, item) in items(&value) {
                            let bound = match names.as_slice() {
                                [one] => vec![(one.clone(), item.clone())],
                                [first, second, ..] => vec![(first.clone(), key), (second.clone(), item.clone())],
                                [] => Vec::new(),
                            };
                            variables.extend(bound);
                            run(body, &item, variables, out)?;
                            variables.truncate(depth);
                        }
                    }
                }
                variables.truncate(depth);
            }
        }
    }
    Ok(())
}

fn items(value: &Value) -> Vec<(Value, Value)> {
    match value {
        Value::Array(list) => list.iter().enumerate().map(|(at, v)| (at.into(), v.clone())).collect(),
        Value::Object(map) => map.iter().map(|(k, v)| (k.as_str().into(), v.clone())).collect(),
        _ => Vec::new(),
    }
}

fn evaluate(calls: &[Call], dot: &Value, variables: &mut Variables) -> Result<Value, String> {
    let mut piped: Option<Value> = None;
    for call in calls {
        let Some((head, tail)) = call.split_first() else { return Err("missing value for command".to_owned()) };
        let mut arguments = tail.iter().map(|w| value_of(w, dot, variables)).collect::<Result<Vec<_>, _>>()?;
        arguments.extend(piped.take());
        piped = Some(match head {
            Word::Function(name) => function::call(name, &arguments)?,
            word => value_of(word, dot, variables)?,
        });
    }
    Ok(piped.unwrap_or_default())
}

fn value_of(word: &Word, dot: &Value, variables: &mut Variables) -> Result<Value, String> {
    let walk =
        |value: &Value, path: &[String]| path.iter().try_fold(value, |v, key| v.get(key)).cloned().unwrap_or_default();
    Ok(match word {
        Word::Field(path) => walk(dot, path),
        Word::Variable(name, path) => {
            let found = variables.iter().rev().find(|(known, _)| known == name);
            walk(&found.ok_or_else(|| format!("undefined variable {name:?}"))?.1, path)
        }
        Word::Literal(value) => value.clone(),
        Word::Function(name) => function::call(name, &[])?,
        Word::Group(calls, path) => walk(&evaluate(calls, dot, variables)?, path),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn templates() {
        let data = json!({
            "items": [
                {"metadata": {"name": "a", "labels": {"k": "v"}}, "n": 1, "password": "czNjcjN0"},
                {"metadata": {"name": "b"}, "n": 2},
            ],
        });
        for (template, expected) in [
            ("{{range .items}}{{.metadata.name}}{{\"\\n\"}}{{end}}", "a\nb\n"),
            ("{{range $i, $x := .items}}{{$i}}={{$x.n}} {{end}}", "0=1 1=2 "),
            ("{{(index .items 0).metadata.name}}", "a"),
            ("{{with index .items 0}}{{.metadata.labels}}{{end}}", "map[k:v]"),
            ("{{range .items}}{{if eq .n 2}}two{{else}}other {{end}}{{end}}", "other two"),
            ("{{range .items}}{{if .password}}{{.password | base64decode}}{{end}}{{end}}", "s3cr3t"),
            ("{{len .items}} {{.nope}}", "2 <no value>"),
            ("a {{- \" b \" -}} c", "a b c"),
            ("{{printf \"%s-%d\" \"x\" 3}}", "x-3"),
            ("{{range .nope}}x{{else}}none{{end}}", "none"),
        ] {
            let filled = Template::parse(template).and_then(|t| t.fill(&data));
            assert_eq!(filled.as_deref(), Ok(expected), "{template}");
        }
        assert!(Template::parse("{{range .items}}x").is_err());
        assert!(Template::parse("{{foo .x}}").is_err());
    }
}
