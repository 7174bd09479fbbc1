//! The HTTP side of `pods/log`, `pods/exec`, `pods/attach` and `pods/portforward`, and of node terminals: WebSocket
//! channels, SPDY/3.1, bodies that go on. Decides nothing about Pods and knows no engine: a [`NodeAccess`] does.

mod channel;
mod channel_forward;
mod container;
mod forward;
mod log;
mod negotiate;
mod process;
mod process_spdy;
mod process_websocket;
mod query;
mod spdy;
mod terminal;
mod tunnel;

use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use shared::api::Status;

use crate::node::access::NodeAccess;
use crate::runtime::{ExecSpec, Session};
use negotiate::Upgrade;
use query::Query;

pub use terminal::{Opening, Terminals};

/// A Pod whose streams are asked for, as it is stored now.
#[derive(Clone)]
pub struct Target {
    /// The nodes.
    pub nodes: Arc<dyn NodeAccess>,
    /// The Pod's sandbox.
    pub sandbox: String,
    /// The Pod.
    pub pod: Arc<Value>,
}

/// `GET …/pods/{name}/log`: what a container printed, as text. `query` is the URL's.
pub async fn log(target: Target, query: &str) -> Response {
    log::serve(&target, &Query::parse(query)).await.unwrap_or_else(refuse)
}

/// `GET` (WebSocket) or `POST` (SPDY) `…/pods/{name}/exec`.
pub async fn exec(target: Target, request: Request) -> Response {
    remote_command(target, request, Command::Exec).await.unwrap_or_else(refuse)
}

/// `GET` (WebSocket) or `POST` (SPDY) `…/pods/{name}/attach`.
pub async fn attach(target: Target, request: Request) -> Response {
    remote_command(target, request, Command::Attach).await.unwrap_or_else(refuse)
}

/// `GET` (WebSocket) or `POST` (SPDY) `…/pods/{name}/portforward`.
pub async fn port_forward(target: Target, request: Request) -> Response {
    forward::serve(target, request).await.unwrap_or_else(refuse)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    Exec,
    Attach,
}

/// The process is started before the connection is switched, so that what hinders it is an HTTP error.
async fn remote_command(target: Target, request: Request, command: Command) -> Result<Response, Status> {
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let container = container::choose(&target.pod, query.text("container"))?;
    let spec = exec_spec(&query, command)?;
    let upgrade = Upgrade::of_command(request).await?;
    let session = start(&target, &container, &spec, command).await?;
    Ok(match upgrade {
        Upgrade::WebSocket { socket, protocol } => process_websocket::serve(socket, protocol, session, command),
        Upgrade::Spdy(spdy) => process_spdy::serve(spdy, spec, session, command),
    })
}

async fn start(target: &Target, container: &str, spec: &ExecSpec, command: Command) -> Result<Session, Status> {
    let Target { nodes, sandbox, pod } = target;
    match command {
        Command::Exec => nodes.exec(sandbox, pod, container, spec.clone()).await,
        Command::Attach => nodes.attach(sandbox, pod, container, spec.clone()).await,
    }
}

/// A terminal has one output, so standard error is asked for without one only
/// (`k8s.io/kubelet/pkg/cri/streaming/remotecommand.NewOptions`).
fn exec_spec(query: &Query, command: Command) -> Result<ExecSpec, Status> {
    let tty = query.flag("tty");
    let spec = ExecSpec {
        command: query.all("command"),
        stdin: query.flag("stdin"),
        stdout: query.flag("stdout"),
        stderr: query.flag("stderr") && !tty,
        tty,
        ..ExecSpec::default()
    };
    if command == Command::Exec && spec.command.is_empty() {
        return Err(Status::bad_request("you must specify a command to execute"));
    }
    if !(spec.stdin || spec.stdout || spec.stderr) {
        return Err(Status::bad_request("you must specify at least 1 of stdin, stdout, stderr"));
    }
    Ok(spec)
}

fn refuse(status: Status) -> Response {
    let code = http::StatusCode::from_u16(status.code).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    (code, axum::Json(status)).into_response()
}
