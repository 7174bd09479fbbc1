//! What an editor can say at a place of a manifest that is still being written: which fields and values fit there, and
//! what a field is. From the schema table; reads indentation only, so the rest of the text may be broken.

use crate::schema::{self, Definition, Field, Type};

/// Where a place is in a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The kind: `Pod`.
    pub kind: String,
    /// Names of the fields around it, outermost first: `spec`, `containers`.
    pub path: Vec<String>,
    /// The field that the line itself names, and what of its value stands before the place.
    pub value: Option<(String, String)>,
    /// What stands before the place in its word.
    pub word: String,
}

/// A field or a value that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What is put in.
    pub text: String,
    /// What it is: `[]Container`, `default`.
    pub detail: String,
}

/// What is known of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// `spec.containers`
    pub path: String,
    /// `[]Container`
    pub ty: String,
    /// The values allowed, where the set is closed.
    pub enums: Vec<&'static str>,
    /// What its absence means.
    pub default: Option<&'static str>,
    /// Whether Kubernetes refuses an object without it.
    pub required: bool,
    /// The fields below it.
    pub fields: Vec<&'static str>,
    /// The `apiVersion` whose OpenAPI document describes it.
    pub api_version: String,
    /// The full name of the type that it is a field of.
    pub owner: &'static str,
    /// Its own name.
    pub name: String,
}

/// What fits at a byte of the text.
pub fn complete(text: &str, offset: usize) -> Vec<Candidate> {
    let Some(place) = place(text, offset) else { return Vec::new() };
    let Some(around) = definition_at(text, offset, &place.path) else { return Vec::new() };
    match &place.value {
        None => {
            let fields = around.fields.iter().filter(|field| field.name.starts_with(&place.word));
            fields.map(|f| Candidate { text: opening(f), detail: f.ty.name() }).collect()
        }
        Some((name, _)) => around.field(name).map(|field| values(field, &place.word)).unwrap_or_default(),
    }
}

/// What the field is whose name is at a byte of the text.
pub fn hint(text: &str, offset: usize) -> Option<Hint> {
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].lines().next()?;
    let (_, key) = key_of(line)?;
    // Only on the name itself: values speak for themselves.
    let from = start + line.find(&key)?;
    if !(from..=from + key.len()).contains(&offset) {
        return None;
    }
    let path = place(text, from)?.path;
    let owner = definition_at(text, offset, &path)?;
    let field = owner.field(&key)?;
    Some(Hint {
        path: path.into_iter().chain([key.clone()]).collect::<Vec<_>>().join("."),
        ty: field.ty.name(),
        enums: field.enums.clone(),
        default: field.default,
        required: field.required,
        fields: field.ty.object().map(|d| d.fields.iter().map(|f| f.name).collect()).unwrap_or_default(),
        api_version: head(text, offset, "apiVersion:")?.to_owned(),
        owner: owner.name,
        name: key,
    })
}

/// Where a byte of the text is; `None` in a comment.
pub fn place(text: &str, offset: usize) -> Option<Place> {
    let document = text[..offset].rfind("\n---").map_or(0, |at| at + 1);
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let before = &text[start..offset];
    if before.trim_start().starts_with('#') {
        return None;
    }
    let value = key_of(before).map(|(_, key)| {
        let rest = before.split_once(&format!("{key}:")).map_or("", |(_, rest)| rest);
        (key, rest.trim_start().to_owned())
    });
    let word = match &value {
        Some((_, value)) => value.clone(),
        None => before.trim_start_matches([' ', '-']).to_owned(),
    };
    let (mut path, mut indent) = (Vec::new(), content_column(before));
    for line in text[document..start].lines().rev() {
        let Some((column, key)) = key_of(line) else { continue };
        // Below a key, or an item of the list that the key on the same column holds.
        let item = before.trim_start().starts_with('-') && path.is_empty() && line_indent(line) == line_indent(before);
        if column < indent || (item && !line.trim_start().starts_with('-')) {
            path.push(key);
            indent = column.min(line_indent(line));
            // `- name:` is in a list whose key may stand on the dash's column.
            if line.trim_start().starts_with('-') {
                indent += 1;
            }
        }
    }
    path.reverse();
    let kind = text[document..].lines().find_map(|line| line.strip_prefix("kind:"))?.trim().to_owned();
    Some(Place { kind, path, value, word })
}

