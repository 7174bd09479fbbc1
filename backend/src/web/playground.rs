//! `/playground/v1/`: sandboxes and what belongs to them beside Kubernetes objects. Speaks JSON; errors are Statuses.

use axum::Extension;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::api::Status;

use super::status_response;
use crate::auth::Identity;
use crate::sandbox::{Sandboxes, files};
use crate::streams::{Opening, Terminals};

/// What a file of the learner's home may weigh.
const FILE_LIMIT: usize = 3 << 20;
/// What a node terminal runs.
const SHELL: [&str; 2] = ["bash", "-l"];

type Answer = Result<Response, Failure>;

/// A [`Status`] as a handler's error.
struct Failure(Status);

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self(status)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        status_response(&self.0)
    }
}

/// The routes, to be nested below `/playground/v1`.
pub fn router(sandboxes: Sandboxes) -> Router {
    Router::new()
        .route("/openapi.json", get(|| async { axum::Json(super::openapi::document()) }))
        .route("/sandboxes", get(list).post(create))
        .route("/sandboxes/{sandbox}", get(read).delete(remove))
        .route("/sandboxes/{sandbox}/reset", post(reset))
        .route("/sandboxes/{sandbox}/kubeconfig", get(kubeconfig))
        .route("/sandboxes/{sandbox}/files/", get(home))
        .route("/sandboxes/{sandbox}/files/{*path}", get(read_file).put(write_file).delete(remove_file))
        .route("/sandboxes/{sandbox}/nodes/{node}/terminal", get(terminal))
        .route("/sandboxes/{sandbox}/probes", get(probes))
        .route("/sandboxes/{sandbox}/pods/{namespace}/{name}/explanation", get(explanation))
        .fallback(|| async { status_response(&Status::no_such_path()) })
        .method_not_allowed_fallback(|| async { status_response(&Status::method_not_allowed()) })
        .layer(DefaultBodyLimit::max(FILE_LIMIT))
        .layer(Extension(Terminals::default()))
        .with_state(sandboxes)
}

fn enter(identity: &Identity, sandbox: &str) -> Result<(), Status> {
    match identity.may_enter(sandbox) {
        true => Ok(()),
        false => Err(Status::failure(403, "Forbidden", format!("sandboxes \"{sandbox}\" is forbidden: not yours"))),
    }
}

async fn list(State(sandboxes): State<Sandboxes>, Extension(identity): Extension<Identity>) -> Answer {
    let items: Vec<Value> =
        sandboxes.names().iter().filter(|n| identity.may_enter(n)).filter_map(|n| sandboxes.describe(n).ok()).collect();
    Ok(axum::Json(json!({ "items": items })).into_response())
}

#[derive(Deserialize)]
struct NewSandbox {
    name: String,
}

async fn create(State(sandboxes): State<Sandboxes>, Extension(identity): Extension<Identity>, body: Bytes) -> Answer {
    let new: NewSandbox =
        serde_json::from_slice(&body).map_err(|e| Status::bad_request(format!("the body is not a NewSandbox: {e}")))?;
    enter(&identity, &new.name)?;
    sandboxes.create(&new.name).await?;
    Ok((StatusCode::CREATED, axum::Json(sandboxes.describe(&new.name)?)).into_response())
}

async fn read(
    State(sandboxes): State<Sandboxes>,
    Extension(identity): Extension<Identity>,
    Path(name): Path<String>,
) -> Answer {
    enter(&identity, &name)?;
    Ok(axum::Json(sandboxes.describe(&name)?).into_response())
}

async fn remove(
    State(sandboxes): State<Sandboxes>,
    Extension(identity): Extension<Identity>,
    Path(name): Path<String>,
) -> Answer {
    enter(&identity, &name)?;
    sandboxes.delete(&name).await?;
    Ok(axum::Json(Status::success(None)).into_response())
}

async fn reset(
    State(sandboxes): State<Sandboxes>,
    Extension(identity): Extension<Identity>,
    Path(name): Path<String>,
) -> Answer {
    enter(&identity, &name)?;
    sandboxes.reset(&name).await?;
    Ok(axum::Json(sandboxes.describe(&name)?).into_response())
}

async fn kubeconfig(
    State(sandboxes): State<Sandboxes>,
    Extension(identity): Extension<Identity>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Answer {
    enter(&identity, &name)?;
    sandboxes.describe(&name)?;
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or("127.0.0.1:8080");
    let text = crate::sandbox::kubeconfig::outside(&name, &format!("http://{host}/sandboxes/{name}"));
    Ok(([(header::CONTENT_TYPE, "application/yaml")], text).into_response())
}

async fn home(sandboxes: State<Sandboxes>, identity: Extension<Identity>, Path(name): Path<String>) -> Answer {
    read_file(sandboxes, identity, Path((name, String::new()))).await
}

async fn read_file(
    State(sandboxes): State<Sandboxes>,
    Extension(identity): Extension<Identity>,
    Path((name, path)): Path<(String, String)>,
) -> Answer {
    enter(&identity, &name)?;
    let home = sandboxes.home(&name)?;
    Ok(match files::read(&home, &path).await? {
        files::Entry::File(bytes) => ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response(),
        files::Entry::Directory(items) => axum::Json(json!({ "items": items })).into_response(),
    })
}

async fn write_file(
    State(sandboxes): State<Sandboxes>,
    Extension(identity): Extension<Identity>,
    Path((name, path)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    enter(&identity, &name)?;
    files::write(&sandboxes.home(&name)?, &path, &body).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn remove_file(
    State(sandboxes): State<Sandboxes>,
    Extension(identity): Extension<Identity>,
    Path((name, path)): Path<(String, String)>,
) -> Answer {
    enter(&identity, &name)?;
    files::remove(&sandboxes.home(&name)?, &path).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn terminal(
    State(sandboxes): State<Sandboxes>,
    Extension(identity): Extension<Identity>,
    Extension(terminals): Extension<Terminals>,
    Path((name, node)): Path<(String, String)>,
    Query(opening): Query<Opening>,
    socket: WebSocketUpgrade,
) -> Answer {
    enter(&identity, &name)?;
    let (runtime, container) = sandboxes.node(&name, &node)?;
    Ok(terminals.serve(socket, runtime, container, SHELL.map(str::to_owned).to_vec(), opening))
}

async fn probes(
    State(sandboxes): State<Sandboxes>,
    Extension(identity): Extension<Identity>,
    Path(name): Path<String>,
    socket: WebSocketUpgrade,
) -> Answer {
    enter(&identity, &name)?;
    let results = sandboxes.probe_results(&name)?;
    Ok(socket.on_upgrade(|socket| super::probes::tell(socket, name, results)))
}

async fn explanation(
    State(sandboxes): State<Sandboxes>,
    Extension(identity): Extension<Identity>,
    Path((sandbox, namespace, name)): Path<(String, String, String)>,
) -> Answer {
    enter(&identity, &sandbox)?;
    Ok(axum::Json(sandboxes.explain(&sandbox, &namespace, &name)?).into_response())
}
