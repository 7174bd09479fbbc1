//! OpenAPI v3 and v2 from the table of kinds and the schema table. kubectl decides by it whether the server validates,
//! and builds patches and explanations from it.

mod gnostic;
mod paths;
mod schema;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use shared::api::Kind;
use shared::api::kind::KINDS;
use shared::schema::for_kind;

use self::schema::{Schemas, Version};
use super::json as json_response;

/// The media type that kubectl up to 1.28 gets; it asks with an `@`, which is no media type to read back.
const V2_PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// The answer to an OpenAPI path; `None` for any other.
pub fn respond(path: &str, headers: &HeaderMap) -> Option<Response> {
    match path {
        "openapi/v3" => Some(json_response(200, index().to_string())),
        "openapi/v2" => Some(v2(headers)),
        path => Some(json_response(200, documents().get(path.strip_prefix("openapi/v3/")?)?.clone())),
    }
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
    let paths = documents().iter().map(|(root, document)| {
        // The hash makes clients that cache by it ask again when the document changes.
        let url = format!("/openapi/v3/{root}?hash={:016X}", hash(document));
        (root.clone(), json!({ "serverRelativeURL": url }))
    });
    json!({ "paths": paths.collect::<Map<_, _>>() })
}

/// FNV-1a: short, and the same in every run.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The documents of v3, one for each group and version, by their paths.
fn documents() -> &'static BTreeMap<String, Bytes> {
    static DOCUMENTS: OnceLock<BTreeMap<String, Bytes>> = OnceLock::new();
    // What is measured has no schema: it comes from an API server of its own, whose definitions are not Kubernetes'.
    let kinds = || KINDS.iter().filter(|kind| for_kind(&kind.api_version(), kind.kind).is_some());
    DOCUMENTS.get_or_init(|| kinds().map(|kind| (root(kind), document(kind).to_string().into())).collect())
}

fn document(kind: &Kind) -> Value {
    let mut schemas = Schemas::new(Version::V3);
    let paths = paths::paths(kind.group, kind.version, &mut schemas);
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "v1.35.0"},
        "paths": paths,
        "components": {"schemas": schemas.finish()},
    })
}

/// Swagger 2.0, as protobuf or as JSON.
fn v2(headers: &HeaderMap) -> Response {
    static PROTOBUF: OnceLock<Bytes> = OnceLock::new();
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if accept.contains("protobuf") {
        let body = PROTOBUF.get_or_init(|| gnostic::document(&definitions()).into());
        return ([(header::CONTENT_TYPE, V2_PROTOBUF)], body.clone()).into_response();
    }
    let info = json!({"title": "Kubernetes", "version": "v1.35.0"});
    let document = json!({"swagger": "2.0", "info": info, "paths": {}, "definitions": definitions()});
    json_response(200, document.to_string())
}

fn definitions() -> Value {
    let mut schemas = Schemas::new(Version::V2);
    for kind in KINDS {
        let version = kind.api_version();
        for name in [kind.kind.to_owned(), format!("{}List", kind.kind)] {
            for_kind(&version, &name).map(|found| schemas.reference(found));
        }
    }
    schemas.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        for (root, document) in documents() {
            let document: Value = serde_json::from_slice(document).unwrap();
            let mut found = Vec::new();
            references(&document, &mut found);
            assert!(!found.is_empty(), "{root}");
            for reference in found {
                assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{root}: {reference}");
            }
        }
        let definitions = json!({"definitions": definitions()});
        let mut found = Vec::new();
        references(&definitions, &mut found);
        assert!(found.iter().all(|reference| definitions.pointer(reference.trim_start_matches('#')).is_some()));
    }

    #[test]
    fn what_clients_look_for() {
        let core: Value = serde_json::from_slice(&documents()["api/v1"]).unwrap();
        let patch = &core["paths"]["/api/v1/namespaces/{namespace}/pods/{name}"]["patch"];
        assert_eq!(patch["x-kubernetes-group-version-kind"], json!({"group": "", "version": "v1", "kind": "Pod"}));
        assert_eq!(patch["operationId"], "patchCoreV1NamespacedPod");
        assert!(patch["parameters"].as_array().unwrap().iter().any(|p| p["name"] == "fieldValidation"));
        let spec = &core["components"]["schemas"]["io.k8s.api.core.v1.PodSpec"]["properties"];
        assert_eq!(spec["containers"]["x-kubernetes-patch-merge-key"], "name");
        assert_eq!(spec["containers"]["x-kubernetes-list-map-keys"], json!(["name"]));
        assert_eq!(spec["nodeSelector"]["x-kubernetes-map-type"], "atomic");
    }
}
