//! Kubernetes' error object, `Status`, and the words the API server puts into it
//! (`k8s.io/apimachinery/pkg/api/errors`).

use serde::Serialize;
use serde_json::Value;

use super::{FieldError, Kind};

/// An answer that is not an object: mostly an error. Serialises as `v1` `Status`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// Always `Status`.
    pub kind: String,
    /// Always `v1`.
    #[serde(rename = "apiVersion")]
    pub api_version: String,
    /// List metadata; always empty.
    pub metadata: serde_json::Map<String, Value>,
    /// `Success` or `Failure`.
    pub status: String,
    /// What a person reads.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// What a program reads: `NotFound`, `AlreadyExists`, …
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// What the error is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
    /// The HTTP status code.
    pub code: u16,
}

/// What a [`Status`] is about.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// The object's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The object's API group.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// The resource or kind.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The object's uid.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uid: String,
    /// Every single problem.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// When to try again, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u32>,
}

/// One problem of a [`Status`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cause {
    /// `FieldValueInvalid`, `ExitCode`, …
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// What a person reads.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The field's path.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
}

impl Status {
    fn empty(status: &str) -> Self {
        Self {
            kind: "Status".to_owned(),
            api_version: "v1".to_owned(),
            metadata: serde_json::Map::new(),
            status: status.to_owned(),
            message: String::new(),
            reason: String::new(),
            details: None,
            code: 0,
        }
    }

    /// An object as a `Status`, if it is one. What is missing in it is empty.
    pub fn read(object: &Value) -> Option<Self> {
        let text = |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
        let number = |value: &Value| u32::try_from(value.as_u64()?).ok();
        let cause = |cause: &Value| Cause {
            reason: text(cause, "reason"),
            message: text(cause, "message"),
            field: text(cause, "field"),
        };
        let details = |details: &Value| Details {
            name: text(details, "name"),
            group: text(details, "group"),
            kind: text(details, "kind"),
            uid: text(details, "uid"),
            causes: details["causes"].as_array().into_iter().flatten().map(cause).collect(),
            retry_after_seconds: number(&details["retryAfterSeconds"]),
        };
        (object["kind"] == "Status").then(|| Self {
            kind: text(object, "kind"),
            api_version: text(object, "apiVersion"),
            metadata: object["metadata"].as_object().cloned().unwrap_or_default(),
            status: text(object, "status"),
            message: text(object, "message"),
            reason: text(object, "reason"),
            details: Some(&object["details"]).filter(|value| value.is_object()).map(details),
            code: number(&object["code"]).and_then(|code| u16::try_from(code).ok()).unwrap_or_default(),
        })
    }

    /// An error of any reason.
    pub fn failure(code: u16, reason: &str, message: impl Into<String>) -> Self {
        Self { code, reason: reason.to_owned(), message: message.into(), ..Self::empty("Failure") }
    }

    /// The answer `Success`, as a deletion gives it.
    pub fn success(details: Option<Details>) -> Self {
        Self { details, code: 200, ..Self::empty("Success") }
    }

    /// Names the object the error is about.
    #[must_use]
    pub fn about(mut self, kind: &Kind, name: &str) -> Self {
        let details = self.details.get_or_insert_default();
        details.name = name.to_owned();
        details.group = kind.group.to_owned();
        details.kind = kind.plural.to_owned();
        self
    }

    /// `pods "x" not found`
    pub fn not_found(kind: &Kind, name: &str) -> Self {
        Self::failure(404, "NotFound", format!("{} \"{name}\" not found", kind.qualified_plural())).about(kind, name)
    }

    /// A path that leads to nothing.
    pub fn no_such_path() -> Self {
        Self {
            details: Some(Details::default()),
            ..Self::failure(404, "NotFound", "the server could not find the requested resource")
        }
    }

    /// `pods "x" already exists`
    pub fn already_exists(kind: &Kind, name: &str) -> Self {
        Self::failure(409, "AlreadyExists", format!("{} \"{name}\" already exists", kind.qualified_plural()))
            .about(kind, name)
    }

    /// `Operation cannot be fulfilled on pods "x": why`
    pub fn conflict(kind: &Kind, name: &str, why: &str) -> Self {
        let plural = kind.qualified_plural();
        Self::failure(409, "Conflict", format!("Operation cannot be fulfilled on {plural} \"{name}\": {why}"))
            .about(kind, name)
    }

    /// The conflict of a stale `resourceVersion`.
    pub fn modified(kind: &Kind, name: &str) -> Self {
        Self::conflict(
            kind,
            name,
            "the object has been modified; please apply your changes to the latest version and try again",
        )
    }

