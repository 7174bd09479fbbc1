//! The path of a field, as checks and hints write it: `status.conditions[type=Ready].status`.

use serde_json::Value;

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// `.name`, or `['name']` where the name has dots of its own.
    Name(String),
    /// `[0]`
    Index(usize),
    /// `[type=Ready]`: the first element whose field is that.
    Where(String, String),
}

/// A field's path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field(Vec<Step>);

impl Field {
    /// Reads a path. The empty path is the object itself.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut steps, mut rest) = (Vec::new(), text);
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[') {
                let (step, behind) = bracket(inner)?;
                steps.push(step);
                rest = behind;
            } else {
                let name = if steps.is_empty() { rest } else { rest.strip_prefix('.').unwrap_or("") };
                let end = name.find(['.', '[']).unwrap_or(name.len());
                if end == 0 || name[..end].contains([']', ' ']) {
                    return Err(format!("a field's name is expected at {rest:?}"));
                }
                steps.push(Step::Name(name[..end].to_owned()));
                rest = &name[end..];
            }
        }
        Ok(Self(steps))
    }

    /// What stands there.
    pub fn of<'a>(&self, object: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(object, |at, step| match step {
            Step::Name(name) => at.get(name),
            Step::Index(index) => at.get(index),
            Step::Where(key, value) => {
                at.as_array()?.iter().find(|i| i.get(key).and_then(Value::as_str) == Some(value))
            }
        })
    }
}

fn bracket(inner: &str) -> Result<(Step, &str), String> {
    if let Some(quoted) = inner.strip_prefix('\'') {
        let (name, behind) = quoted.split_once("']").ok_or_else(|| format!("['{quoted} is not closed"))?;
        return Ok((Step::Name(name.to_owned()), behind));
    }
    let (inside, behind) = inner.split_once(']').ok_or_else(|| format!("[{inner} is not closed"))?;
    let step = match (inside.split_once('='), inside.parse()) {
        (Some((key, value)), _) if !key.is_empty() => Step::Where(key.to_owned(), value.to_owned()),
        (_, Ok(index)) => Step::Index(index),
        _ => return Err(format!("[{inside}] is neither [0] nor [key=value] nor ['name']")),
    };
    Ok((step, behind))
}

/// A value as text.
pub fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths() {
        let object = json!({"a": {"b.c/d": 1, "l": [{"type": "X", "v": 2}, {"type": "Y", "v": 3}]}});
        let cases = [
            ("", Ok(Some(object.clone()))),
            ("a.l[type=Y].v", Ok(Some(json!(3)))),
            ("a.l[0].v", Ok(Some(json!(2)))),
            ("a['b.c/d']", Ok(Some(json!(1)))),
            ("a.l[2]", Ok(None)),
            ("a.x.y", Ok(None)),
            ("a..b", Err("a field's name is expected at \"..b\"")),
            ("a.", Err("a field's name is expected at \".\"")),
            ("a[", Err("[ is not closed")),
            ("a[b]", Err("[b] is neither [0] nor [key=value] nor ['name']")),
        ];
        for (path, expected) in cases {
            let found = Field::parse(path).map(|field| field.of(&object).cloned());
            assert_eq!(found, expected.map_err(str::to_owned), "{path}");
        }
    }
}
