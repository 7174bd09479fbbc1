//! The wiring, once: opens what is kept, builds the routers, starts the sandboxes, serves until told to stop.

use std::sync::{Arc, OnceLock};

use anyhow::{Context, bail};
use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;

use crate::apiserver::{self, Api};
use crate::auth::ca::Authority;
use crate::auth::service_token::Signer;
use crate::auth::{Tokens, guard};
use crate::config::Serve;
use crate::data_dir::DataDir;
use crate::node::Nodes;
use crate::runtime::docker::Docker;
use crate::sandbox::{Parts, Sandboxes};
use crate::store::Store;
use crate::web::preview::{self, Preview};
use crate::web::{assets, inside, listener, playground};

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// When the data directory is in use or broken, no engine answers, or the address is taken.
pub async fn serve(config: Serve) -> anyhow::Result<()> {
    if !config.listen.ip().is_loopback() {
        bail!(
            "--listen {}: only loopback addresses are served, since there is no login yet; put a proxy with TLS and a \
             login in front",
            config.listen
        );
    }
    let metrics = PrometheusBuilder::new().install_recorder().context("installing the metrics recorder")?;
    let data_dir = DataDir::open(&config.data_dir)?;
    let store = Store::open(&data_dir.path().join("objects.redb"))
        .with_context(|| format!("opening the objects in {}", data_dir.path().display()))?;
    let runtime = Arc::new(Docker::connect(config.docker.as_deref()).await.context("no Docker Engine answers")?);
    // Taken before anything is started: a second server on one port must not disturb the first one's containers.
    let bound = tokio::net::TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("listening on {}", config.listen))?;

    let api = Api::new(store).with_tokens();
    let nodes = Arc::new(Nodes::new(runtime.clone()));
    let signer = Arc::new(Signer::open(data_dir.path())?);
    api.set_signer(signer.clone());
    let tokens = Tokens::new(signer);
    let kubernetes = apiserver::router(api.clone(), nodes.clone());
    let preview = Preview { api: api.clone(), nodes: nodes.clone() };
    let inside = kubernetes.clone().layer(axum::middleware::from_fn_with_state(tokens.clone(), guard::token));
    let authority = Authority::open(data_dir.path())?;
    api.set_root_ca(authority.pem());
    let sandboxes = Sandboxes::new(Parts {
        config: config.clone(),
        data_dir: data_dir.path().to_owned(),
        instance: data_dir.instance().to_owned(),
        runtime,
        api,
        nodes,
        tokens,
        authority,
        inside_router: Box::new(move |sandbox| inside::router(inside.clone(), sandbox)),
    });

    let cancel = CancellationToken::new();
    let ready = Arc::new(OnceLock::new());
    let router = outside(kubernetes, sandboxes.clone(), preview, metrics, ready.clone());
    let serving = tokio::spawn(listener::serve(bound, None, router, cancel.clone()));
    let mut signals = Signals::new()?;
    let opened = tokio::select! {
        opened = sandboxes.open() => opened,
        () = signals.recv() => Ok(()),
    };
    if opened.is_ok() {
        let _ = ready.set(());
        println!("podground is ready: http://{}", config.listen);
        signals.recv().await;
    }
    match config.ephemeral {
        true => sandboxes.remove_all().await,
        false => sandboxes.stop().await,
    }
    cancel.cancel();
    let _ = serving.await;
    opened
}

/// What this machine's own user sees.
fn outside(
    kubernetes: Router,
    sandboxes: Sandboxes,
    preview: Preview,
    metrics: PrometheusHandle,
    ready: Arc<OnceLock<()>>,
) -> Router {
    let readyz = move || async move {
        match ready.get() {
            Some(()) => "ok".into_response(),
            None => (axum::http::StatusCode::SERVICE_UNAVAILABLE, "the sandboxes are starting").into_response(),
        }
    };
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(move || async move { metrics.render() }))
        .nest("/playground/v1", playground::router(sandboxes))
        .merge(kubernetes)
        .fallback(assets::serve)
        .layer(axum::middleware::from_fn_with_state(preview, preview::divert))
        .layer(axum::middleware::from_fn(guard::loopback))
}

/// The signals that end the server; a second one while it is ending kills it as usual.
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn recv(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
