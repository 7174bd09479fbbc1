//! Lists, whole or in pieces that belong together.

use axum::extract::Request;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use shared::api::{Status, object};

use super::super::conversion::stored;
use super::negotiate::Format;
use super::select::Selection;
use super::{Call, Server, options};
use crate::store::Object;

pub fn list(server: &Server, call: &Call, request: &Request) -> Result<Response, Status> {
    options::list(&call.params, false)?;
    let format = Format::of(request.headers(), &call.params)?;
    let limit = usize::try_from(call.params.number("limit")?.unwrap_or_default()).unwrap_or_default();
    let selection = Selection::read(call.kind, &call.params)?;
    let (mut objects, revision) = match start(call)? {
        Some(start) => rest(server, call, &start)?,
        None => whole(server, call, limit)?,
    };
    objects.retain(|o| selection.matches(o));
    let mut metadata = Map::from_iter([("resourceVersion".to_owned(), revision.to_string().into())]);
    if limit > 0 && limit < objects.len() {
        let rest = objects.len() - limit;
        objects.truncate(limit);
        if let Some(last) = objects.last() {
            let start = Start {
                revision: Some(revision),
                namespace: object::namespace(last.value()).to_owned(),
                name: object::name(last.value()).to_owned(),
            };
            metadata.insert("continue".to_owned(), start.token().into());
            // With a selector the rest is not counted, as in Kubernetes.
            if selection.is_everything() {
                metadata.insert("remainingItemCount".to_owned(), rest.into());
            }
        }
    }
    Ok(format.many(call.kind, &objects, metadata))
}

/// The objects that the request's namespace and selectors mean.
pub fn select(server: &Server, call: &Call) -> Result<(Vec<Object>, u64), Status> {
    let selection = Selection::read(call.kind, &call.params)?;
    let (mut objects, revision) = server.api.store().list(&call.caller.sandbox, stored(call.kind), call.namespace());
    objects.retain(|o| selection.matches(o));
    Ok((objects, revision))
}

/// A list from its beginning, of the revision that is asked for.
fn whole(server: &Server, call: &Call, limit: usize) -> Result<(Vec<Object>, u64), Status> {
    let store = server.api.store();
    let asked = options::revision(&call.params)?.unwrap_or_default();
    // Without a word on it, a list in pieces is of exactly the revision it names.
    let exact = match call.params.get("resourceVersionMatch") {
        "" => limit > 0 && asked > 0,
        matching => matching == "Exact",
    };
    let current = store.revision();
    if asked > current {
        return Err(options::too_large(asked, current));
    }
    if !exact {
        return Ok(store.list(&call.caller.sandbox, stored(call.kind), call.namespace()));
    }
    let found = store.list_at(&call.caller.sandbox, stored(call.kind), call.namespace(), asked);
    found
        .map(|objects| (objects, asked))
        .map_err(|_| Status::expired("The resourceVersion for the provided list is too old."))
}

/// What follows the pieces that have been sent.
fn rest(server: &Server, call: &Call, start: &Start) -> Result<(Vec<Object>, u64), Status> {
    if !matches!(call.params.get("resourceVersion"), "" | "0") {
        return Err(Status::bad_request("specifying resource version is not allowed when using continue"));
    }
    let store = server.api.store();
    let (mut objects, revision) = match start.revision {
        None => store.list(&call.caller.sandbox, stored(call.kind), call.namespace()),
        Some(revision) => {
            let found = store.list_at(&call.caller.sandbox, stored(call.kind), call.namespace(), revision);
            (found.map_err(|_| start.expired())?, revision)
        }
    };
    let after = (start.namespace.as_str(), start.name.as_str());
    objects.retain(|o| (object::namespace(o.value()), object::name(o.value())) > after);
    Ok((objects, revision))
}

/// Where a list in pieces goes on: behind a namespace and name, in the state of a revision, or in the present one.
struct Start {
    revision: Option<u64>,
    namespace: String,
    name: String,
}

impl Start {
    fn token(&self) -> String {
        let token = json!({"v": "meta.k8s.io/v1", "rv": self.revision, "ns": self.namespace, "name": self.name});
        URL_SAFE_NO_PAD.encode(token.to_string())
    }

    fn read(token: &str) -> Option<Self> {
        let value: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let text = |field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
        Some(Self { revision: value.get("rv")?.as_u64(), namespace: text("ns")?, name: text("name")? })
    }

    /// The state is no longer known; the answer brings a token for going on in the present one.
    /// Source: `k8s.io/apiserver/pkg/storage/etcd3/errors.go`.
    fn expired(&self) -> Status {
        const WHY: &str = "The provided continue parameter is too old to display a consistent list result. You can \
            start a new list without the continue parameter, or use the continue token in this response to retrieve the \
            remainder of the results. Continuing with the provided token results in an inconsistent list - objects \
            that were created, modified, or deleted between the time the first chunk was returned and now may show up \
            in the list.";
        let mut status = Status::expired(WHY);
        let start = Self { revision: None, namespace: self.namespace.clone(), name: self.name.clone() };
        status.metadata.insert("continue".to_owned(), start.token().into());
        status
    }
}

fn start(call: &Call) -> Result<Option<Start>, Status> {
    match call.params.get("continue") {
        "" => Ok(None),
        token => Start::read(token)
            .map(Some)
            .ok_or_else(|| Status::bad_request("continue key is not valid: the token was not made here")),
    }
}
