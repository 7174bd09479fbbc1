//! A server with one Pod, whose container `c` is one of the fake runtime's.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::extract::{Query, Request, State, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use futures::stream::BoxStream;
use futures::{SinkExt, StreamExt};
use podground::node::access::{LogRequest, NodeAccess};
use podground::runtime::fake::Fake;
use podground::runtime::{
    Duplex, ExecSpec, ExitStatus, LogLine, LogOptions, NodeSpec, Runtime, RuntimeError, Session, SessionControl,
};
use podground::streams::{self, Opening, Target, Terminals};
use serde_json::{Value, json};
use shared::api::Status;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Nothing here takes longer, on a busy machine either.
pub const LIMIT: Duration = Duration::from_secs(20);

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A running server.
pub struct Server {
    pub address: String,
    node: Node,
}

#[derive(Clone)]
struct Node {
    runtime: Fake,
    container: String,
    hung_up: Arc<AtomicUsize>,
    terminals: Terminals,
}

pub async fn start() -> Server {
    let runtime = Fake::with_images(&["busybox"]);
    let container = runtime
        .ensure_node(&NodeSpec {
            name: "c".to_owned(),
            hostname: "c".to_owned(),
            image: "busybox".to_owned(),
            network: "n".to_owned(),
            ip: std::net::Ipv4Addr::new(10, 0, 0, 2).into(),
            cgroup_parent: None,
            labels: std::collections::BTreeMap::new(),
        })
        .await
        .unwrap();
    let node = Node { runtime, container, hung_up: Arc::default(), terminals: Terminals::default() };
    let router = Router::new()
        .route(
            "/exec",
            any(async |State(node): State<Node>, request: Request| streams::exec(node.target(), request).await),
        )
        .route(
            "/log",
            any(async |State(node): State<Node>, request: Request| {
                streams::log(node.target(), request.uri().query().unwrap_or_default()).await
            }),
        )
        .route(
            "/portforward",
            any(async |State(node): State<Node>, request: Request| streams::port_forward(node.target(), request).await),
        )
        .route("/terminal", any(terminal))
        .with_state(node.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, router).await });
    Server { address, node }
}

async fn terminal(State(node): State<Node>, Query(opening): Query<Opening>, socket: WebSocketUpgrade) -> Response {
    let command = ["sh", "-c", "echo welcome; cat"].map(str::to_owned).to_vec();
    node.terminals.serve(socket, Arc::new(node.runtime.clone()), node.container.clone(), command, opening)
}

impl Node {
    fn target(&self) -> Target {
        let pod =
            json!({"metadata": {"name": "p", "uid": "u"}, "spec": {"nodeName": "n", "containers": [{"name": "c"}]}});
        Target { nodes: Arc::new(self.clone()), sandbox: "default".to_owned(), pod: Arc::new(pod) }
    }
}

#[async_trait]
impl NodeAccess for Node {
    async fn logs(
        &self,
        _sandbox: &str,
        _pod: &Value,
        _container: &str,
        request: LogRequest,
    ) -> Result<BoxStream<'static, Result<LogLine, RuntimeError>>, Status> {
        let options = LogOptions { follow: request.follow, tail: request.tail, since: request.since };
        self.runtime.logs(&self.container, &options).await.map_err(Status::internal)
    }

    async fn exec(&self, _sandbox: &str, _pod: &Value, _container: &str, spec: ExecSpec) -> Result<Session, Status> {
        let session =
            self.runtime.exec(&self.container, &spec).await.map_err(|e| Status::bad_request(e.to_string()))?;
        let control = Counted { control: session.control.clone(), hung_up: self.hung_up.clone() };
        Ok(Session { control: Arc::new(control), ..session })
    }

    async fn attach(&self, _sandbox: &str, _pod: &Value, _container: &str, spec: ExecSpec) -> Result<Session, Status> {
        self.runtime.attach(&self.container, &spec).await.map_err(Status::internal)
    }

    async fn port_forward(&self, _sandbox: &str, _pod: &Value, port: u16) -> Result<Box<dyn Duplex>, Status> {
        if port != 80 {
            return Err(Status::bad_request("connection refused"));
        }
        // Sends everything back, and ends when the other side does.
        let (near, far) = tokio::io::duplex(1024);
        let (mut reader, mut writer) = tokio::io::split(far);
        tokio::spawn(async move { tokio::io::copy(&mut reader, &mut writer).await });
        Ok(Box::new(near))
    }
}

/// Counts how often it is hung up on.
struct Counted {
    control: Arc<dyn SessionControl>,
    hung_up: Arc<AtomicUsize>,
}

#[async_trait]
impl SessionControl for Counted {
    async fn resize(&self, columns: u16, rows: u16) -> podground::runtime::Result<()> {
        self.control.resize(columns, rows).await
    }

    async fn hangup(&self) {
        self.hung_up.fetch_add(1, Ordering::SeqCst);
        self.control.hangup().await;
    }

    async fn wait(&self) -> podground::runtime::Result<ExitStatus> {
        self.control.wait().await
    }
}

impl Server {
    /// Opens a WebSocket; or tells the answer's code and what the body's Status says.
    pub async fn connect(&self, path: &str, protocols: &str) -> Result<(Socket, Option<String>), (u16, String)> {
        let mut request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        if !protocols.is_empty() {
            request.headers_mut().insert("sec-websocket-protocol", protocols.parse().unwrap());
        }
        match timeout(LIMIT, tokio_tungstenite::connect_async(request)).await.expect("an answer") {
            Ok((socket, answer)) => {
                let chosen = answer.headers().get("sec-websocket-protocol").map(|p| p.to_str().unwrap().to_owned());
                Ok((socket, chosen))
            }
            Err(Error::Http(answer)) => {
                let body = answer.body().clone().unwrap_or_default();
                let status: Value = serde_json::from_slice(&body).unwrap_or_default();
                Err((answer.status().as_u16(), status["message"].as_str().unwrap_or_default().to_owned()))
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Waits until as many processes have been hung up on.
    pub async fn hung_up(&self, count: usize) {
        let wait = async {
            while self.node.hung_up.load(Ordering::SeqCst) < count {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(LIMIT, wait).await.expect("the process is hung up on");
    }
}

/// Sends a binary message.
pub async fn send(socket: &mut Socket, message: &[u8]) {
    socket.send(Message::Binary(message.to_vec().into())).await.unwrap();
}

/// The next message that is no ping.
pub async fn next(socket: &mut Socket) -> Option<Message> {
    loop {
        match timeout(LIMIT, socket.next()).await.expect("a message")? {
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            Ok(message) => return Some(message),
            Err(_) => return None,
        }
    }
}
