//! In every namespace: the service account `default`, which Pods use that name none, and the ConfigMap
//! `kube-root-ca.crt`, by which they know the API server.

use futures::StreamExt;
use serde_json::json;
use shared::api::kind::known;
use shared::api::object;
use tokio_util::sync::CancellationToken;

use crate::apiserver::Client;
use crate::store::EventType;

const ACCOUNT: &str = "default";
const ROOT_CA: &str = "kube-root-ca.crt";

/// Keeps both until told to stop.
pub(super) async fn run(client: Client, cancel: CancellationToken) {
    let mut namespaces = std::pin::pin!(client.list_watch(known("namespaces")));
    let mut accounts = std::pin::pin!(client.list_watch(known("serviceaccounts")));
    let mut configs = std::pin::pin!(client.list_watch(known("configmaps")));
    loop {
        let namespace = tokio::select! {
            () = cancel.cancelled() => return,
            Some(event) = namespaces.next() => match event.ty {
                EventType::Deleted => continue,
                _ => event.key.name.clone(),
            },
            Some(event) = accounts.next() => match event.ty {
                EventType::Deleted if event.key.name == ACCOUNT => event.key.namespace.clone(),
                _ => continue,
            },
            Some(event) = configs.next() => match event.ty {
                EventType::Deleted | EventType::Modified if event.key.name == ROOT_CA => event.key.namespace.clone(),
                _ => continue,
            },
        };
        ensure(&client, &namespace).await;
    }
}

async fn ensure(client: &Client, namespace: &str) {
    let active = client
        .get(known("namespaces"), "", namespace)
        .is_some_and(|found| object::deletion_timestamp(found.value()).is_none());
    if !active {
        return;
    }
    if client.get(known("serviceaccounts"), namespace, ACCOUNT).is_none() {
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"name": ACCOUNT, "namespace": namespace}});
        written(client.create(known("serviceaccounts"), namespace, account).await, namespace, ACCOUNT);
    }
    let Some(pem) = client.root_ca() else { return };
    let wanted = json!({"ca.crt": pem});
    match client.get(known("configmaps"), namespace, ROOT_CA) {
        None => {
            let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": wanted, "metadata": {
                "name": ROOT_CA, "namespace": namespace, "annotations": {"kubernetes.io/description":
                    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."},
            }});
            written(client.create(known("configmaps"), namespace, config).await, namespace, ROOT_CA);
        }
        Some(found) if found.value().get("data") != Some(&wanted) => {
            let mut config = found.value().clone();
            config["data"] = wanted;
            written(client.update(known("configmaps"), config).await, namespace, ROOT_CA);
        }
        Some(_) => {}
    }
}

fn written<T>(result: Result<T, shared::api::Status>, namespace: &str, name: &str) {
    if let Err(status) = result
        && !status.is("AlreadyExists")
        && !status.is("Conflict")
    {
        tracing::warn!(namespace, name, %status, "could not be written");
    }
}
