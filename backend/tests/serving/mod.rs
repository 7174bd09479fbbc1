//! An API server with its store in memory and no nodes, on a port of its own.

use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt};
use podground::apiserver::{Api, router};
use podground::auth::Identity;
use podground::auth::service_token::Signer;
use podground::controllers;
use podground::node::access::{LogRequest, NodeAccess};
use podground::runtime::{Duplex, ExecSpec, LogLine, RuntimeError, Session};
use podground::store::Store;
use podground::web::listener;
use serde_json::Value;
use shared::api::Status;
use shared::api::kind::known;
use tokio_util::sync::CancellationToken;

/// Nodes that have no containers, and no logs.
pub struct NoNodes;

#[async_trait]
impl NodeAccess for NoNodes {
    async fn logs(
        &self,
        _: &str,
        _: &Value,
        _: &str,
        _: LogRequest,
    ) -> Result<BoxStream<'static, Result<LogLine, RuntimeError>>, Status> {
        Ok(stream::empty().boxed())
    }
    async fn exec(&self, _: &str, _: &Value, _: &str, _: ExecSpec) -> Result<Session, Status> {
        Err(Status::internal("no node"))
    }
    async fn attach(&self, _: &str, _: &Value, _: &str, _: ExecSpec) -> Result<Session, Status> {
        Err(Status::internal("no node"))
    }
    async fn port_forward(&self, _: &str, _: &Value, _: u16) -> Result<Box<dyn Duplex>, Status> {
        Err(Status::internal("no node"))
    }
}

/// A server; ends with the test.
#[allow(dead_code)]
pub struct Server {
    /// `http://127.0.0.1:PORT/sandboxes/default`
    pub url: String,
    /// What it serves.
    pub app: axum::Router,
    cancel: CancellationToken,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// Starts one on a port of its own.
#[allow(dead_code)]
pub async fn serve() -> Server {
    let (app, cancel) = app().await;
    let bound = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = bound.local_addr().unwrap();
    tokio::spawn(listener::serve(bound, None, app.clone(), cancel.clone()));
    Server { url: format!("http://{address}/sandboxes/default"), app, cancel }
}

/// The API with its controllers, once there is the namespace `default` with its service account.
pub async fn app() -> (axum::Router, CancellationToken) {
    let (app, cancel) = app_without_identity().await;
    (app.layer(axum::Extension(Identity::local())), cancel)
}

/// As [`app`], for who says itself who is asking.
pub async fn app_without_identity() -> (axum::Router, CancellationToken) {
    let api = Api::new(Store::memory());
    let keys = tempfile::tempdir().unwrap();
    api.set_signer(Arc::new(Signer::open(keys.path()).unwrap()));
    api.open_sandbox("default");
    let cancel = CancellationToken::new();
    let client = api.client("default", "system:kube-controller-manager");
    tokio::spawn(controllers::run(client.clone(), cancel.clone()));
    while client.get(known("serviceaccounts"), "default", "default").is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    (router(api, Arc::new(NoNodes)), cancel)
}
