//! Delete one, or all that are meant.

use axum::extract::Request;
use axum::response::Response;
use futures::{StreamExt as _, stream};
use serde_json::{Map, Value};
use shared::api::{FieldError, Path, Status};

use super::super::DeleteOptions;
use super::negotiate::Format;
use super::{Call, Server, body, json, list, options};

/// DELETE on an object.
pub async fn delete(server: &Server, call: Call, request: Request) -> Result<Response, Status> {
    let format = Format::of(request.headers(), &call.params)?;
    let options = read(&call, request).await?;
    let path = &call.path;
    let done = server.api.delete(&call.caller, call.kind, &path.namespace, &path.name, &options).await?;
    match done.answer(call.kind) {
        Ok(object) => Ok(format.one(call.kind, &object, 200)),
        Err(success) => Ok(json(200, serde_json::to_vec(&success).unwrap_or_default())),
    }
}

/// How many of a collection are deleted at a time.
const BREADTH: usize = 32;

/// DELETE on a collection.
pub async fn delete_collection(server: &Server, call: Call, request: Request) -> Result<Response, Status> {
    let format = Format::of(request.headers(), &call.params)?;
    let options = read(&call, request).await?;
    let (objects, revision) = list::select(server, &call)?;
    let (call, options) = (&call, &options);
    // Some at a time: those that go together share a sync of the disk.
    let deletions = stream::iter(objects).map(|object| async move {
        let namespace = shared::api::object::namespace(object.value());
        let name = shared::api::object::name(object.value());
        server.api.delete(&call.caller, call.kind, namespace, name, options).await
    });
    let mut deletions = deletions.buffered(BREADTH);
    let mut deleted = Vec::new();
    while let Some(done) = deletions.next().await {
        match done {
            // Of thousands, no parsed values are kept.
            Ok(done) => deleted.push(done.object().unparsed()),
            Err(status) if status.is("NotFound") => {}
            Err(status) => return Err(status),
        }
    }
    let metadata = Map::from_iter([("resourceVersion".to_owned(), revision.to_string().into())]);
    Ok(format.many(call.kind, &deleted, metadata))
}

/// Options come in the body, or in the query.
async fn read(call: &Call, request: Request) -> Result<DeleteOptions, Status> {
    let media = body::media_type(request.headers()).to_owned();
    let bytes = body::read(request.into_body()).await?;
    let mut asked = match bytes.is_empty() {
        true => DeleteOptions::default(),
        false => options_of(body::parse("DeleteOptions", &media, &bytes)?.0)?,
    };
    if let Some(grace) = call.params.number("gracePeriodSeconds")? {
        asked.grace_period_seconds = Some(grace);
    }
    if !call.params.get("propagationPolicy").is_empty() {
        asked.propagation_policy = Some(call.params.get("propagationPolicy").to_owned());
    }
    let mut errors = Vec::new();
    asked.dry_run |= options::dry_run(&call.params, &mut errors);
    if let Some(policy) = asked.propagation_policy.as_deref()
        && !POLICIES.contains(&policy)
    {
        errors.push(FieldError::not_supported(&Path::new("propagationPolicy"), policy, POLICIES_AND_NIL));
    }
    options::refuse("DeleteOptions", &errors)?;
    Ok(asked)
}

const POLICIES: &[&str] = &["Background", "Foreground", "Orphan"];
const POLICIES_AND_NIL: &[&str] = &["Background", "Foreground", "Orphan", "nil"];

/// `DeleteOptions` as JSON.
pub fn options_of(value: Value) -> Result<DeleteOptions, Status> {
    let value = body::typed("v1", "DeleteOptions", value)?;
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    // The older way to say it.
    let orphan = value.get("orphanDependents").and_then(Value::as_bool);
    let policy = orphan.map(|orphan| if orphan { "Orphan" } else { "Background" }.to_owned());
    Ok(DeleteOptions {
        grace_period_seconds: value.get("gracePeriodSeconds").and_then(Value::as_i64),
        uid: text("/preconditions/uid"),
        resource_version: text("/preconditions/resourceVersion"),
        propagation_policy: text("/propagationPolicy").or(policy),
        dry_run: shared::api::object::list(&value, "/dryRun").iter().any(|d| d == "All"),
    })
}
