//! `-o`: the formats that print objects rather than sentences and tables.

use serde_json::{Value, json};

use super::columns::Columns;
use super::{Console, Context, Error, Transport, jsonpath, ordered, patching, yaml};
use crate::api::{kind, object};

/// A format of `-o`.
#[derive(Debug)]
pub enum Output {
    /// No `-o`: the command's own sentence or table.
    Human,
    /// `wide`
    Wide,
    /// `json`
    Json,
    /// `yaml`
    Yaml,
    /// `name`
    Name,
    /// `jsonpath=…`
    JsonPath(String),
    /// `jsonpath-as-json=…`
    JsonPathAsJson(String),
    /// `custom-columns=…`
    Columns(Columns),
    /// `go-template=…`
    Template(super::template::Template),
}

const FORMATS: &str = "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,\
    templatefile,yaml";
const FORMATS_OF_GET: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,\
    jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml";

impl Output {
    /// Whether whole objects are printed.
    pub fn is_generic(&self) -> bool {
        !matches!(self, Self::Human | Self::Wide)
    }

    /// Reads `-o`; `tables` is whether the command knows tables (`wide`, `custom-columns`).
    pub async fn of<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>, tables: bool) -> Result<Self, Error> {
        let text = ctx.flags.text("output").to_owned();
        let (format, argument) = text.split_once('=').map_or((text.as_str(), None), |(f, a)| (f, Some(a.to_owned())));
        let argument = argument.or_else(|| ctx.flags.given("template").then(|| ctx.flags.text("template").to_owned()));
        let format = match format {
            "" if ctx.flags.given("template") => "go-template",
            format => format,
        };
        let given = |what: &str| {
            argument
                .clone()
                .filter(|a| !a.is_empty())
                .ok_or_else(|| Error::text(format!("template format specified but no {what} given")))
        };
        let file = match format {
            "jsonpath-file" | "go-template-file" | "templatefile" | "custom-columns-file" => {
                let path = given("template")?;
                let bytes = ctx
                    .console
                    .read_file(&path)
                    .await
                    .map_err(|e| Error::text(format!("error reading --template {path}, open {path}: {e}\n")))?;
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
            _ => None,
        };
        Ok(match format {
            "" => Self::Human,
            "wide" if tables => Self::Wide,
            "json" => Self::Json,
            "yaml" => Self::Yaml,
            "kyaml" => Self::Yaml,
            "name" => Self::Name,
            "jsonpath" => Self::JsonPath(checked(given("template")?)?),
            "jsonpath-as-json" => Self::JsonPathAsJson(given("template")?),
            "jsonpath-file" => Self::JsonPath(file.unwrap_or_default()),
            "custom-columns" if tables => Self::Columns(match argument {
                Some(spec) if !spec.is_empty() => Columns::parse(&spec)?,
                _ => {
                    return Err(Error::text("custom-columns format specified but no custom columns given"));
                }
            }),
            "custom-columns-file" if tables => Self::Columns(Columns::from_file(&file.unwrap_or_default())?),
            "go-template" | "template" => Self::template(&given("template")?)?,
            "go-template-file" | "templatefile" => Self::template(&file.unwrap_or_default())?,
            other => {
                let formats = if tables { FORMATS_OF_GET } else { FORMATS };
                return Err(Error::text(format!(
                    "unable to match a printer suitable for the output format {other:?}, allowed formats are: {formats}"
                )));
            }
        })
    }

    fn template(text: &str) -> Result<Self, Error> {
        let template = super::template::Template::parse(text);
        template.map(Self::Template).map_err(|e| Error::text(format!("error parsing template {text}, {e}\n")))
    }

    /// Prints an object or a list. `typed` prints JSON in the order of Kubernetes' Go types, as commands do that make
    /// the object themselves.
    pub fn print(&self, value: &Value, show_managed: bool, typed: bool) -> Result<String, Error> {
        let mut value = value.clone();
        if !show_managed {
            without_managed_fields(&mut value);
        }
        let failed = |template: &str, why: String, value: &Value| {
            let data = go_syntax(value);
            Error::text(format!(
                "error executing jsonpath {template:?}: Error executing template: {why}. Printing more information \
                 for debugging the template:\n\ttemplate was:\n\t\t{template}\n\tobject given to jsonpath engine \
                 was:\n\t\t{data}\n\n"
            ))
        };
        Ok(match self {
            Self::Json if typed => ordered::json(&value) + "\n",
            Self::Json => pretty(&value) + "\n",
            Self::Yaml => yaml::emit(&value),
            Self::Name => names(&value),
            Self::JsonPath(template) => {
                jsonpath::evaluate(template, &value).map_err(|e| failed(template, e, &value))?
            }
            Self::JsonPathAsJson(path) => {
                let found = jsonpath::find(path, &value).map_err(|e| failed(path, e, &value))?;
                pretty(&json!(found)) + "\n"
            }
            Self::Columns(columns) => columns.print(&value, true),
            Self::Template(template) => template.fill(&value).map_err(Error::text)?,
            Self::Human | Self::Wide => String::new(),
        })
    }
}

/// A JSONPath template that can be read.
fn checked(template: String) -> Result<String, Error> {
    jsonpath::check(&template).map_err(|e| Error::text(format!("error parsing jsonpath {template}, {e}")))?;
    Ok(template)
}

/// `pod/x`, `lease.coordination.k8s.io/x`.
pub fn name_of(value: &Value) -> String {
    let (group, _) = kind::split_api_version(object::api_version(value));
    let kind = object::kind(value).to_lowercase();
    let dot = if group.is_empty() { "" } else { "." };
    [&kind, dot, group, "/", object::name(value)].concat()
}

/// A value as Go's `%#v` prints it.
fn go_syntax(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let fields: Vec<_> = map.iter().map(|(k, v)| format!("{k:?}:{}", go_syntax(v))).collect();
            format!("map[string]interface {{}}{{{}}}", fields.join(", "))
        }
        Value::Array(list) => {
            format!("[]interface {{}}{{{}}}", list.iter().map(go_syntax).collect::<Vec<_>>().join(", "))
        }
        Value::Null => "interface {}(nil)".to_owned(),
        other => other.to_string(),
    }
}

fn names(value: &Value) -> String {
    match value.get("items").and_then(Value::as_array) {
        Some(items) => items.iter().map(|item| name_of(item) + "\n").collect(),
        None => name_of(value) + "\n",
    }
}

/// JSON with four spaces, as kubectl indents it.
pub fn pretty(value: &Value) -> String {
    pretty_with(value, b"    ")
}

/// JSON with an indent.
pub fn pretty_with(value: &Value, indent: &[u8]) -> String {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(indent);
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    // A Value has text keys only: writing it to memory cannot fail.
    let _ = serde::Serialize::serialize(value, &mut serializer);
    patching::go_escaped(&String::from_utf8(bytes).unwrap_or_default())
}

fn without_managed_fields(value: &mut Value) {
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    if let Some(items) = value.get_mut("items").and_then(Value::as_array_mut) {
        items.iter_mut().for_each(without_managed_fields);
    }
}

impl<C: Console, T: Transport> Context<'_, C, T> {
    /// Says that `operation` was done to an object, or prints it as `-o` wants.
    pub fn done(&mut self, value: &Value, operation: &str, output: &Output, typed: bool) -> Result<(), Error> {
        let text = match output {
            Output::Human => format!("{} {operation}\n", name_of(value)),
            output => output.print(value, self.flags.is("show-managed-fields"), typed)?,
        };
        self.out(text);
        Ok(())
    }
}
