//! Messages whose fields' names and types are the schema's, so that only their numbers need to be known: a Pod's spec,
//! which kubectl from 1.32 on sends for `kubectl debug`.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::{Map, Value, json};
use shared::schema::{Definition, Type, definition};

use super::{DEPTH, METADATA, Parts, Shape, Wire, entry, push, put};

/// A message's fields.
type Numbers = Vec<(u32, &'static str)>;

fn numbers(message: &str) -> Result<&'static Numbers, String> {
    static ALL: OnceLock<HashMap<&'static str, Numbers>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let lines = include_str!("tags.txt").lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| line.split_once(' ')).map(|(message, fields)| (message, fields_of(fields))).collect()
    });
    all.get(message).ok_or_else(|| format!("{message} is not read as protobuf here: send JSON"))
}

fn fields_of(text: &'static str) -> Numbers {
    text.split(' ')
        .filter_map(|field| field.split_once('='))
        .filter_map(|(n, name)| Some((n.parse().ok()?, name)))
        .collect()
}

/// A message as an object of a type of the schema. What Go writes as its zero value is there, too: decoding sorts it out.
pub(super) fn read(name: &str, bytes: &[u8], depth: usize) -> Result<Value, String> {
    let definition = definition(name).ok_or_else(|| format!("{name} is unknown"))?;
    let mut object = Map::new();
    fields(definition, definition.short, bytes, depth, &mut object)?;
    Ok(object.into())
}

/// Reads a message's fields into an object; those of a message in it that JSON does not know are the object's own.
fn fields(
    definition: &'static Definition,
    message: &str,
    bytes: &[u8],
    depth: usize,
    object: &mut Map<String, Value>,
) -> Result<(), String> {
    if depth > DEPTH {
        return Err("nested too deep".to_owned());
    }
    let numbers = numbers(message)?;
    for part in Parts(bytes) {
        let (number, wire) = part?;
        let Some((_, name)) = numbers.iter().find(|(n, _)| *n == number) else { continue };
        if let Some(inner) = name.strip_prefix('^') {
            let Wire::Bytes(bytes) = wire else { return Err(format!("{inner} is no message")) };
            fields(definition, inner, bytes, depth + 1, object)?;
            continue;
        }
        let field = definition.field(name).ok_or_else(|| format!("{message} has no field {name}"))?;
        match &field.ty {
            Type::Array(item) => push(object, name, value(item, wire, depth)?),
            Type::Map(item) => put(object, name, entry(name, wire, |wire| value(item, wire, depth))?),
            ty => drop(object.insert((*name).to_owned(), value(ty, wire, depth)?)),
        }
    }
    Ok(())
}

fn value(ty: &Type, wire: Wire<'_>, depth: usize) -> Result<Value, String> {
    let shape = match (ty, wire) {
        (Type::Object(name), Wire::Bytes(bytes)) if ty.object().is_none_or(|d| d.short != "ObjectMeta") => {
            return read(name, bytes, depth + 1);
        }
        (Type::IntOrString, Wire::Bytes(bytes)) => return int_or_string(bytes, depth),
        (Type::Object(_), _) => Shape::Message(METADATA),
        (Type::String, _) => Shape::Text,
        (Type::Boolean, _) => Shape::Bool,
        (Type::Int32 | Type::Int64, _) => Shape::Int,
        (Type::Bytes, _) => Shape::Bytes,
        (Type::Time, _) => Shape::Time,
        (Type::Quantity, _) => Shape::Quantity,
        _ => return Err("a field's type is not read as protobuf here: send JSON".to_owned()),
    };
    super::value(&shape, wire, depth)
}

/// Which of the two it is, the number, the text.
fn int_or_string(bytes: &[u8], depth: usize) -> Result<Value, String> {
    let (mut is_text, mut number, mut text) = (false, json!(0), json!(""));
    for part in Parts(bytes) {
        match part? {
            (1, Wire::Number(n)) => is_text = n == 1,
            (2, wire) => number = super::value(&Shape::Int, wire, depth)?,
            (3, wire) => text = super::value(&Shape::Text, wire, depth)?,
            _ => {}
        }
    }
    Ok(if is_text { text } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::schema::decode::strict;
    use shared::schema::for_kind;

    /// Measured with kubectl 1.35: `debug p --copy-to=q --profile=general …` of a Pod with a little of everything.
    #[test]
    fn a_pod_as_kubectl_sends_it() {
        let pod = super::super::decode(include_bytes!("pod.pb")).unwrap();
        let (pod, errors) = strict(for_kind("v1", "Pod").unwrap(), &pod);
        assert_eq!(errors, []);
        assert_eq!(pod["metadata"], json!({"name": "q", "namespace": "default"}));
        let spec = &pod["spec"];
        for (pointer, expected) in [
            ("/terminationGracePeriodSeconds", json!(0)),
            ("/automountServiceAccountToken", json!(false)),
            ("/nodeSelector", json!({"disk": "ssd"})),
            (
                "/tolerations/0",
                json!({"effect": "NoExecute", "key": "a", "operator": "Exists", "tolerationSeconds": 0}),
            ),
            (
                "/volumes",
                json!([{"name": "e", "emptyDir": {"sizeLimit": "1Gi"}},
                {"name": "m", "configMap": {"name": "m", "items": [{"key": "a", "path": "b"}], "defaultMode": 256}}]),
            ),
            ("/containers/0/env/1/valueFrom", json!({"configMapKeyRef": {"key": "a", "name": "m"}})),
            ("/containers/0/livenessProbe/httpGet", json!({"path": "/", "port": "http", "scheme": "HTTP"})),
            ("/containers/0/readinessProbe/tcpSocket", json!({"port": 80})),
            ("/containers/0/ports", json!([{"name": "http", "containerPort": 80, "protocol": "TCP"}])),
            ("/containers/0/resources/limits", json!({"cpu": "100m", "memory": "64Mi"})),
            ("/containers/0/securityContext", json!({"capabilities": {"add": ["CHOWN"]}, "runAsUser": 0})),
            ("/containers/1/command", json!(["sleep", "1"])),
        ] {
            assert_eq!(spec.pointer(pointer), Some(&expected), "{pointer}");
        }
    }

    /// Every number is of a field that there is, and every message that a Pod's spec can have has numbers.
    #[test]
    fn numbers_fit_the_schema() {
        let mut seen = Vec::new();
        let mut left = vec!["io.k8s.api.core.v1.PodSpec"];
        while let Some(name) = left.pop() {
            let definition = definition(name).unwrap();
            if seen.contains(&name) || definition.short == "ObjectMeta" {
                continue;
            }
            seen.push(name);
            let mut names: Vec<&str> = all_names(definition.short);
            names.sort_unstable();
            let expected: Vec<&str> = definition.fields.iter().map(|field| field.name).collect();
            assert_eq!(names, expected, "{name}");
            for field in definition.fields {
                let ty = match &field.ty {
                    Type::Array(item) | Type::Map(item) => item,
                    ty => ty,
                };
                left.extend(ty.object().map(|definition| definition.name));
            }
        }
        assert!(seen.len() > 90, "{}", seen.len());
    }

    fn all_names(message: &str) -> Vec<&'static str> {
        let own = numbers(message).unwrap().iter();
        own.flat_map(|(_, name)| name.strip_prefix('^').map_or_else(|| vec![*name], all_names)).collect()
    }
}
