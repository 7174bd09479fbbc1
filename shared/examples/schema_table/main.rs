//! Writes `shared/src/schema/v1.35.table` from Kubernetes' OpenAPI definitions.
//!
//! ```text
//! pip download --no-deps kubernetes-validate==1.37.0 && unzip kubernetes_validate-*.whl
//! cargo run -p shared --example schema_table -- \
//!     kubernetes_validate/kubernetes-json-schema/v1.35.0-local/_definitions.json > shared/src/schema/v1.35.table
//! ```
//! Only structure is taken over: names, types, merge keys. The definitions' sentences are not.

mod facts;

use std::collections::{BTreeMap, BTreeSet};

use facts::Facts;
use serde_json::{Map, Value};

/// The packages whose kinds the table holds; whatever they refer to comes along.
const PACKAGES: &[&str] = &[
    "io.k8s.api.core.v1",
    "io.k8s.api.apps.v1",
    "io.k8s.api.batch.v1",
    "io.k8s.api.coordination.v1",
    "io.k8s.api.events.v1",
    "io.k8s.api.scheduling.v1",
    "io.k8s.api.authentication.v1",
    "io.k8s.api.authorization.v1",
    "io.k8s.api.policy.v1",
    "io.k8s.api.rbac.v1",
    "io.k8s.apimachinery.pkg.apis.meta.v1",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: schema_table _definitions.json")?;
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let definitions = file["$defs"].as_object().ok_or("no $defs in the file")?;
    let facts = Facts::parse(include_str!("facts.txt"))?;
    print!("{}", table(definitions, &facts)?);
    Ok(())
}

fn table(definitions: &Map<String, Value>, facts: &Facts) -> Result<String, String> {
    let mut packages: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in closure(definitions) {
        if scalar(name).is_none() {
            let (package, short) = name.rsplit_once('.').ok_or("a definition without a package")?;
            packages.entry(package).or_default().push(short);
        }
    }
    let mut out =
        String::from("# Kubernetes v1.35: structure of its API types. Generated; see mod.rs for the format.\n");
    for (package, names) in packages {
        out += &format!("@{package}\n");
        for short in names {
            out += &definition(package, short, &definitions[&format!("{package}.{short}")], facts)?;
        }
    }
    match facts.unused() {
        Some(fact) => Err(format!("facts.txt: no field {fact}")),
        None => Ok(out),
    }
}

fn closure(definitions: &Map<String, Value>) -> BTreeSet<&str> {
    let mut open: Vec<&str> = definitions
        .keys()
        .map(String::as_str)
        .filter(|name| PACKAGES.iter().any(|p| name.rsplit_once('.').is_some_and(|(package, _)| package == *p)))
        .collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if let Some((name, definition)) = definitions.get_key_value(name)
            && seen.insert(name.as_str())
        {
            references(definition, &mut open);
        }
    }
    seen
}

fn references<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            into.extend(map.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix("#/$defs/")));
            map.values().for_each(|v| references(v, into));
        }
        Value::Array(items) => items.iter().for_each(|v| references(v, into)),
        _ => {}
    }
}

fn definition(package: &str, short: &str, schema: &Value, facts: &Facts) -> Result<String, String> {
    let mut out = short.to_owned();
    for kind in schema["x-kubernetes-group-version-kind"].as_array().into_iter().flatten().take(1) {
        let text = |key: &str| kind[key].as_str().unwrap_or_default();
        // The group-less kinds of meta/v1 (Status, DeleteOptions) are listed under every group: the first is "".
        let group_version = if text("group").is_empty() {
            text("version").to_owned()
        } else {
            format!("{}/{}", text("group"), text("version"))
        };
        out += &format!(" {group_version}");
    }
    out += "\n";
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{short}.{name}");
        let mut ty = type_of(package, property, &facts.go(&path))?;
        if let Some(list) = facts.list(&path) {
            ty = format!("{ty}:{list}");
        }
        out += &format!(" {name} {ty}");
        if required.contains(&name.as_str()) {
            out += " !";
        }
        if facts.kept(&path, &ty) {
            out += " ?";
        }
        let is_metadata = name == "metadata" && (ty.ends_with("ObjectMeta") || ty.ends_with("ListMeta"));
        if facts.value(&path) || is_metadata {
            out += " =";
        }
        let strategy = property["x-kubernetes-patch-strategy"].as_str().unwrap_or_default();
        for word in strategy.split(',').filter(|w| !w.is_empty()) {
            out += if word == "merge" { " +" } else { " $" };
        }
        if let Some(key) = property["x-kubernetes-patch-merge-key"].as_str() {
            out += &format!(" m={key}");
        }
        match property["x-kubernetes-list-type"].as_str() {
            Some("map") => {
                let keys: Vec<&str> = property["x-kubernetes-list-map-keys"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                out += &format!(" k={}", keys.join(","));
            }
            Some("set") => out += " s",
            Some("atomic") => out += " a",
            _ => {}
        }
        if property["x-kubernetes-map-type"] == "atomic" {
            out += " a";
        }
        if let Some(value) = facts.absent(&path) {
            out += &format!(" d={value}");
        }
        out += "\n";
    }
    Ok(out)
}

fn type_of(package: &str, schema: &Value, go: &str) -> Result<String, String> {
    if let Some(target) = schema["$ref"].as_str() {
        let name = target.strip_prefix("#/$defs/").ok_or("a $ref elsewhere")?;
        if let Some(code) = scalar(name) {
            return Ok(code.to_owned());
        }
        let (other, short) = name.rsplit_once('.').ok_or("a $ref without a package")?;
        return Ok(match other {
            _ if other == package => short.to_owned(),
            "io.k8s.apimachinery.pkg.apis.meta.v1" => format!("~{short}"),
            "io.k8s.api.core.v1" => format!("^{short}"),
            _ => return Err(format!("a reference to {name}")),
        });
    }
    let ty = match &schema["type"] {
        Value::Array(types) => types.first().and_then(Value::as_str),
        other => other.as_str(),
    };
    Ok(match (ty, schema["format"].as_str()) {
        (Some("string"), Some("byte")) => "y".to_owned(),
        (Some("string"), _) if go.is_empty() => "s".to_owned(),
        (Some("string"), _) => format!("s:{go}"),
        (Some("boolean"), _) => "b".to_owned(),
        (Some("integer"), Some("int32")) => "i".to_owned(),
        (Some("integer"), _) => "l".to_owned(),
        (Some("number"), _) => "n".to_owned(),
        (Some("array"), _) => format!("[{}", type_of(package, &schema["items"], go)?),
        (Some("object"), _) if schema.get("additionalProperties").is_some() => {
            format!("{{{}", type_of(package, &schema["additionalProperties"], go)?)
        }
        _ => "*".to_owned(),
    })
}

/// Definitions that are one value in JSON.
fn scalar(name: &str) -> Option<&'static str> {
    Some(match name {
        "io.k8s.apimachinery.pkg.api.resource.Quantity" => "q",
        "io.k8s.apimachinery.pkg.util.intstr.IntOrString" => "x",
        "io.k8s.apimachinery.pkg.apis.meta.v1.Time" => "t",
        "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime" => "u",
        "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1"
        | "io.k8s.apimachinery.pkg.apis.meta.v1.Patch"
        | "io.k8s.apimachinery.pkg.runtime.RawExtension" => "*",
        _ => return None,
    })
}
