//! What answers HTTP on a Pod's port, for the page's preview tabs: `http://PORT.POD.NAMESPACE.SANDBOX.localhost:…`.
//!
//! Browsers take every name below `localhost` for this machine, so each port of each Pod has an origin of its own: what
//! is served there finds its own absolute paths, and can neither read this server's API nor another Pod's pages. Carried
//! as port-forward is, from inside the Pod's network.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper_util::rt::TokioIo;
use shared::api::Status;
use shared::api::kind::known;

use crate::apiserver::Api;
use crate::auth::Identity;
use crate::node::access::NodeAccess;
use crate::runtime::Duplex;

/// Where Pods and their ports are found.
#[derive(Clone)]
pub struct Preview {
    /// Knows the Pods.
    pub api: Api,
    /// Reach their ports.
    pub nodes: Arc<dyn NodeAccess>,
}

/// A middleware: requests whose `Host` is a Pod's port go there, all others on.
pub async fn divert(
    State(preview): State<Preview>,
    Extension(identity): Extension<Identity>,
    request: Request,
    next: Next,
) -> Response {
    let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default().to_owned();
    let Some(place) = Place::of(&host) else { return next.run(request).await };
    if !identity.may_enter(place.sandbox) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let carried = match preview.connect(&place).await {
        Ok(connection) => carry(connection, request).await.map_err(|e| (StatusCode::BAD_GATEWAY, e.to_string())),
        Err(status) => Err((StatusCode::from_u16(status.code).unwrap_or(StatusCode::BAD_GATEWAY), status.message)),
    };
    carried.unwrap_or_else(IntoResponse::into_response)
}

impl Preview {
    async fn connect(&self, place: &Place<'_>) -> Result<Box<dyn Duplex>, Status> {
        let pods = self.api.client(place.sandbox, "system:preview");
        let pod = pods.get(known("pods"), place.namespace, place.pod);
        let pod = pod.ok_or_else(|| Status::not_found(known("pods"), place.pod))?;
        self.nodes.port_forward(place.sandbox, pod.value(), place.port).await
    }
}

/// What a host name names.
#[derive(Debug, PartialEq, Eq)]
struct Place<'a> {
    port: u16,
    pod: &'a str,
    namespace: &'a str,
    sandbox: &'a str,
}

impl<'a> Place<'a> {
    /// A Pod's name may have dots, the others have none.
    fn of(host: &'a str) -> Option<Self> {
        let name = host.split_once(':').map_or(host, |(name, _)| name).strip_suffix(".localhost")?;
        let (port, rest) = name.split_once('.')?;
        let (rest, sandbox) = rest.rsplit_once('.')?;
        let (pod, namespace) = rest.rsplit_once('.')?;
        Some(Self { port: port.parse().ok().filter(|port| *port > 0)?, pod, namespace, sandbox })
    }
}

/// One request over a connection of its own; where both sides switch protocols, the connection goes on as theirs.
async fn carry(connection: Box<dyn Duplex>, mut request: Request) -> hyper::Result<Response> {
    let (mut sender, running) = hyper::client::conn::http1::handshake(TokioIo::new(connection)).await?;
    tokio::spawn(running.with_upgrades());
    let path = request.uri().path_and_query().and_then(|path| Uri::try_from(path.as_str()).ok());
    *request.uri_mut() = path.unwrap_or_default();
    *request.version_mut() = Version::HTTP_11;
    let here = hyper::upgrade::on(&mut request);
    let mut response = sender.send_request(request).await?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        let there = hyper::upgrade::on(&mut response);
        tokio::spawn(async move {
            if let Ok((here, there)) = tokio::try_join!(here, there) {
                let _ = tokio::io::copy_bidirectional(&mut TokioIo::new(here), &mut TokioIo::new(there)).await;
            }
        });
    }
    // Else browsers guess how long it holds, and show what the learner has changed since.
    let caching = response.headers_mut().entry(header::CACHE_CONTROL);
    caching.or_insert(HeaderValue::from_static("no-cache"));
    Ok(response.map(Body::new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::extract::WebSocketUpgrade;
    use axum::routing::{any, get};
    use futures::{SinkExt, StreamExt};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio_tungstenite::tungstenite::Message;

    #[test]
    fn names_of_places() {
        let place = |port, pod, namespace, sandbox| Some(Place { port, pod, namespace, sandbox });
        let cases = [
            ("80.web.default.box.localhost:8080", place(80, "web", "default", "box")),
            ("80.web.example.com.default.box.localhost", place(80, "web.example.com", "default", "box")),
            ("localhost:8080", None),
            ("127.0.0.1:8080", None),
            ("web.default.box.localhost:8080", None),
            ("0.web.default.box.localhost:8080", None),
            ("65536.web.default.box.localhost:8080", None),
            ("80.web.default.localhost:8080", None),
            ("80.web.default.box.localhost.example:8080", None),
        ];
        for (host, expected) in cases {
            assert_eq!(Place::of(host), expected, "{host}");
        }
    }

    async fn serve(router: Router) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    /// A server in front of another, as a preview is in front of a Pod.
    async fn in_front_of(pod: String) -> String {
        let carried = move |request: Request| async move {
            let connection = TcpStream::connect(pod).await.unwrap();
            carry(Box::new(connection), request).await.unwrap()
        };
        serve(Router::new().fallback(carried)).await
    }

    #[tokio::test]
    async fn requests_arrive_as_they_were_asked() {
        let told = async |request: Request| {
            let host = request.headers()[header::HOST].to_str().unwrap().to_owned();
            let uri = request.uri().to_string();
            let body = axum::body::to_bytes(request.into_body(), 100).await.unwrap();
            (StatusCode::IM_A_TEAPOT, format!("{host} {uri} {}", String::from_utf8_lossy(&body)))
        };
        let front = in_front_of(serve(Router::new().fallback(told)).await).await;
        let mut connection = TcpStream::connect(front).await.unwrap();
        let request = "POST /a/b?c=%20d HTTP/1.1\r\nHost: 80.p.n.s.localhost:1\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody";
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 418 "), "{answer}");
        assert!(answer.ends_with("80.p.n.s.localhost:1 /a/b?c=%20d body"), "{answer}");
    }

    #[tokio::test]
    async fn websockets_go_through() {
        let echo = get(async |socket: WebSocketUpgrade| {
            socket.on_upgrade(async |mut socket| {
                while let Some(Ok(message)) = socket.next().await {
                    let _ = socket.send(message).await;
                }
            })
        });
        let front = in_front_of(serve(Router::new().route("/", any(echo))).await).await;
        let (mut socket, _) = tokio_tungstenite::connect_async(format!("ws://{front}/")).await.unwrap();
        socket.send(Message::text("there and back")).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("there and back"));
    }
}
