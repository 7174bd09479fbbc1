//! Listening: plain HTTP for this machine, TLS for the sandboxes' own networks. Stops when told, letting go of what
//! is still streaming after a moment.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a client may take for the head of a request, its first one included.
const GREETING: Duration = Duration::from_secs(30);
/// How long a TLS client may take to greet.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Serves `router` on `listener` until `cancel`; with `tls`, only over TLS.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    router: Router,
    cancel: CancellationToken,
) {
    let acceptor = tls.map(TlsAcceptor::from);
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = cancel.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let _ = stream.set_nodelay(true);
                let (acceptor, router, cancel) = (acceptor.clone(), router.clone(), cancel.clone());
                connections.spawn(async move { connection(stream, peer, acceptor, router, cancel).await });
            }
            // Out of file descriptors, or the peer gave up: neither is a reason to stop.
            Err(error) => {
                tracing::warn!(%error, "accepting a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    connections.close();
    let _ = tokio::time::timeout(Duration::from_secs(2), connections.wait()).await;
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    router: Router,
    cancel: CancellationToken,
) {
    let served = match acceptor {
        None => match tokio::time::timeout(GREETING, greets_with_http2(&stream)).await {
            Ok(Ok(http2)) => http(stream, http2, router, cancel).await,
            _ => return,
        },
        Some(acceptor) => match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => {
                let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                // Apart, so that a plain connection's task does not have TLS's size.
                Box::pin(http(stream, http2, router, cancel)).await
            }
            _ => return,
        },
    };
    if let Err(error) = served {
        tracing::debug!(%peer, %error, "connection ended");
    }
}

/// Whether a client without TLS begins with HTTP/2's preface, as those do that know of it beforehand. It is looked at
/// and left there: hyper's buffer for a request that has been begun elsewhere is twice as large.
async fn greets_with_http2(stream: &TcpStream) -> std::io::Result<bool> {
    let mut greeting = [0; 3];
    let seen = stream.peek(&mut greeting).await?;
    Ok(&greeting[..seen] == b"PRI")
}

async fn http<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    http2: bool,
    router: Router,
    cancel: CancellationToken,
) -> hyper::Result<()> {
    let (stream, service) = (TokioIo::new(stream), TowerToHyperService::new(router));
    if http2 {
        let connection = http2::Builder::new(TokioExecutor::new()).serve_connection(stream, service);
        let mut connection = Box::pin(connection);
        return tokio::select! { done = &mut connection => done, () = cancel.cancelled() => Ok(()) };
    }
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(GREETING);
    let connection = builder.serve_connection(stream, service).with_upgrades();
    tokio::select! { done = connection => done, () = cancel.cancelled() => Ok(()) }
}
