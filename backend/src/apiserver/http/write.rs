//! Create, update and patch over HTTP.

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::response::Response;
use shared::api::kind::by_kind;
use shared::api::{Kind, Status, object};
use shared::validation;

use super::super::{DeleteOptions, FieldValidation, PatchType, WriteOptions, review};
use super::body::{self, Decoded};
use super::negotiate::Format;
use super::{Call, Server, deletion, json, options, patched};
use crate::web::status_response;

const APPLY: &str = "application/apply-patch+yaml";
const PATCHES: &[&str] =
    &["application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", APPLY];

async fn decoded(kind: &Kind, request: Request, validation: FieldValidation) -> Result<Decoded, Status> {
    let media = body::media_type(request.headers()).to_owned();
    let bytes = body::read(request.into_body()).await?;
    let (value, repeated) = body::parse(kind.kind, &media, &bytes)?;
    body::decode(kind, value, repeated, validation)
}

/// POST: on a collection, or on one of the subresources that are made by posting.
pub async fn create(server: &Server, call: Call, request: Request) -> Result<Response, Status> {
    let options = options::write(&call)?;
    let format = Format::of(request.headers(), &call.params)?;
    match call.path.subresource.as_str() {
        "binding" => return bind(server, call, request, &options).await,
        "eviction" => return evict(server, call, request, &options).await,
        "token" => {
            let media = body::media_type(request.headers()).to_owned();
            let (asked, _) = body::parse("TokenRequest", &media, &body::read(request.into_body()).await?)?;
            let asked = body::typed("authentication.k8s.io/v1", "TokenRequest", asked)?;
            let answer = server.api.create_token(&call.caller, &call.path.namespace, &call.path.name, asked)?;
            return Ok(json(201, answer.to_string()));
        }
        _ => {}
    }
    let Decoded { value, mut warnings } = decoded(call.kind, request, options.validation).await?;
    if call.kind.verbs == ["create"] {
        return match call.kind.kind {
            "Binding" => {
                let name = object::name(&value).to_owned();
                server.api.bind(&call.caller, &call.path.namespace, &name, &value, &options).await?;
                Ok(json(201, serde_json::to_vec(&Status::success(None)).unwrap_or_default()))
            }
            _ => Ok(json(201, review::answer(call.kind, value, &call.identity).to_string())),
        };
    }
    if call.kind.namespaced && call.path.namespace.is_empty() {
        return Err(Status::method_not_allowed());
    }
    let odd = validation::warnings(call.kind, &value);
    let made = server.api.create(&call.caller, call.kind, &call.path.namespace, value, &options).await;
    if made.is_ok() {
        // Of an object that is refused, what is valid but odd does not matter.
        warnings.extend(odd);
    }
    Ok(answer(made, &warnings, |made| format.one(call.kind, made, 201)))
}

async fn bind(server: &Server, call: Call, request: Request, options: &WriteOptions) -> Result<Response, Status> {
    let kind = by_kind("v1", "Binding").ok_or_else(Status::no_such_path)?;
    let binding = decoded(kind, request, options.validation).await?.value;
    server.api.bind(&call.caller, &call.path.namespace, &call.path.name, &binding, options).await?;
    Ok(json(201, serde_json::to_vec(&Status::success(None)).unwrap_or_default()))
}

/// `pods/eviction`: a deletion that a disruption budget could forbid; there are none here.
async fn evict(server: &Server, call: Call, request: Request, options: &WriteOptions) -> Result<Response, Status> {
    let media = body::media_type(request.headers()).to_owned();
    let bytes = body::read(request.into_body()).await?;
    let (eviction, _) = body::parse("Eviction", &media, &bytes)?;
    let asked = deletion::options_of(eviction.get("deleteOptions").cloned().unwrap_or_default())?;
    let delete = DeleteOptions { dry_run: options.dry_run || asked.dry_run, ..asked };
    server.api.delete(&call.caller, call.kind, &call.path.namespace, &call.path.name, &delete).await?;
    Ok(json(201, serde_json::to_vec(&Status::success(None)).unwrap_or_default()))
}

/// PUT
pub async fn update(server: &Server, call: Call, request: Request) -> Result<Response, Status> {
    let options = options::write(&call)?;
    let format = Format::of(request.headers(), &call.params)?;
    let Decoded { value, warnings } = decoded(call.kind, request, options.validation).await?;
    let path = &call.path;
    let place = (path.namespace.as_str(), path.name.as_str(), path.subresource.as_str());
    let changed = server.api.update(&call.caller, call.kind, place, value, &options).await;
    Ok(answer(changed, &warnings, |changed| format.one(call.kind, changed, 200)))
}

/// PATCH
pub async fn patch(server: &Server, call: Call, request: Request) -> Result<Response, Status> {
    let options = options::write(&call)?;
    let format = Format::of(request.headers(), &call.params)?;
    let media = body::media_type(request.headers()).to_owned();
    let applies = media == APPLY;
    let ty = PatchType::of(&media);
    if ty.is_none() && !applies {
        return Err(Status::unsupported_media_type(PATCHES));
    }
    options::patch(&call, applies)?;
    let bytes = body::read(request.into_body()).await?;
    let warnings = std::sync::Mutex::new(Vec::new());
    let noted = |decoded: Decoded| {
        *warnings.lock().unwrap_or_else(|e| e.into_inner()) = decoded.warnings;
        decoded.value
    };
    let path = &call.path;
    let place = (path.namespace.as_str(), path.name.as_str(), path.subresource.as_str());
    let done = match ty {
        Some(ty) => {
            let change = body::patch(&bytes, ty)?;
            let decode = |value| patched::decode(call.kind, value, (ty, &change), options.validation).map(noted);
            let done = server.api.patch(&call.caller, call.kind, place, (ty, &change), &options, &decode).await;
            done.map(|changed| (changed, false))
        }
        None => {
            let applied = body::applied(&bytes)?;
            let decode = |value| body::decode(call.kind, value, Vec::new(), options.validation).map(noted);
            server.api.apply(&call.caller, call.kind, place, applied, &options, &decode).await
        }
    };
    let warnings = warnings.into_inner().unwrap_or_else(|e| e.into_inner());
    Ok(answer(done, &warnings, |(changed, made)| format.one(call.kind, changed, if *made { 201 } else { 200 })))
}

/// What came of a write. What is odd about a body is told where the write fails for another reason, too.
fn answer<T>(done: Result<T, Status>, warnings: &[String], well: impl FnOnce(&T) -> Response) -> Response {
    let response = done.map_or_else(|status| status_response(&status), |done| well(&done));
    warn(response, warnings)
}

/// Adds `Warning` headers, which kubectl prints.
fn warn(mut response: Response, warnings: &[String]) -> Response {
    for text in warnings {
        let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
        if let Ok(value) = HeaderValue::from_bytes(format!("299 - \"{quoted}\"").as_bytes()) {
            response.headers_mut().append("warning", value);
        }
    }
    response
}
