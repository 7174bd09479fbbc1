//! What shape the answer takes: the object itself, a Table, or its metadata alone; JSON or YAML.

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use shared::api::{Kind, Status};
use shared::manifest;
use shared::printers::{self, Include};

use super::super::conversion::{outward, stored};
use super::json as json_response;
use super::params::Params;
use crate::clock::now;
use crate::store::Object;

const SERVED: &[&str] = &["application/json", "application/yaml"];

/// The shape of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// As stored.
    Whole,
    /// As kubectl prints it.
    Table(Include),
    /// Metadata alone.
    Metadata,
}

/// Shape and language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The shape.
    pub shape: Shape,
    /// YAML instead of JSON.
    pub yaml: bool,
}

impl Format {
    /// The first of the accepted media types that can be served.
    pub fn of(headers: &HeaderMap, params: &Params) -> Result<Self, Status> {
        let accepted: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|v| v.to_str().ok()).collect();
        let accepted = accepted.join(",");
        if accepted.trim().is_empty() {
            return Ok(Self { shape: Shape::Whole, yaml: false });
        }
        for media in accepted.split(',') {
            let mut parts = media.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let parameter = |name: &str| parts.clone().find_map(|p| p.strip_prefix(name)?.strip_prefix('='));
            let yaml = match name {
                "application/json" | "*/*" | "application/*" => false,
                "application/yaml" => true,
                _ => continue,
            };
            let shape = match parameter("as") {
                None => Shape::Whole,
                Some("Table") => {
                    let include = Include::parse(params.get("includeObject")).map_err(Status::bad_request)?;
                    Shape::Table(include)
                }
                Some("PartialObjectMetadata" | "PartialObjectMetadataList") => Shape::Metadata,
                Some(_) => continue,
            };
            return Ok(Self { shape, yaml });
        }
        Err(Status::not_acceptable(SERVED))
    }

    /// One object as an answer.
    pub fn one(self, kind: &'static Kind, object: &Object, code: u16) -> Response {
        match self.shape {
            Shape::Whole if !self.yaml && !self.converts(kind) => json_response(code, object.json()),
            _ => self.write(code, &self.shaped(kind, object.value())),
        }
    }

    /// Whether objects of the kind are stored as another.
    pub fn converts(self, kind: &'static Kind) -> bool {
        !std::ptr::eq(kind, stored(kind))
    }

    /// One object in its shape.
    pub fn shaped(self, kind: &'static Kind, value: &Value) -> Value {
        match self.shape {
            Shape::Whole => outward(kind, value).unwrap_or_else(|| value.clone()),
            Shape::Table(include) => printers::table(kind, &[value], now(), include),
            Shape::Metadata => partial(value),
        }
    }

    /// A list as an answer.
    pub fn many(self, kind: &'static Kind, objects: &[Object], metadata: Map<String, Value>) -> Response {
        match self.shape {
            Shape::Whole if !self.yaml && !self.converts(kind) => {
                json_response(200, concatenated(kind, objects, &Value::Object(metadata)))
            }
            Shape::Whole => {
                let items: Vec<Value> = objects.iter().map(|o| self.shaped(kind, o.value())).collect();
                let kind_name = format!("{}List", kind.kind);
                self.write(
                    200,
                    &json!({"kind": kind_name, "apiVersion": kind.api_version(), "metadata": metadata, "items": items}),
                )
            }
            Shape::Table(include) => {
                let values: Vec<&Value> = objects.iter().map(Object::value).collect();
                let mut table = printers::table(kind, &values, now(), include);
                table["metadata"] = metadata.into();
                self.write(200, &table)
            }
            Shape::Metadata => {
                let items: Vec<Value> = objects.iter().map(|o| partial(o.value())).collect();
                let list = json!({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "items": items});
                self.write(200, &list)
            }
        }
    }

    fn write(self, code: u16, value: &Value) -> Response {
        if !self.yaml {
            return json_response(code, value.to_string());
        }
        let code = axum::http::StatusCode::from_u16(code).unwrap_or_default();
        (code, [(header::CONTENT_TYPE, "application/yaml")], manifest::emit(value)).into_response()
    }
}

fn partial(value: &Value) -> Value {
    json!({
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": value.get("metadata").cloned().unwrap_or_default(),
    })
}

/// A list from its objects' own texts: nothing is serialised twice.
fn concatenated(kind: &Kind, objects: &[Object], metadata: &Value) -> Vec<u8> {
    let size: usize = objects.iter().map(|o| o.json().len() + 1).sum();
    let mut body = Vec::with_capacity(size + 200);
    let head = format!(
        "{{\"kind\":\"{}List\",\"apiVersion\":\"{}\",\"metadata\":{metadata},\"items\":[",
        kind.kind,
        kind.api_version()
    );
    body.extend_from_slice(head.as_bytes());
    for (at, object) in objects.iter().enumerate() {
        if at > 0 {
            body.push(b',');
        }
        body.extend_from_slice(&object.json());
    }
    body.extend_from_slice(b"]}");
    body
}
