//! OpenAPI as far as kubectl's validation and apply need it: that each kind can be patched with `fieldValidation`, so
//! that the checking is the server's. Schemas are not served yet, which kubectl takes as "use what you know".

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use shared::api::Kind;
use shared::api::kind::KINDS;

use super::json as json_response;

/// The media type that kubectl up to 1.28 gets; it asks with an `@`, which is no media type to read back.
const V2_PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// The answer to an OpenAPI path; `None` for any other.
pub fn respond(path: &str, headers: &HeaderMap) -> Option<Response> {
    match path {
        "openapi/v3" => Some(json_response(200, index().to_string())),
        "openapi/v2" => Some(v2(headers)),
        path => {
            let (group, version) = group_version(path.strip_prefix("openapi/v3/")?)?;
            Some(json_response(200, document(group, version).to_string()))
        }
    }
}

fn group_version(path: &str) -> Option<(&str, &str)> {
    let (group, version) = match path.split('/').collect::<Vec<_>>().as_slice() {
        ["api", version] => ("", *version),
        ["apis", group, version] => (*group, *version),
        _ => return None,
    };
    KINDS.iter().any(|k| k.group == group && k.version == version).then_some((group, version))
}

/// `api/v1`, `apis/coordination.k8s.io/v1`
fn root(kind: &Kind) -> String {
    if kind.group.is_empty() {
        format!("api/{}", kind.version)
    } else {
        format!("apis/{}/{}", kind.group, kind.version)
    }
}

fn index() -> Value {
    let paths: Map<String, Value> = KINDS
        .iter()
        .map(|kind| {
            let root = root(kind);
            // The hash makes clients that cache by it ask again when the kinds change.
            let url = format!("/openapi/v3/{root}?hash={}", env!("CARGO_PKG_VERSION"));
            (root, json!({ "serverRelativeURL": url }))
        })
        .collect();
    json!({ "paths": paths })
}

fn document(group: &str, version: &str) -> Value {
    let mut paths = Map::new();
    for kind in KINDS.iter().filter(|k| k.group == group && k.version == version && k.verbs.contains(&"patch")) {
        let scope = if kind.namespaced { "namespaces/{namespace}/" } else { "" };
        let path = format!("/{}/{scope}{}/{{name}}", root(kind), kind.plural);
        let parameters = ["dryRun", "fieldManager", "fieldValidation"].map(query);
        let operation = json!({
            "description": format!("partially update the specified {}", kind.kind),
            "parameters": parameters,
            "responses": {"200": {"description": "OK"}},
            "x-kubernetes-action": "patch",
            "x-kubernetes-group-version-kind": {"group": kind.group, "version": kind.version, "kind": kind.kind},
        });
        paths.insert(path, json!({ "patch": operation }));
    }
    json!({"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1.35.0"}, "paths": paths})
}

fn query(name: &str) -> Value {
    json!({"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": true}})
}

/// Swagger 2.0 in gnostic's protobuf (`github.com/google/gnostic-models/openapiv2/OpenAPIv2.proto`), or as JSON.
fn v2(headers: &HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if accept.contains("protobuf") {
        return ([(header::CONTENT_TYPE, V2_PROTOBUF)], v2_protobuf()).into_response();
    }
    let document = json!({"swagger": "2.0", "info": {"title": "Kubernetes", "version": "v1.35.0"}, "paths": {}, "definitions": {}});
    json_response(200, document.to_string())
}

/// A message's field of bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(bytes);
    out
}

/// The document: for each kind a patch operation that takes `fieldValidation` and names the kind.
fn v2_protobuf() -> Vec<u8> {
    let info = [field(1, b"Kubernetes"), field(2, b"v1.35.0")].concat();
    let mut paths = Vec::new();
    let mut definitions = Vec::new();
    for kind in KINDS.iter().filter(|k| k.verbs.contains(&"patch")) {
        let scope = if kind.namespaced { "namespaces/{namespace}/" } else { "" };
        let path = format!("/{}/{scope}{}/{{name}}", root(kind), kind.plural);
        let gvk = group_version_kind(kind, false);
        let operation = [field(8, &field_validation()), field(9, &responses()), field(13, &gvk)].concat();
        // PathItem.patch is 8, NamedPathItem is name 1, value 2; Paths.path is 2.
        let item = [field(1, path.as_bytes()), field(2, &field(8, &operation))].concat();
        paths.extend(field(2, &item));
        // Schema: type 9 (TypeItem), vendor_extension 31 is beyond one byte of tag.
        let schema = [field_of_31(&group_version_kind(kind, true))].concat();
        let name = format!("io.k8s.{}.{}.{}", kind.group, kind.version, kind.kind);
        definitions.extend(field(1, &[field(1, name.as_bytes()), field(2, &schema)].concat()));
    }
    [field(1, b"2.0"), field(2, &info), field(8, &paths), field(9, &definitions)].concat()
}

fn field_of_31(bytes: &[u8]) -> Vec<u8> {
    let mut out = field(0, bytes);
    // Tag 31·8+2 = 250, as a varint of two bytes.
    out.splice(0..1, [0xfa, 0x01]);
    out
}

/// ParametersItem{parameter{non_body_parameter{query_parameter_sub_schema}}} named `fieldValidation`.
fn field_validation() -> Vec<u8> {
    // QueryParameterSubSchema: in 2, name 4, type 6.
    let query = [field(2, b"query"), field(4, b"fieldValidation"), field(6, b"string")].concat();
    // NonBodyParameter.query_parameter_sub_schema is 3, Parameter.non_body_parameter 2, ParametersItem.parameter 1.
    field(1, &field(2, &field(3, &query)))
}

/// Responses{response_code{name "200", value{response{description}}}}
fn responses() -> Vec<u8> {
    let response = field(1, b"OK");
    field(1, &[field(1, b"200"), field(2, &field(1, &response))].concat())
}

/// NamedAny `x-kubernetes-group-version-kind` with YAML as its value; definitions have a list of them.
fn group_version_kind(kind: &Kind, list: bool) -> Vec<u8> {
    let (dash, indent) = if list { ("- ", "  ") } else { ("", "") };
    let yaml =
        format!("{dash}group: \"{}\"\n{indent}kind: {}\n{indent}version: {}\n", kind.group, kind.kind, kind.version);
    [field(1, b"x-kubernetes-group-version-kind"), field(2, &field(2, yaml.as_bytes()))].concat()
}
