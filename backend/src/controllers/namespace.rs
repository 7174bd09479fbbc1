//! Namespaces: the system's own exist, and one that is being deleted is emptied before it goes.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::StreamExt;
use serde_json::json;
use shared::api::kind::{KINDS, known};
use shared::api::{Kind, Status, object};
use tokio_util::sync::CancellationToken;

use crate::apiserver::{Client, DeleteOptions};
use crate::store::EventType;

const SYSTEM: &[&str] = &["default", "kube-node-lease", "kube-public", "kube-system"];
/// Pods take their grace period to go; between looks.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Keeps namespaces until told to stop.
pub(super) async fn run(client: Client, cancel: CancellationToken) {
    let mut namespaces = std::pin::pin!(client.list_watch(known("namespaces")));
    for name in SYSTEM {
        ensure(&client, name).await;
    }
    let mut terminating = BTreeSet::new();
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            Some(event) = namespaces.next() => {
                let name = event.key.name.clone();
                if event.ty == EventType::Deleted {
                    terminating.remove(&name);
                    if SYSTEM.contains(&name.as_str()) {
                        ensure(&client, &name).await;
                    }
                } else if object::deletion_timestamp(event.object.value()).is_some() {
                    terminating.insert(name);
                }
            }
            () = tokio::time::sleep(LOOK_AGAIN), if !terminating.is_empty() => {}
        }
        let mut emptied = Vec::new();
        for name in &terminating {
            match empty(&client, name).await {
                Ok(true) => emptied.push(name.clone()),
                Ok(false) => {}
                Err(status) => tracing::debug!(namespace = name, %status, "emptying goes on"),
            }
        }
        for name in emptied {
            if let Err(status) = finalize(&client, &name).await {
                tracing::debug!(namespace = name, %status, "finalizing goes on");
            } else {
                terminating.remove(&name);
            }
        }
    }
}

async fn ensure(client: &Client, name: &str) {
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    if let Err(status) = client.create(known("namespaces"), "", namespace).await
        && !status.is("AlreadyExists")
    {
        tracing::error!(namespace = name, %status, "a system namespace could not be made");
    }
}

/// Deletes all that is left in the namespace; whether there was nothing.
async fn empty(client: &Client, namespace: &str) -> Result<bool, Status> {
    let mut empty = true;
    for kind in contents() {
        for found in client.list(kind, Some(namespace)).0 {
            empty = false;
            if object::deletion_timestamp(found.value()).is_none() {
                let name = object::name(found.value());
                match client.delete(kind, namespace, name, DeleteOptions::default()).await {
                    Err(status) if !status.is("NotFound") => return Err(status),
                    _ => {}
                }
            }
        }
    }
    Ok(empty)
}

/// Everything that can be in a namespace; Events last, for the deletions make new ones.
fn contents() -> impl Iterator<Item = &'static Kind> {
    let here = |kind: &&Kind| kind.namespaced && kind.verbs.contains(&"list") && kind.verbs.contains(&"delete");
    let (events, rest): (Vec<_>, Vec<_>) = KINDS.iter().filter(here).partition(|kind| kind.kind == "Event");
    rest.into_iter().chain(events)
}

/// Takes the finalizer `kubernetes` off: the API server then lets the namespace go.
async fn finalize(client: &Client, name: &str) -> Result<(), Status> {
    let Some(found) = client.get(known("namespaces"), "", name) else { return Ok(()) };
    let mut namespace = found.value().clone();
    if let Some(finalizers) = namespace.pointer_mut("/spec/finalizers").and_then(|list| list.as_array_mut()) {
        finalizers.retain(|finalizer| finalizer != "kubernetes");
    }
    client.finalize(namespace).await.map(drop)
}
