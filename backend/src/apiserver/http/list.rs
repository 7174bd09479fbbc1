//! Lists, whole or in pieces.

use axum::extract::Request;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use shared::api::{Status, object};

use super::negotiate::Format;
use super::select::Selection;
use super::{Call, Server};
use crate::store::Object;

pub fn list(server: &Server, call: &Call, request: &Request) -> Result<Response, Status> {
    let format = Format::of(request.headers(), &call.params)?;
    let (mut objects, revision) = select(server, call)?;
    let mut metadata = Map::from_iter([("resourceVersion".to_owned(), revision.to_string().into())]);
    let from = start(call)?;
    if let Some((namespace, name)) = &from {
        let place = |o: &Object| (object::namespace(o.value()).to_owned(), object::name(o.value()).to_owned());
        objects.retain(|o| place(o) > (namespace.clone(), name.clone()));
    }
    let limit = call.params.number("limit")?.unwrap_or_default();
    if let Some(limit) = usize::try_from(limit).ok().filter(|l| *l > 0 && *l < objects.len()) {
        let rest = objects.len() - limit;
        objects.truncate(limit);
        if let Some(last) = objects.last() {
            let token = json!({"v": "meta.k8s.io/v1", "rv": revision, "ns": object::namespace(last.value()), "name": object::name(last.value())});
            metadata.insert("continue".to_owned(), URL_SAFE_NO_PAD.encode(token.to_string()).into());
            // With a selector the rest is not counted, as in Kubernetes.
            if call.params.get("labelSelector").is_empty() && call.params.get("fieldSelector").is_empty() {
                metadata.insert("remainingItemCount".to_owned(), rest.into());
            }
        }
    }
    Ok(format.many(call.kind, &objects, metadata))
}

/// The objects that the request's namespace and selectors mean.
pub fn select(server: &Server, call: &Call) -> Result<(Vec<Object>, u64), Status> {
    let selection = Selection::read(call.kind, &call.params)?;
    let namespace = Some(call.path.namespace.as_str()).filter(|ns| !ns.is_empty());
    let (mut objects, revision) = server.api.store().list(&call.caller.sandbox, call.kind, namespace);
    if !selection.is_everything() {
        objects.retain(|o| selection.matches(o.value()));
    }
    Ok((objects, revision))
}

/// Where a list in pieces goes on: behind this namespace and name.
fn start(call: &Call) -> Result<Option<(String, String)>, Status> {
    let token = call.params.get("continue");
    if token.is_empty() {
        return Ok(None);
    }
    let read = || -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok() };
    let text = |value: &Value, field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
    let place = read().and_then(|value| Some((text(&value, "ns")?, text(&value, "name")?)));
    place.map(Some).ok_or_else(|| Status::bad_request("continue key is not valid: the token was not made here"))
}
