//! Listening: plain HTTP for this machine, TLS for the sandboxes' own networks. Stops when told, letting go of what
//! is still streaming after a moment.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

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
    let service = TowerToHyperService::new(router);
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(30));
    let served = match acceptor {
        None => {
            let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
            tokio::select! { done = connection => done, () = cancel.cancelled() => Ok(()) }
        }
        Some(acceptor) => match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => {
                let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
                tokio::select! { done = connection => done, () = cancel.cancelled() => Ok(()) }
            }
            _ => return,
        },
    };
    if let Err(error) = served {
        tracing::debug!(%peer, %error, "connection ended");
    }
}
