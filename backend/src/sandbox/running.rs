//! One running sandbox: its ground (network, nodes) and the tasks that work on it.

use std::sync::Arc;

use serde_json::json;
use shared::api::kind::known;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::ground::{self, Ground};
use super::record::{Record, Subnet};
use super::registry::Parts;
use crate::scheduler::Explanations;
use crate::web::listener;

/// A sandbox at work. Ends with [`Running::stop`].
pub struct Running {
    /// What is remembered of it.
    pub record: Record,
    /// Its network and nodes on the engine.
    pub ground: Ground,
    /// The scheduler's latest verdicts.
    pub explanations: Explanations,
    cancel: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    /// Lays the ground (taking over what a former process left) and starts scheduler, controllers and nodes.
    pub async fn start(parts: &Arc<Parts>, record: Record) -> anyhow::Result<Self> {
        let ground = ground::lay(parts, &record).await?;
        let explanations = Explanations::default();
        let (cancel, tasks) = (CancellationToken::new(), TaskTracker::new());
        let running = Self { record, ground, explanations, cancel, tasks };
        parts.api.open_sandbox(&running.record.name);
        running.listen(parts).await;
        running.work(parts);
        Ok(running)
    }

    /// Serves the API on the gateway's address, for node terminals and Pods.
    async fn listen(&self, parts: &Arc<Parts>) {
        let name = &self.record.name;
        let gateway = Subnet(self.record.subnet).gateway();
        parts.tokens.insert(&self.record.token, crate::auth::Identity::admin_of(name));
        let service = "kubernetes.default.svc.cluster.local";
        let names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", service, "localhost"];
        let tls = parts.authority.server_config(&[gateway.into()], &names);
        let bound = tokio::net::TcpListener::bind((gateway, ground::API_PORT)).await;
        match (tls, bound) {
            (Ok(tls), Ok(bound)) => {
                let router = (parts.inside_router)(name);
                self.tasks.spawn(listener::serve(bound, Some(tls), router, self.cancel.clone()));
            }
            (Err(error), _) => tracing::error!(sandbox = name, %error, "no certificate for the sandbox's own network"),
            // The engine runs elsewhere or in a virtual machine: its bridges are not this host's.
            (_, Err(error)) => tracing::warn!(
                sandbox = name, %gateway, %error,
                "the API is not reachable from inside the sandbox: kubectl on its nodes will not work"
            ),
        }
    }

    fn work(&self, parts: &Arc<Parts>) {
        let client = |user: &str| parts.api.client(&self.record.name, user);
        self.tasks.spawn(crate::scheduler::run(
            client("system:kube-scheduler"),
            self.explanations.clone(),
            self.cancel.clone(),
        ));
        self.tasks.spawn(crate::controllers::run(client("system:kube-controller-manager"), self.cancel.clone()));
        for (index, node) in self.ground.nodes.iter().enumerate() {
            let config = ground::node_config(parts, &self.record, &self.ground, node, index);
            parts.nodes.start(config, &self.tasks, self.cancel.clone());
        }
    }

    /// Ends the tasks; containers go on running, for the next process to take over.
    pub async fn stop(&self) {
        self.cancel.cancel();
        self.tasks.close();
        if tokio::time::timeout(std::time::Duration::from_secs(10), self.tasks.wait()).await.is_err() {
            tracing::warn!(sandbox = self.record.name, "some tasks did not end in 10 seconds");
        }
    }

    /// Why a Pod is where and as it is.
    pub fn explain(
        &self,
        parts: &Parts,
        namespace: &str,
        name: &str,
    ) -> Result<serde_json::Value, shared::api::Status> {
        let key = crate::store::Key {
            sandbox: self.record.name.clone(),
            kind: known("pods"),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        let pod = parts.api.store().get(&key).ok_or_else(|| shared::api::Status::not_found(known("pods"), name))?;
        Ok(json!({
            "pod": format!("{namespace}/{name}"),
            "scheduling": self.explanations.get(shared::api::object::uid(pod.value())),
            "node": parts.nodes.explain(&self.record.name, pod.value()),
        }))
    }
}
