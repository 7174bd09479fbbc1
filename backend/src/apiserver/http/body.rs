//! Request bodies: JSON, YAML and protobuf as objects, decoded strictly.

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::Value;
use shared::api::{Kind, Status, json, object};
use shared::manifest;
use shared::schema;
use shared::schema::decode::{self, Duplicate};

use super::super::{FieldValidation, PatchType};
use super::protobuf;

/// What a body may weigh, as at a kube-apiserver.
pub const LIMIT: usize = 3 << 20;

const SERVED: &[&str] = &["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

/// Reads a whole body.
pub async fn read(body: Body) -> Result<Bytes, Status> {
    match Limited::new(body, LIMIT).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Status::too_large(LIMIT)),
        Err(error) => Err(Status::bad_request(format!("the body of the request could not be read: {error}"))),
    }
}

/// The media type without parameters; JSON where none is given.
pub fn media_type(headers: &HeaderMap) -> &str {
    let text = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    match text.split(';').next().unwrap_or_default().trim() {
        "" => "application/json",
        media => media,
    }
}

/// An object of a request, and what is to be said about it beside the answer.
pub struct Decoded {
    /// The object; unknown fields are gone.
    pub value: Value,
    /// Texts for `Warning` headers.
    pub warnings: Vec<String>,
}

/// A body as plain JSON, with the fields it repeats. `kind` is what it ought to be.
pub fn parse(kind: &str, media: &str, bytes: &[u8]) -> Result<(Value, Vec<Duplicate>), Status> {
    let unreadable = |why: String| {
        let body = summary(bytes);
        Status::bad_request(format!("the object provided is unrecognized (must be of type {kind}): {why} ({body})"))
    };
    let untyped = |why: String| unreadable(format!("couldn't get version/kind; json parse error: {why}"));
    let (value, repeated) = match media {
        "application/json" => decode::json_text(bytes).map_err(untyped)?,
        "application/yaml" => (yaml(bytes).map_err(unreadable)?, Vec::new()),
        "application/vnd.kubernetes.protobuf" => (protobuf::decode(bytes).map_err(unreadable)?, Vec::new()),
        _ => return Err(Status::unsupported_media_type(SERVED)),
    };
    match go_type(&value) {
        Some(found) => Err(untyped(format!("json: cannot unmarshal {found} into Go value of type {TYPED}"))),
        None => Ok((value, repeated)),
    }
}

/// What the kind is read from first.
const TYPED: &str =
    r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;

/// A body's first document, by YAML 1.1 as everywhere in Kubernetes; the error is go-yaml's.
fn yaml(bytes: &[u8]) -> Result<Value, String> {
    let (documents, why) = manifest::read(&String::from_utf8_lossy(bytes));
    match (documents.into_iter().next(), why) {
        (None, Some(why)) => Err(why.trim_start_matches("error converting YAML to JSON: ").to_owned()),
        (first, _) => Ok(first.unwrap_or_default()),
    }
}

/// How Go names what is no object.
fn go_type(value: &Value) -> Option<&'static str> {
    match value {
        Value::Array(_) => Some("array"),
        Value::String(_) => Some("string"),
        Value::Number(_) => Some("number"),
        Value::Bool(_) => Some("bool"),
        Value::Null | Value::Object(_) => None,
    }
}

