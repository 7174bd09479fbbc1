//! OpenAPI v3 and v2 from the table of kinds and the schema table. kubectl decides by it whether the server validates,
//! and builds patches and explanations from it.

mod descriptions;
mod gnostic;
mod packed;
mod paths;
mod schema;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde_json::{Map, Value, json};
use shared::api::Kind;
use shared::api::kind::KINDS;
use shared::schema::for_kind;

use self::descriptions::Descriptions;
use self::packed::Packed;
use self::schema::{Schemas, Version};
use super::json as json_response;

/// The media type that kubectl up to 1.28 gets; it asks with an `@`, which is no media type to read back.
const V2_PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// The answer to an OpenAPI path; `None` for any other.
pub fn respond(path: &str, headers: &HeaderMap) -> Option<Response> {
    match path {
        "openapi/v3" => Some(json_response(200, index().to_string())),
        "openapi/v2" => Some(v2(headers)),
        path => Some(documents().get(path.strip_prefix("openapi/v3/")?)?.answer(headers, "application/json")),
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
        let url = format!("/openapi/v3/{root}?hash={:016X}", document.hash);
        (root.clone(), json!({ "serverRelativeURL": url }))
    });
    json!({ "paths": paths.collect::<Map<_, _>>() })
}

/// The documents of v3, one for each group and version, by their paths.
fn documents() -> &'static BTreeMap<String, Packed> {
    static DOCUMENTS: OnceLock<BTreeMap<String, Packed>> = OnceLock::new();
    // What is measured has no schema: it comes from an API server of its own, whose definitions are not Kubernetes'.
    let kinds = || KINDS.iter().filter(|kind| for_kind(&kind.api_version(), kind.kind).is_some());
    DOCUMENTS.get_or_init(|| {
        let (descriptions, mut made) = (Descriptions::read(), BTreeMap::new());
        for kind in kinds() {
            let document = || Packed::new(document(kind, &descriptions).to_string().as_bytes());
            made.entry(root(kind)).or_insert_with(document);
        }
        made
    })
}

fn document(kind: &Kind, descriptions: &Descriptions) -> Value {
    let mut schemas = Schemas::new(Version::V3, descriptions);
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
    static PROTOBUF: OnceLock<Packed> = OnceLock::new();
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if accept.contains("protobuf") {
        let document = PROTOBUF.get_or_init(|| Packed::new(&gnostic::document(&definitions())));
        return document.answer(headers, V2_PROTOBUF);
    }
    let info = json!({"title": "Kubernetes", "version": "v1.35.0"});
    let document = json!({"swagger": "2.0", "info": info, "paths": {}, "definitions": definitions()});
    json_response(200, document.to_string())
}

fn definitions() -> Value {
    let descriptions = Descriptions::read();
    let mut schemas = Schemas::new(Version::V2, &descriptions);
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
            let document: Value = serde_json::from_slice(&document.plain()).unwrap();
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
        let core: Value = serde_json::from_slice(&documents()["api/v1"].plain()).unwrap();
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
