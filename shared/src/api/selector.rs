//! Label and field selectors, with the words Kubernetes has for broken ones
//! (`k8s.io/apimachinery/pkg/labels`, `…/pkg/fields`).

use serde_json::{Map, Value};

use super::object;

/// How one label requirement compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `key in (a,b)`, `key=a`
    In(Vec<String>),
    /// `key notin (a,b)`, `key!=a`: also true where the key is missing
    NotIn(Vec<String>),
    /// `key`
    Exists,
    /// `!key`
    DoesNotExist,
    /// `key>5` (node affinity and selectors alike)
    GreaterThan(i64),
    /// `key<5`
    LessThan(i64),
}

/// One term of a label selector; all must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// What must be true of it.
    pub operator: Operator,
}

impl Requirement {
    /// Whether the requirement holds for a label's value.
    pub fn holds(&self, value: Option<&str>) -> bool {
        let number = || value.and_then(|v| v.parse::<i64>().ok());
        match &self.operator {
            Operator::In(values) => value.is_some_and(|v| values.iter().any(|x| x == v)),
            Operator::NotIn(values) => value.is_none_or(|v| !values.iter().any(|x| x == v)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan(bound) => number().is_some_and(|n| n > *bound),
            Operator::LessThan(bound) => number().is_some_and(|n| n < *bound),
        }
    }
}

/// A conjunction of label requirements; empty selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector(pub Vec<Requirement>);

impl LabelSelector {
    /// Reads `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text.trim();
        let mut requirements = Vec::new();
        while !rest.is_empty() {
            let (requirement, after) = requirement(rest)?;
            requirements.push(requirement);
            let after = after.trim_start();
            rest = match after.strip_prefix(',') {
                Some(next) if !next.trim().is_empty() => next.trim_start(),
                Some(_) => return Err("found '', expected: identifier after ','".to_owned()),
                None if after.is_empty() => after,
                None => return Err(format!("found '{}', expected: ',' or 'end of string'", word(after).0)),
            };
        }
        Ok(Self(requirements))
    }

    /// The selector of `matchLabels` and `matchExpressions`.
    pub fn from_object(selector: &Value) -> Result<Self, String> {
        let mut requirements = Vec::new();
        for (key, value) in selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten() {
            let value = value.as_str().unwrap_or_default().to_owned();
            requirements.push(Requirement { key: key.clone(), operator: Operator::In(vec![value]) });
        }
        for expression in object::list(selector, "/matchExpressions") {
            let key = expression.get("key").and_then(Value::as_str).unwrap_or_default().to_owned();
            let values: Vec<String> =
                object::list(expression, "/values").iter().filter_map(Value::as_str).map(str::to_owned).collect();
            let operator = match expression.get("operator").and_then(Value::as_str).unwrap_or_default() {
                "In" => Operator::In(values),
                "NotIn" => Operator::NotIn(values),
                "Exists" => Operator::Exists,
                "DoesNotExist" => Operator::DoesNotExist,
                other => return Err(format!("\"{other}\" is not a valid label selector operator")),
            };
            requirements.push(Requirement { key, operator });
        }
        Ok(Self(requirements))
    }

    /// Whether the labels of an object fit.
    pub fn matches(&self, labels: Option<&Map<String, Value>>) -> bool {
        self.0.iter().all(|r| r.holds(labels.and_then(|l| l.get(&r.key)).and_then(Value::as_str)))
    }
}

/// The first token: an operator sign, or a run up to white space or a sign.
fn word(text: &str) -> (&str, &str) {
    let sign = |c: char| "=!<>(),".contains(c);
    let length = if text.starts_with("!=") || text.starts_with("==") {
        2
    } else if text.starts_with(sign) {
        1
    } else {
        text.find(|c: char| c.is_whitespace() || sign(c)).unwrap_or(text.len())
    };
    text.split_at(length)
}

fn requirement(text: &str) -> Result<(Requirement, &str), String> {
    if let Some(rest) = text.strip_prefix('!') {
        let (key, rest) = label_key(rest.trim_start())?;
        return Ok((Requirement { key, operator: Operator::DoesNotExist }, rest));
    }
    let (key, rest) = label_key(text)?;
    let (operator, after) = word(rest.trim_start());
    let (operator, rest) = match operator {
        "" | "," => (Operator::Exists, rest),
        "=" | "==" => one_value(after).map(|(v, rest)| (Operator::In(vec![v]), rest))?,
        "!=" => one_value(after).map(|(v, rest)| (Operator::NotIn(vec![v]), rest))?,
        "in" => set(after).map(|(v, rest)| (Operator::In(v), rest))?,
        "notin" => set(after).map(|(v, rest)| (Operator::NotIn(v), rest))?,
        ">" | "<" => {
            let (value, rest) = one_value(after)?;
            let bound = value.parse().map_err(|_| {
                format!("values[0][{key}]: Invalid value: \"{value}\": for 'Gt', 'Lt' operators, the value must be an integer")
            })?;
            (if operator == ">" { Operator::GreaterThan(bound) } else { Operator::LessThan(bound) }, rest)
        }
        other => return Err(format!("found '{other}', expected: in, notin, =, ==, !=, gt, lt")),
    };
    Ok((Requirement { key, operator }, rest))
}

fn label_key(text: &str) -> Result<(String, &str), String> {
    let (key, rest) = word(text);
    match key {
        "" | "=" | "==" | "!=" | "!" | "<" | ">" | "(" | ")" | "," => {
            Err(format!("found '{key}', expected: !, identifier, or 'end of string'"))
        }
        key if !key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b)) => Err(format!(
            "key: Invalid value: \"{key}\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
        )),
        key => Ok((key.to_owned(), rest)),
    }
}