    /// `Pod "x" is invalid: …`, with every problem as a cause.
    pub fn invalid(kind: &Kind, name: &str, errors: &[FieldError]) -> Self {
        let mut words: Vec<String> = Vec::with_capacity(errors.len());
        for error in errors.iter().map(ToString::to_string) {
            if !words.contains(&error) {
                words.push(error);
            }
        }
        let all = match words.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let qualified = match kind.group {
            "" => kind.kind.to_owned(),
            group => format!("{}.{group}", kind.kind),
        };
        let causes = errors
            .iter()
            .map(|e| Cause { reason: e.ty.reason().to_owned(), message: e.body(), field: e.path.to_string() })
            .collect();
        Self {
            details: Some(Details {
                name: name.to_owned(),
                group: kind.group.to_owned(),
                kind: kind.kind.to_owned(),
                causes,
                ..Details::default()
            }),
            ..Self::failure(422, "Invalid", format!("{qualified} \"{name}\" is invalid: {all}"))
        }
    }

    /// 400
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::failure(400, "BadRequest", message)
    }

    /// 401
    pub fn unauthorized() -> Self {
        Self::failure(401, "Unauthorized", "Unauthorized")
    }

    /// `pods "x" is forbidden: why`
    pub fn forbidden(kind: &Kind, name: &str, why: &str) -> Self {
        let about = match name {
            "" => kind.qualified_plural(),
            name => format!("{} \"{name}\"", kind.qualified_plural()),
        };
        Self::failure(403, "Forbidden", format!("{about} is forbidden: {why}")).about(kind, name)
    }

    /// 405
    pub fn method_not_allowed() -> Self {
        Self::failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
    }

    /// 406: none of the media types in `Accept` is served.
    pub fn not_acceptable(served: &[&str]) -> Self {
        let message = format!("only the following media types are accepted: {}", served.join(", "));
        Self::failure(406, "NotAcceptable", message)
    }

    /// 415: the body has a media type that is not read here.
    pub fn unsupported_media_type(served: &[&str]) -> Self {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {}",
            served.join(", ")
        );
        Self::failure(415, "UnsupportedMediaType", message)
    }

    /// 413: the body is longer than `limit` bytes.
    pub fn too_large(limit: usize) -> Self {
        Self::failure(413, "RequestEntityTooLarge", format!("Request entity too large: limit is {limit}"))
    }

    /// 410: the revision asked for is no longer known.
    pub fn expired(message: impl Into<String>) -> Self {
        Self::failure(410, "Expired", message)
    }

    /// 429
    pub fn too_many_requests(message: impl Into<String>, retry_after_seconds: u32) -> Self {
        Self {
            details: Some(Details { retry_after_seconds: Some(retry_after_seconds), ..Details::default() }),
            ..Self::failure(429, "TooManyRequests", message)
        }
    }

    /// 500
    pub fn internal(why: impl std::fmt::Display) -> Self {
        Self {
            details: Some(Details {
                causes: vec![Cause { message: why.to_string(), ..Cause::default() }],
                ..Details::default()
            }),
            ..Self::failure(500, "InternalError", format!("Internal error occurred: {why}"))
        }
    }

    /// 503
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::failure(503, "ServiceUnavailable", message)
    }

    /// Whether the error has this reason.
    pub fn is(&self, reason: &str) -> bool {
        self.reason == reason
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Status {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Path, kind::known};

    #[test]
    fn words() {
        let pods = known("pods");
        let image = FieldError::required(&Path::new("spec").child("containers").index(0).child("image"), "");
        let name = FieldError::required(&Path::new("metadata").child("name"), "");
        let cases = [
            (Status::not_found(pods, "x"), 404, r#"pods "x" not found"#),
            (Status::already_exists(known("leases"), "x"), 409, r#"leases.coordination.k8s.io "x" already exists"#),
            (
                Status::invalid(pods, "x", std::slice::from_ref(&image)),
                422,
                r#"Pod "x" is invalid: spec.containers[0].image: Required value"#,
            ),
            (
                Status::invalid(pods, "x", &[image, name]),
                422,
                r#"Pod "x" is invalid: [spec.containers[0].image: Required value, metadata.name: Required value]"#,
            ),
        ];
        for (status, code, message) in cases {
            assert_eq!((status.code, status.message.as_str()), (code, message));
            let object = serde_json::to_value(&status).unwrap();
            assert_eq!(Status::read(&object), Some(status));
        }
    }

    #[test]
    fn reads_what_a_server_sends() {
        let read = |text: &str| Status::read(&crate::api::json::read(text.as_bytes()).unwrap());
        let status = read(r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"m","reason":"r","code":429,
            "details":{"name":"n","causes":[{"reason":"c","field":"f"}],"retryAfterSeconds":5}}"#)
        .unwrap();
        let details = status.details.clone().unwrap();
        assert_eq!((status.code, status.reason.as_str(), details.retry_after_seconds), (429, "r", Some(5)));
        assert_eq!(details.causes, [Cause { reason: "c".into(), message: String::new(), field: "f".into() }]);
        assert_eq!(read(r#"{"kind":"Status","metadata":null,"details":null}"#).map(|status| status.code), Some(0));
        assert_eq!((read(r#"{"kind":"Pod"}"#), read("[]"), read("null")), (None, None, None));
    }
}
