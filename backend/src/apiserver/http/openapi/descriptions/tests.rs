//! Nothing that is served is without a description, and no description is of something that is not served.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use shared::schema::definition;

use super::*;
use crate::apiserver::http::openapi::{definitions, documents};

/// Types and their fields, as the documents have them.
fn served() -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let mut add = |schemas: &Value| {
        for (name, schema) in schemas.as_object().unwrap() {
            found.insert(name.clone(), schema.clone());
        }
    };
    add(&definitions());
    documents().values().for_each(|document| {
        let document: Value = serde_json::from_slice(&document.plain()).unwrap();
        add(&document["components"]["schemas"]);
    });
    found
}

fn fields(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema["properties"].as_object().into_iter().flatten()
}

#[test]
fn every_type_and_field_is_described() {
    let mut without = Vec::new();
    for (name, schema) in served() {
        if schema["description"].as_str().is_none_or(str::is_empty) {
            without.push(name.clone());
        }
        let bare = fields(&schema).filter(|(_, field)| field["description"].as_str().is_none_or(str::is_empty));
        without.extend(bare.map(|(field, _)| format!("{name}.{field}")));
    }
    assert!(without.is_empty(), "without a description:\n{}", without.join("\n"));
}

#[test]
fn every_description_is_of_something_served() {
    let served = served();
    let (mut idle, all) = (Vec::new(), Descriptions::read());
    for (name, described) in &all.types {
        let mut known: BTreeSet<&str> = BTreeSet::new();
        if name.starts_with("*.") {
            let of = served.keys().filter_map(|name| definition(name)).filter(|d| d.group_version.is_some());
            known.extend(of.filter(|d| of_kind(d) == name).flat_map(|d| d.fields).map(|field| field.name));
        } else if let Some(schema) = served.get(name) {
            known.extend(fields(schema).map(|(field, _)| field.as_str()));
        } else {
            idle.push(name.clone());
        }
        idle.extend(described.fields.keys().filter(|f| !known.contains(**f)).map(|f| format!("{name}.{f}")));
        idle.extend(described.like.iter().filter(|like| !all.types.contains_key(*like)).cloned());
    }
    assert!(idle.is_empty(), "descriptions of nothing that is served:\n{}", idle.join("\n"));
}

#[test]
fn lines_are_told_apart() {
    let mut all = Descriptions { types: HashMap::new() };
    all.add("# a remark\n@p\nA: An a:\n   it is.\n x: An x\n   of an a.\n y: A y.\nB < A: A b.\n y: Its own y.\n");
    assert_eq!(all.of_type("p.A"), Some("An a: it is."));
    assert_eq!(all.types["p.A"].fields["x"], "An x of an a.");
    let b = Definition { name: "p.B", short: "B", group_version: None, fields: &[] };
    assert_eq!(all.of_field(&b, "x"), Some("An x of an a."));
    assert_eq!(all.of_field(&b, "y"), Some("Its own y."));
    assert_eq!(all.of_field(&b, "z"), None);
}

#[test]
fn what_is_without_effect_says_so() {
    let all = Descriptions::read();
    for (name, fields) in [("io.k8s.api.core.v1.PodSpec", OF_POD), ("io.k8s.api.core.v1.Container", OF_CONTAINER)] {
        let definition = definition(name).unwrap();
        for (field, why) in fields {
            let text = all.of_field(definition, field).unwrap();
            assert!(text.ends_with(&format!("without effect: {why}.")), "{name}.{field}: {text}");
        }
    }
}
