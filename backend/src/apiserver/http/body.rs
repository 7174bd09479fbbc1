//! Request bodies: JSON, YAML and protobuf as objects, decoded strictly.

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::Value;
use shared::api::{Kind, Status, object};
use shared::schema::{self, decode};

use super::super::FieldValidation;
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

/// A body as plain JSON, with the fields it repeats.
pub fn parse(media: &str, bytes: &[u8]) -> Result<(Value, Vec<String>), Status> {
    match media {
        "application/json" => decode::json_text(bytes)
            .map(|(value, repeated)| (value, repeated.iter().map(ToString::to_string).collect()))
            .map_err(|why| unreadable("json parse error", &why, bytes)),
        "application/yaml" => yaml(bytes),
        "application/vnd.kubernetes.protobuf" => protobuf::decode(bytes)
            .map(|value| (value, Vec::new()))
            .map_err(|why| Status::bad_request(format!("the body of the request is no readable protobuf: {why}"))),
        _ => Err(Status::unsupported_media_type(SERVED)),
    }
}

fn yaml(bytes: &[u8]) -> Result<(Value, Vec<String>), Status> {
    let text = std::str::from_utf8(bytes).map_err(|e| unreadable("yaml: invalid UTF-8", &e.to_string(), bytes))?;
    let (mut documents, problems) = shared::manifest::parse(text);
    if let Some(problem) = problems.first() {
        return Err(unreadable("yaml", &problem.message, bytes));
    }
    match documents.len() {
        1 => Ok((documents.remove(0).value, Vec::new())),
        _ => Err(Status::bad_request("the body of the request must be one YAML document")),
    }
}

fn unreadable(what: &str, why: &str, bytes: &[u8]) -> Status {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
    Status::bad_request(format!("couldn't get version/kind; {what}: {why} ({{\"{}\" ...)", start.escape_debug()))
}

/// A plain value as an object of the kind: its type, then every field.
pub fn decode(
    kind: &Kind,
    mut value: Value,
    repeated: Vec<String>,
    validation: FieldValidation,
) -> Result<Decoded, Status> {
    check_type(kind, &mut value)?;
    let version = kind.api_version();
    let cannot = |why: &str| {
        let (short, name) = (version.as_str(), kind.kind);
        Status::bad_request(format!("{name} in version \"{short}\" cannot be handled as a {name}: {why}"))
    };
    let Some(definition) = schema::for_kind(&version, kind.kind) else {
        return Ok(Decoded { value, warnings: Vec::new() });
    };
    let (value, errors) = decode::strict(definition, &value);
    let (wrong, unknown): (Vec<_>, Vec<_>) = errors.into_iter().partition(|e| e.is_fatal());
    if let Some(first) = wrong.first() {
        return Err(cannot(&first.to_string()));
    }
    // As Kubernetes reports them: what is repeated comes first.
    let strict: Vec<String> = repeated.into_iter().chain(unknown.iter().map(ToString::to_string)).collect();
    match validation {
        FieldValidation::Strict if !strict.is_empty() => {
            Err(cannot(&format!("strict decoding error: {}", strict.join(", "))))
        }
        FieldValidation::Warn => Ok(Decoded { value, warnings: strict }),
        _ => Ok(Decoded { value, warnings: Vec::new() }),
    }
}

/// The body's `apiVersion` and `kind` must be the path's; where they are missing, they are.
fn check_type(kind: &Kind, value: &mut Value) -> Result<(), Status> {
    let (version, found_version) = (kind.api_version(), object::api_version(value).to_owned());
    let found_kind = object::kind(value).to_owned();
    let Some(fields) = value.as_object_mut() else {
        let found = shared::schema::decode::go_kind(value);
        return Err(Status::bad_request(format!(
            "couldn't get version/kind; json parse error: json: cannot unmarshal {found} into Go value of type struct \
             {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}"
        )));
    };
    if !found_version.is_empty() && found_version != version {
        return Err(Status::bad_request(format!(
            "the API version in the data ({found_version}) does not match the expected API version ({version})"
        )));
    }
    if !found_kind.is_empty() && found_kind != kind.kind {
        let wanted = kind.kind;
        return Err(Status::bad_request(format!(
            "{found_kind} in version \"{version}\" cannot be handled as a {wanted}: converting \
             ({version}.{found_kind}) to ({wanted}): unknown conversion"
        )));
    }
    fields.insert("apiVersion".to_owned(), version.into());
    fields.insert("kind".to_owned(), kind.kind.into());
    Ok(())
}