/// The beginning of a body, as an error shows it (`k8s.io/apiserver/pkg/endpoints/handlers.summarizeData`).
fn summary(bytes: &[u8]) -> String {
    const LENGTH: usize = 30;
    let start = &bytes[..bytes.len().min(LENGTH)];
    let rest = if bytes.len() > LENGTH { " ..." } else { "" };
    match start {
        [] => "<empty>".to_owned(),
        [b'{', ..] => format!("{}{rest}", String::from_utf8_lossy(start)),
        _ => format!("{}{rest}", start.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
    }
}

/// The body of a patch.
pub fn patch(bytes: &[u8], ty: PatchType) -> Result<Value, Status> {
    // Of the three, a merge patch alone says what it was doing.
    let refused = |why: String| match ty {
        PatchType::Merge => Status::bad_request(format!("error decoding patch: {why}")),
        PatchType::Json | PatchType::Strategic => Status::bad_request(why),
    };
    let change = json::read(bytes).map_err(refused)?;
    match go_type(&change) {
        Some(found) if ty != PatchType::Json => Err(refused(format!("json: cannot unmarshal {found} into {MAP}"))),
        _ => Ok(change),
    }
}

/// The body of an apply patch: YAML, which JSON is too.
pub fn applied(bytes: &[u8]) -> Result<Value, Status> {
    let refused = |why: String| Status::bad_request(format!("error decoding YAML: {why}"));
    let value = yaml(bytes).map_err(|why| refused(format!("error converting YAML to JSON: {why}")))?;
    match go_type(&value) {
        Some(found) => {
            let why = format!("json: cannot unmarshal {found} into {MAP}");
            Err(refused(format!("error unmarshaling JSON: while decoding JSON: {why}")))
        }
        None if value.is_null() => Ok(Value::Object(serde_json::Map::new())),
        None => Ok(value),
    }
}

const MAP: &str = "Go value of type map[string]interface {}";

/// A plain value as an object of the kind: its type, then every field.
pub fn decode(
    kind: &Kind,
    mut value: Value,
    mut errors: Vec<Duplicate>,
    validation: FieldValidation,
) -> Result<Decoded, Status> {
    check_type(kind, &mut value)?;
    let version = kind.api_version();
    let Some(definition) = schema::for_kind(&version, kind.kind) else {
        return Ok(Decoded { value, warnings: Vec::new() });
    };
    // As Kubernetes reports them: what is repeated comes first.
    errors.extend(decode::in_place(definition, &mut value));
    if let Some(why) = decode::refusal(&version, kind.kind, &errors, validation == FieldValidation::Strict) {
        return Err(Status::bad_request(why));
    }
    let told = validation == FieldValidation::Warn;
    let warnings = decode::warnings(&errors).filter(|_| told).map(str::to_owned).collect();
    Ok(Decoded { value, warnings })
}

/// An object of a type that is not a resource, such as options, as its schema reads it.
pub fn typed(api_version: &str, kind: &str, mut value: Value) -> Result<Value, Status> {
    if let Some(definition) = schema::for_kind(api_version, kind).filter(|_| !value.is_null()) {
        let errors = decode::in_place(definition, &mut value);
        if let Some(why) = decode::refusal(api_version, kind, &errors, false) {
            return Err(Status::bad_request(why));
        }
    }
    Ok(value)
}

/// The body's `apiVersion` and `kind` must be the path's; where they are missing, they are.
pub(super) fn check_type(kind: &Kind, value: &mut Value) -> Result<(), Status> {
    let (version, found_version) = (kind.api_version(), object::api_version(value).to_owned());
    let found_kind = object::kind(value).to_owned();
    let Some(fields) = value.as_object_mut() else {
        return Err(Status::bad_request("couldn't get version/kind; json parse error: the body is not a JSON object"));
    };
    if !found_version.is_empty() && found_version != version {
        return Err(Status::bad_request(format!(
            "the API version in the data ({found_version}) does not match the expected API version ({version})"
        )));
    }
    if !found_kind.is_empty() && found_kind != kind.kind {
        let wanted = kind.kind;
        let why = match schema::for_kind(&version, &found_kind) {
            Some(_) => format!("converting ({version}.{found_kind}) to (core.{wanted}): unknown conversion"),
            None => format!("no kind \"{found_kind}\" is registered for version \"{version}\" in scheme"),
        };
        return Err(Status::bad_request(format!(
            "{found_kind} in version \"{version}\" cannot be handled as a {wanted}: {why}"
        )));
    }
    fields.insert("apiVersion".to_owned(), version.into());
    fields.insert("kind".to_owned(), kind.kind.into());
    Ok(())
}