/// The type around a place.
fn definition_at(text: &str, offset: usize, path: &[String]) -> Option<&'static Definition> {
    let mut found = schema::for_kind(head(text, offset, "apiVersion:")?, head(text, offset, "kind:")?)?;
    for name in path {
        found = found.field(name)?.ty.object()?;
    }
    Some(found)
}

/// What stands behind a name at the left edge of the document around a place.
fn head<'a>(text: &'a str, offset: usize, name: &str) -> Option<&'a str> {
    let document = text[..offset].rfind("\n---").map_or(0, |at| at + 1);
    let own = text[document..].split("\n---").next().unwrap_or_default();
    own.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

/// The column of a line's key, and the key.
fn key_of(line: &str) -> Option<(usize, String)> {
    let (head, rest) = line.split_once(':')?;
    let key = head.trim_start_matches([' ', '-']);
    let good = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (good && (rest.is_empty() || rest.starts_with([' ', '\r']))).then(|| (head.len() - key.len(), key.to_owned()))
}

fn content_column(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '-']).len()
}

fn line_indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// A field's name with what follows it.
fn opening(field: &Field) -> String {
    match field.ty {
        Type::Object(_) | Type::Array(_) | Type::Map(_) => format!("{}:", field.name),
        _ => format!("{}: ", field.name),
    }
}

fn values(field: &Field, word: &str) -> Vec<Candidate> {
    let detail = |value: &str| if field.default == Some(value) { "default".to_owned() } else { String::new() };
    let mut all: Vec<&str> = field.enums.clone();
    if field.ty == Type::Boolean {
        all.extend(["true", "false"]);
    }
    all.extend(field.default.filter(|d| !all.contains(d)));
    let fitting = all.into_iter().filter(|value| value.starts_with(word));
    fitting.map(|value| Candidate { text: value.to_owned(), detail: detail(value) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "apiVersion: v1\nkind: Pod\n";

    fn at(text: &str) -> (String, usize) {
        let whole = format!("{HEAD}{text}");
        let offset = whole.find('^').expect("a place");
        (whole.replace('^', ""), offset)
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let (text, offset) = at(text);
        let found: Vec<String> = complete(&text, offset).into_iter().map(|c| c.text).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn fields_and_values_that_fit() {
        check("spec:\n  restartP^", &["restartPolicy: "]);
        check("spec:\n  restartPolicy: ^", &["Always", "OnFailure", "Never"]);
        check("spec:\n  restartPolicy: N^", &["Never"]);
        check("spec:\n  containers:\n  - name: a\n    imageP^", &["imagePullPolicy: "]);
        check("spec:\n  containers:\n    - imageP^", &["imagePullPolicy: "]);
        check("spec:\n  containers:\n  - ports:\n    - containerP^", &["containerPort: "]);
        check("spec:\n  containers:\n  - name: a\n    env:\n    - name: x\n      valueF^", &["valueFrom:"]);
        check("spec:\n  containers:\n  - name: a\n  restartP^", &["restartPolicy: "]);
        check("spec:\n  hostNetwork: t^", &["true"]);
        check("# spec^", &[]);
        check("spec:\n  nothing:\n    x^", &[]);
    }

    #[test]
    fn what_a_field_is() {
        let (text, offset) = at("spec:\n  containers:\n  - name: a\n    image^PullPolicy: Never\n");
        let hint = hint(&text, offset).expect("a hint");
        assert_eq!((hint.path.as_str(), hint.ty.as_str()), ("spec.containers.imagePullPolicy", "string"));
        assert_eq!(hint.enums, ["Always", "Never", "IfNotPresent"]);
        let described = (hint.api_version.as_str(), hint.owner, hint.name.as_str());
        assert_eq!(described, ("v1", "io.k8s.api.core.v1.Container", "imagePullPolicy"));
        let (text, offset) = at("spec:\n  conta^iners:\n");
        let hint = super::hint(&text, offset).expect("a hint");
        assert_eq!(hint.ty, "[]Container");
        assert!(hint.fields.contains(&"image"));
        let (text, offset) = at("spec:\n  restartPolicy: Ne^ver\n");
        assert_eq!(super::hint(&text, offset), None);
    }
}
