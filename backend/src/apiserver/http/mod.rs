//! The HTTP side of the API: finds out what a request is about and hands it to its verb.

mod body;
mod compress;
mod deletion;
mod discovery;
mod get;
mod list;
mod negotiate;
mod openapi;
mod options;
mod params;
mod patched;
mod protobuf;
mod select;
mod usage;
mod watch;
mod write;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Method, header};
use axum::response::Response;
use axum::routing::{any, get};
use shared::api::kind::{METRICS, by_resource};
use shared::api::{Kind, ResourcePath, Status};

use self::params::Params;
use super::api::{Api, Caller};
use crate::auth::Identity;
use crate::node::access::NodeAccess;
use crate::streams;
use crate::web::status_response;

/// What every handler has at hand.
#[derive(Clone)]
pub(crate) struct Server {
    pub api: Api,
    pub nodes: Arc<dyn NodeAccess>,
}

/// One request on one resource, understood as far as its path and query go.
pub(crate) struct Call {
    pub caller: Caller,
    pub identity: Identity,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`
    pub verb: &'static str,
    pub kind: &'static Kind,
    pub path: ResourcePath,
    pub params: Params,
}

impl Call {
    /// The namespace, where not all of them are meant.
    fn namespace(&self) -> Option<&str> {
        Some(self.path.namespace.as_str()).filter(|namespace| !namespace.is_empty())
    }
}

/// The routes `/sandboxes/{sandbox}/…`. Whoever mounts them puts the caller's [`Identity`] into each request.
pub fn router(api: Api, nodes: Arc<dyn NodeAccess>) -> Router {
    let server = Server { api, nodes };
    Router::new()
        // kubectl 1.27 takes the documents' URLs for whole ones and drops the server's own path.
        .route("/openapi/{*path}", get(described))
        .route("/sandboxes/{sandbox}", any(root))
        .route("/sandboxes/{sandbox}/", any(root))
        .route("/sandboxes/{sandbox}/{*path}", any(handle))
        .with_state(server)
}

/// OpenAPI's documents, which are the same in every sandbox.
async fn described(request: Request) -> Response {
    let document = openapi::respond(request.uri().path().trim_start_matches('/'), request.headers());
    document.unwrap_or_else(|| status_response(&Status::no_such_path()))
}

async fn root(State(server): State<Server>, Path(sandbox): Path<String>, request: Request) -> Response {
    answer(server, sandbox, String::new(), request).await
}

async fn handle(
    State(server): State<Server>,
    Path((sandbox, _)): Path<(String, String)>,
    request: Request,
) -> Response {
    // From the raw path: names may hold escaped slashes that must not become separators.
    let path = request.uri().path().splitn(4, '/').nth(3).unwrap_or_default().to_owned();
    answer(server, sandbox, path, request).await
}

async fn answer(server: Server, sandbox: String, path: String, request: Request) -> Response {
    let verb = request.method().as_str().to_owned();
    let gzip = compress::accepted(request.headers());
    let result = route(&server, &sandbox, &path, request).await;
    let mut response = result.unwrap_or_else(|status| status_response(&status));
    if gzip {
        response = compress::compress(response).await;
    }
    metrics::counter!("podground_apiserver_requests_total", "verb" => verb, "code" => response.status().as_str().to_owned())
        .increment(1);
    response
}

async fn route(server: &Server, sandbox: &str, path: &str, request: Request) -> Result<Response, Status> {
    let identity = request.extensions().get::<Identity>().cloned().ok_or_else(Status::unauthorized)?;
    if !identity.may_enter(sandbox) {
        let why = format!("User \"{}\" cannot use the sandbox \"{sandbox}\"", identity.user);
        return Err(Status::failure(403, "Forbidden", format!("forbidden: {why}")));
    }
    if !server.api.has_sandbox(sandbox) {
        return Err(Status::failure(404, "NotFound", format!("sandboxes \"{sandbox}\" not found")));
    }
    // The old way to watch: `/api/v1/watch/pods`.
    let old_watch = old_watch(path);
    let path = old_watch.as_deref().unwrap_or(path).trim_end_matches('/');
    if let Some(response) = discovery::respond(path, request.headers()) {
        return only_get(request.method()).map(|()| response);
    }
    if let Some(response) = openapi::respond(path, request.headers()) {
        return only_get(request.method()).map(|()| response);
    }
    let resource = ResourcePath::parse(path).ok_or_else(Status::no_such_path)?;
    let kind = by_resource(&resource.group, &resource.version, &resource.resource).ok_or_else(Status::no_such_path)?;
    // A namespaced object is in a namespace, a cluster's is not.
    if !resource.name.is_empty() && kind.namespaced == resource.namespace.is_empty() {
        return Err(Status::no_such_path());
    }
    let mut params = Params::read(request.uri().query().unwrap_or_default());
    let mut resource = resource;
    if old_watch.is_some() {
        params.watch(std::mem::take(&mut resource.name));
    }
    let program = program(&request);
    let caller = Caller { sandbox: sandbox.to_owned(), user: identity.user.clone(), program };
    let verb = verb(request.method(), kind, &resource, &params)?;
    dispatch(server, Call { caller, identity, verb, kind, path: resource, params }, request).await
}

/// The path of what is watched by a deprecated path.
fn old_watch(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let at = if parts.first() == Some(&"apis") { 3 } else { 2 };
    let rest = parts.get(at + 1..).filter(|rest| parts[at] == "watch" && !rest.is_empty())?;
    Some([&parts[..at], rest].concat().join("/"))
}

fn only_get(method: &Method) -> Result<(), Status> {
    match *method {
        Method::GET | Method::HEAD => Ok(()),
        _ => Err(Status::method_not_allowed()),
    }
}

/// The program in `User-Agent: kubectl/v1.35.0 (…)`, for managed fields.
fn program(request: &Request<Body>) -> String {
    let agent = request.headers().get(header::USER_AGENT).and_then(|a| a.to_str().ok()).unwrap_or("unknown");
    agent.split(['/', ' ']).next().unwrap_or("unknown").to_owned()
}

/// Kubernetes' word for what is to be done, if that is served.
fn verb(method: &Method, kind: &Kind, path: &ResourcePath, params: &Params) -> Result<&'static str, Status> {
    let served = match path.subresource.as_str() {
        "" => kind.verbs,
        name => kind.subresource(name).ok_or_else(Status::no_such_path)?.verbs,
    };
    let collection = path.name.is_empty();
    let verb = match (method, collection) {
        (&Method::GET | &Method::HEAD, true) if params.flag("watch") => "watch",
        (&Method::GET | &Method::HEAD, true) => "list",
        (&Method::GET | &Method::HEAD, false) => "get",
        (&Method::POST, _) => "create",
        (&Method::PUT, false) => "update",
        (&Method::PATCH, false) => "patch",
        (&Method::DELETE, true) => "deletecollection",
        (&Method::DELETE, false) => "delete",
        _ => return Err(Status::method_not_allowed()),
    };
    let whole_object_post = verb == "create" && path.subresource.is_empty() && !collection;
    if !served.contains(&verb) || whole_object_post {
        return Err(Status::method_not_allowed());
    }
    Ok(verb)
}

async fn dispatch(server: &Server, call: Call, request: Request) -> Result<Response, Status> {
    let (subresource, verb) = (call.path.subresource.as_str(), call.verb);
    match (subresource, verb) {
        ("log" | "exec" | "attach" | "portforward", _) => stream(server, &call, request).await,
        _ if call.kind.group == METRICS => usage::answer(server, &call, &request),
        (_, "get") => get::get(server, &call, &request),
        (_, "list") => list::list(server, &call, &request),
        (_, "watch") => watch::watch(server, call, &request),
        (_, "create") => write::create(server, call, request).await,
        (_, "update") => write::update(server, call, request).await,
        (_, "patch") => write::patch(server, call, request).await,
        (_, "delete") => deletion::delete(server, call, request).await,
        _ => deletion::delete_collection(server, call, request).await,
    }
}

/// What the Pod's node answers: logs and processes.
async fn stream(server: &Server, call: &Call, request: Request) -> Result<Response, Status> {
    let pod = server.api.get(&call.caller, call.kind, &call.path.namespace, &call.path.name)?;
    let target = streams::Target {
        nodes: server.nodes.clone(),
        sandbox: call.caller.sandbox.clone(),
        pod: Arc::new(pod.value().clone()),
    };
    Ok(match call.path.subresource.as_str() {
        "log" => streams::log(target, request.uri().query().unwrap_or_default()).await,
        "exec" => streams::exec(target, request).await,
        "attach" => streams::attach(target, request).await,
        _ => streams::port_forward(target, request).await,
    })
}

/// A JSON answer.
fn json(code: u16, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = axum::http::StatusCode::from_u16(code).unwrap_or_default();
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}
