//! What is served beside the Kubernetes API: the page's assets, the playground API, what answers in Pods.

pub mod assets;
pub mod inside;
pub mod listener;
pub mod openapi;
pub mod playground;
pub mod preview;
mod probes;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use shared::api::Status;

/// A Status as an HTTP answer with its own code.
pub fn status_response(status: &Status) -> Response {
    let code = StatusCode::from_u16(status.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (code, axum::Json(status)).into_response()
}
