//! Swagger 2.0 as kubectl up to 1.28 insists on it: gnostic's protobuf
//! (`github.com/google/gnostic-models/openapiv2/OpenAPIv2.proto`).

use serde_json::Value;
use shared::api::kind::KINDS;

use super::root;

/// The document: every definition, and for each kind a patch operation that takes `fieldValidation` and names the kind.
pub fn document(definitions: &Value) -> Vec<u8> {
    let info = [text(1, "Kubernetes"), text(2, "v1.35.0")].concat();
    let mut paths = Vec::new();
    for kind in KINDS.iter().filter(|k| k.verbs.contains(&"patch")) {
        let scope = if kind.namespaced { "namespaces/{namespace}/" } else { "" };
        let path = format!("/{}/{scope}{}/{{name}}", root(kind), kind.plural);
        let gvk = format!("group: {:?}\nkind: {}\nversion: {}\n", kind.group, kind.kind, kind.version);
        let gvk = named_any("x-kubernetes-group-version-kind", &gvk);
        let operation = [field(8, &field_validation()), field(9, &responses()), field(13, &gvk)].concat();
        // Paths.path is 2; NamedPathItem has name and value; PathItem.patch is 8.
        paths.extend(field(2, &named(&path, &field(8, &operation))));
    }
    let definitions: Vec<u8> =
        entries(definitions).flat_map(|(name, value)| field(1, &named(name, &schema(value)))).collect();
    [text(1, "2.0"), field(2, &info), field(8, &paths), field(9, &definitions)].concat()
}

/// A `Schema`.
fn schema(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in entries(value) {
        match name.as_str() {
            "$ref" => out.extend(text(1, value.as_str().unwrap_or_default())),
            "format" => out.extend(text(2, value.as_str().unwrap_or_default())),
            "description" => out.extend(text(4, value.as_str().unwrap_or_default())),
            "required" => {
                let names = value.as_array().into_iter().flatten();
                out.extend(names.flat_map(|name| text(19, name.as_str().unwrap_or_default())));
            }
            "additionalProperties" => out.extend(field(21, &field(1, &schema(value)))),
            "type" => out.extend(field(22, &text(1, value.as_str().unwrap_or_default()))),
            "items" => out.extend(field(23, &field(1, &schema(value)))),
            "properties" => {
                let all = entries(value).flat_map(|(name, value)| field(1, &named(name, &schema(value))));
                out.extend(field(25, &all.collect::<Vec<_>>()));
            }
            // JSON is YAML too.
            name if name.starts_with("x-") => out.extend(field(31, &named_any(name, &format!("{value}\n")))),
            _ => {}
        }
    }
    out
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// `ParametersItem{parameter{non_body_parameter{query_parameter_sub_schema}}}` named `fieldValidation`.
fn field_validation() -> Vec<u8> {
    let query = [text(2, "query"), text(4, "fieldValidation"), text(6, "string")].concat();
    field(1, &field(2, &field(3, &query)))
}

/// `Responses{response_code{name "200", value{response{description}}}}`
fn responses() -> Vec<u8> {
    field(1, &named("200", &field(1, &text(1, "OK"))))
}

fn named_any(name: &str, yaml: &str) -> Vec<u8> {
    named(name, &text(2, yaml))
}

/// A pair of name and value, as gnostic writes maps.
fn named(name: &str, value: &[u8]) -> Vec<u8> {
    [text(1, name), field(2, value)].concat()
}

fn text(number: u32, text: &str) -> Vec<u8> {
    field(number, text.as_bytes())
}

/// A message's field of bytes.
fn field(number: u32, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 6);
    varint(u64::from(number) << 3 | 2, &mut out);
    varint(bytes.len() as u64, &mut out);
    out.extend_from_slice(bytes);
    out
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
