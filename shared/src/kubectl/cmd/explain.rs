//! `kubectl explain`: the fields of a type, out of the server's OpenAPI v3 document. The layout is that of kubectl's
//! `plaintext` template.

use serde_json::Value;

use super::super::{Console, Context, Error, Transport, target};
use crate::api::object;

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let [path] = ctx.flags.args.as_slice() else {
        return Err(Error::text(match ctx.flags.args.len() {
            0 => {
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of \
                 supported resources."
            }
            _ => "We accept only this format: explain RESOURCE",
        }));
    };
    let path = path.clone();
    let words: Vec<&str> = path.split('.').collect();
    let kind = target::kind_named(words[0]).map_err(|error| Error::raw(error.sentence()))?;
    let missing = || Error::text(format!("couldn't find resource for \"{}, Kind={}\"", kind.api_version(), kind.kind));
    let root = if kind.group.is_empty() { "api" } else { "apis" };
    let index = ctx.get("/openapi/v3", &[]).await?;
    let url = index["paths"][format!("{root}/{}", kind.api_version())]["serverRelativeURL"].as_str();
    let document = ctx.get(url.ok_or_else(missing)?, &[]).await?;
    let schemas = Schemas { all: &document["components"]["schemas"], recursive: ctx.flags.is("recursive") };
    let schema = schemas.of_kind(kind.group, kind.version, kind.kind).ok_or_else(missing)?;
    let mut text = String::new();
    if !kind.group.is_empty() {
        text.push_str(&format!("GROUP:      {}\n", kind.group));
    }
    text.push_str(&format!("KIND:       {}\nVERSION:    {}\n\n", kind.kind, kind.version));
    if !schemas.follow(schema, &words[1..], &mut text) {
        ctx.out(text);
        return Err(Error::text(format!("field {:?} does not exist", words.last().unwrap_or(&""))));
    }
    ctx.out(text + "\n");
    Ok(())
}

/// The schemas of a document.
struct Schemas<'a> {
    all: &'a Value,
    recursive: bool,
}

impl<'a> Schemas<'a> {
    fn of_kind(&self, group: &str, version: &str, kind: &str) -> Option<&'a Value> {
        let is = |schema: &&Value| {
            object::list(schema, "/x-kubernetes-group-version-kind")
                .iter()
                .any(|gvk| gvk["group"] == group && gvk["version"] == version && gvk["kind"] == kind)
        };
        self.all.as_object()?.values().find(is)
    }

    /// The schema itself, or what it refers to.
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        reference(schema).and_then(|name| self.all.get(name)).unwrap_or(schema)
    }

    /// Follows a path of fields and writes what is at its end; whether there is such a field.
    fn follow(&self, schema: &'a Value, path: &[&str], out: &mut String) -> bool {
        let resolved = self.resolve(schema);
        let Some((first, rest)) = path.split_first() else {
            let mut description = String::new();
            self.describe(resolved, &mut description);
            let description = if description.is_empty() { "<empty>" } else { description.as_str() };
            out.push_str(&format!("DESCRIPTION:\n{}\n", wrapped(description, 76, 4)));
            let mut fields = String::new();
            self.fields(resolved, 1, &mut Vec::new(), &mut fields);
            if !fields.is_empty() {
                out.push_str(&format!("FIELDS:\n{fields}"));
            }
            return true;
        };
        if let Some(field) = resolved["properties"].get(first) {
            if rest.is_empty() {
                out.push_str(&format!("FIELD: {first} <{}>\n", self.type_name(field)));
                let values = enumeration(field);
                if !values.is_empty() {
                    out.push_str(&format!("ENUM:\n    {}", values.join("\n    ")));
                }
                out.push_str("\n\n");
            }
            return self.follow(field, rest, out);
        }
        inner(resolved).any(|inner| self.follow(inner, path, out))
    }

    /// What a schema says of itself, and what the one says that it is made of.
    fn describe(&self, schema: &'a Value, out: &mut String) {
        let resolved = self.resolve(schema);
        if let Some(text) = resolved["description"].as_str().filter(|text| !text.is_empty()) {
            out.push_str(&format!("{text}\n"));
        }
        inner(resolved).for_each(|inner| self.describe(inner, out));
    }

    fn fields(&self, schema: &'a Value, level: usize, above: &mut Vec<&'a str>, out: &mut String) {
        let name = reference(schema);
        // A type may hold itself: that is told once.
        if name.is_some_and(|name| above.contains(&name)) {
            return;
        }
        above.extend(name);
        let resolved = self.resolve(schema);
        for (name, field) in resolved["properties"].as_object().into_iter().flatten() {
            let indent = "  ".repeat(level);
            let required = object::list(resolved, "/required").iter().any(|required| required == name);
            let mark = if required { " -required-" } else { "" };
            out.push_str(&format!("{indent}{name}\t<{}>{mark}\n", self.type_name(field)));
            let values = enumeration(field);
            if !values.is_empty() {
                let more = if values.len() > 4 { ", ...." } else { "" };
                out.push_str(&format!("{indent}enum: {}{more}\n", values[..values.len().min(4)].join(", ")));
            }
            if self.recursive {
                self.fields(field, level + 1, above, out);
            } else {
                let text = field["description"].as_str().filter(|text| !text.is_empty());
                let text = wrapped(text.unwrap_or("<no description>"), 78 - 2 * level, 2 * level + 2);
                out.push_str(&format!("{text}\n\n"));
            }
        }
        inner(resolved).for_each(|inner| self.fields(inner, level, above, out));
        above.truncate(above.len() - usize::from(name.is_some()));
    }

    /// `string`, `[]Container`, `map[string]Quantity`
    fn type_name(&self, schema: &Value) -> String {
        if let Some(items) = schema.get("items") {
            return format!("[]{}", self.type_name(items));
        }
        if let Some(values) = schema.get("additionalProperties") {
            return format!("map[string]{}", self.type_name(values));
        }
        if let [only] = object::list(schema, "/allOf") {
            return self.type_name(only);
        }
        let name = reference(schema);
        let of = |schema: &'a Value| schema["type"].as_str().filter(|ty| *ty != "object");
        match name.map(|name| self.all.get(name).and_then(of)) {
            Some(Some(plain)) => plain.to_owned(),
            Some(None) => name.and_then(|name| name.rsplit('.').next()).unwrap_or("Object").to_owned(),
            None => schema["type"].as_str().filter(|ty| *ty != "object").unwrap_or("Object").to_owned(),
        }
    }
}

/// The name that a schema refers to.
fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

/// What a schema is made of.
fn inner(schema: &Value) -> impl Iterator<Item = &Value> {
    object::list(schema, "/allOf").iter().chain(schema.get("items")).chain(schema.get("additionalProperties"))
}

fn enumeration(schema: &Value) -> Vec<&str> {
    let values = object::list(schema, "/enum").iter().filter_map(Value::as_str);
    values.map(|value| if value.is_empty() { "\"\"" } else { value }).collect()
}

/// Lines of at most `width` characters, each behind `indent` spaces.
fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    let indent = " ".repeat(indent);
    lines.into_iter().map(|line| format!("{indent}{line}")).collect::<Vec<_>>().join("\n")
}
