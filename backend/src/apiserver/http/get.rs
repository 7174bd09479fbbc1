//! Get one object, or a part of it that is the object itself (`status`).

use axum::extract::Request;
use axum::response::Response;
use shared::api::Status;

use super::negotiate::Format;
use super::{Call, Server};

pub fn get(server: &Server, call: &Call, request: &Request) -> Result<Response, Status> {
    let format = Format::of(request.headers(), &call.params)?;
    let found = server.api.get(&call.caller, call.kind, &call.path.namespace, &call.path.name)?;
    Ok(format.one(call.kind, &found, 200))
}