fn label_value(value: &str) -> Result<String, String> {
    let edges = |b: Option<&u8>| b.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = value.as_bytes();
    let fits = value.len() <= 63
        && edges(bytes.first())
        && edges(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b));
    fits.then(|| value.to_owned()).ok_or_else(|| {
        format!("values[0]: Invalid value: \"{value}\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')")
    })
}

/// `=` may be followed by nothing: the empty value.
fn one_value(text: &str) -> Result<(String, &str), String> {
    let text = text.trim_start();
    match word(text) {
        ("" | ",", _) => Ok((String::new(), text)),
        ("=" | "==" | "!=" | "!" | "<" | ">" | "(" | ")", _) => {
            Err(format!("found '{}', expected: identifier", word(text).0))
        }
        (value, rest) => Ok((label_value(value)?, rest)),
    }
}

fn set(text: &str) -> Result<(Vec<String>, &str), String> {
    let text = text.trim_start();
    let inner = text.strip_prefix('(').ok_or_else(|| format!("found '{}' expected: '('", word(text).0))?;
    let end = inner.find(')').ok_or_else(|| "found '', expected: ',' or ')'".to_owned())?;
    let mut values = inner[..end].split(',').map(|v| label_value(v.trim())).collect::<Result<Vec<_>, _>>()?;
    values.sort();
    values.dedup();
    Ok((values, &inner[end + 1..]))
}

/// A conjunction of comparisons of fields: `status.phase=Running,spec.nodeName!=n1`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector(pub Vec<FieldTerm>);

/// One comparison of a field with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldTerm {
    /// The field's path with dots.
    pub field: String,
    /// The text it is compared with.
    pub value: String,
    /// `=` and `==`, or `!=`.
    pub equal: bool,
}

impl FieldSelector {
    /// Reads a field selector; `\\`, `\,` and `\=` escape in values.
    pub fn parse(text: &str) -> Result<Self, String> {
        let terms = split_terms(text);
        terms.iter().filter(|t| !t.is_empty()).map(|term| field_term(term)).collect::<Result<_, _>>().map(Self)
    }

    /// Whether the fields fit; `lookup` gives a field's text, empty where it is unset.
    pub fn matches<'a>(&self, lookup: impl Fn(&str) -> &'a str) -> bool {
        self.0.iter().all(|term| (lookup(&term.field) == term.value) == term.equal)
    }
}

fn split_terms(text: &str) -> Vec<String> {
    let mut terms = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        match (escaped, c) {
            (false, ',') => {
                terms.push(String::new());
                continue;
            }
            (false, '\\') => escaped = true,
            _ => escaped = false,
        }
        if let Some(last) = terms.last_mut() {
            last.push(c);
        }
    }
    terms
}

fn field_term(term: &str) -> Result<FieldTerm, String> {
    let broken = || format!("invalid selector: '{term}'; can't understand '{term}'");
    let at = term.find(['=', '!']).ok_or_else(broken)?;
    let (field, rest) = term.split_at(at);
    let (equal, value) = match rest {
        rest if rest.starts_with("!=") => (false, &rest[2..]),
        rest if rest.starts_with("==") => (true, &rest[2..]),
        rest if rest.starts_with('=') => (true, &rest[1..]),
        _ => return Err(broken()),
    };
    let mut plain = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => plain.push(characters.next().filter(|c| "\\,=".contains(*c)).ok_or_else(broken)?),
            '=' | ',' => return Err(broken()),
            c => plain.push(c),
        }
    }
    Ok(FieldTerm { field: field.trim().to_owned(), value: plain.trim().to_owned(), equal })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn label_selectors() {
        let labels = json!({"run": "mynginx", "hello": "world", "n": "7"});
        let cases = [
            ("", Ok(true)),
            ("run", Ok(true)),
            ("!run", Ok(false)),
            ("run=mynginx", Ok(true)),
            ("run==mynginx,hello=world", Ok(true)),
            ("run!=mynginx", Ok(false)),
            ("gone!=x", Ok(true)),
            ("run in (a, mynginx),n>5", Ok(true)),
            ("run notin (a)", Ok(true)),
            ("gone notin (a)", Ok(true)),
            ("gone=", Ok(false)),
            ("n<7", Ok(false)),
            ("run in a", Err("found 'a' expected: '('")),
            ("run,", Err("found '', expected: identifier after ','")),
            ("=x", Err("found '=', expected: !, identifier, or 'end of string'")),
            ("a=b=c", Err("found '=', expected: ',' or 'end of string'")),
            ("run mynginx", Err("found 'mynginx', expected: in, notin, =, ==, !=, gt, lt")),
        ];
        for (text, expected) in cases {
            let found = LabelSelector::parse(text).map(|s| s.matches(labels.as_object()));
            assert_eq!(found, expected.map_err(str::to_owned), "{text}");
        }
    }

    #[test]
    fn field_selectors() {
        let lookup = |field: &str| if field == "status.phase" { "Running" } else { "" };
        let cases = [
            ("status.phase=Running", Ok(true)),
            ("status.phase!=Running", Ok(false)),
            ("spec.nodeName=,status.phase==Running", Ok(true)),
            ("status.phase=Run\\,ning", Ok(false)),
            ("status.phase", Err("invalid selector: 'status.phase'; can't understand 'status.phase'")),
        ];
        for (text, expected) in cases {
            assert_eq!(
                FieldSelector::parse(text).map(|s| s.matches(lookup)),
                expected.map_err(str::to_owned),
                "{text}"
            );
        }
    }
}
