//! Owner references: what is owned goes when its last owner goes; orphans lose the reference instead
//! (`garbage-collector-controller`, as far as the kinds served here go).

use std::collections::{HashMap, HashSet};

use futures::stream::SelectAll;
use futures::{FutureExt, StreamExt};
use serde_json::Value;
use shared::api::kind::{KINDS, by_kind};
use shared::api::{Kind, object};
use tokio_util::sync::CancellationToken;

use crate::apiserver::{Client, DeleteOptions};
use crate::store::{Event, EventType, Key};

/// What depends on what, by uid.
#[derive(Default)]
struct Graph {
    dependents: HashMap<String, HashSet<Dependent>>,
    owners: HashMap<Dependent, Vec<String>>,
}

/// An object that has owners.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Dependent {
    kind: &'static str,
    namespace: String,
    name: String,
}

impl Graph {
    /// Takes over the owners of an object.
    fn set(&mut self, dependent: &Dependent, owners: Vec<String>) {
        for uid in self.owners.remove(dependent).into_iter().flatten() {
            if let Some(dependents) = self.dependents.get_mut(&uid) {
                dependents.remove(dependent);
                if dependents.is_empty() {
                    self.dependents.remove(&uid);
                }
            }
        }
        if owners.is_empty() {
            return;
        }
        for uid in &owners {
            self.dependents.entry(uid.clone()).or_default().insert(dependent.clone());
        }
        self.owners.insert(dependent.clone(), owners);
    }

    fn of(&self, uid: &str) -> Vec<Dependent> {
        self.dependents.get(uid).into_iter().flatten().cloned().collect()
    }
}

/// Collects until told to stop.
pub(super) async fn run(client: Client, cancel: CancellationToken) {
    let mut events = SelectAll::new();
    for kind in KINDS.iter().filter(|kind| watched(kind)) {
        events.push(client.list_watch(kind).boxed());
    }
    let mut graph = Graph::default();
    loop {
        let event: Event = tokio::select! {
            () = cancel.cancelled() => return,
            Some(event) = events.next() => event,
        };
        let mut batch = vec![event];
        while let Some(Some(event)) = events.next().now_or_never() {
            batch.push(event);
        }
        for event in &batch {
            note(&mut graph, event);
        }
        for event in &batch {
            act(&client, &graph, event).await;
        }
    }
}

/// Events and leases own nothing and are many.
fn watched(kind: &Kind) -> bool {
    kind.verbs.contains(&"watch") && !matches!(kind.kind, "Event" | "Lease")
}

fn note(graph: &mut Graph, event: &Event) {
    let dependent = dependent(&event.key);
    let owners = match event.ty {
        EventType::Deleted => Vec::new(),
        _ => references(event.object.value()).iter().map(|owner| text(owner, "uid").to_owned()).collect(),
    };
    graph.set(&dependent, owners);
}

async fn act(client: &Client, graph: &Graph, event: &Event) {
    let value = event.object.value();
    if event.ty == EventType::Deleted {
        for dependent in graph.of(object::uid(value)) {
            collect(client, &dependent).await;
        }
        for owner in references(value) {
            last_gone(client, graph, owner, object::namespace(value)).await;
        }
        return;
    }
    if !references(value).is_empty() && event.ty == EventType::Added {
        collect(client, &dependent(&event.key)).await;
    }
    if object::deletion_timestamp(value).is_none() {
        return;
    }
    let has = |name: &str| object::list(value, "/metadata/finalizers").iter().any(|finalizer| finalizer == name);
    let dependents = graph.of(object::uid(value));
    if has("orphan") {
        for dependent in &dependents {
            disown(client, dependent, object::uid(value)).await;
        }
        release(client, event.key.kind, &event.key.namespace, &event.key.name, "orphan").await;
    } else if has("foregroundDeletion") {
        if dependents.is_empty() {
            release(client, event.key.kind, &event.key.namespace, &event.key.name, "foregroundDeletion").await;
        }
        for dependent in &dependents {
            delete(client, dependent).await;
        }
    }
}

/// An owner that waits for its dependents in the foreground may go with the last of them.
async fn last_gone(client: &Client, graph: &Graph, owner: &Value, namespace: &str) {
    let Some(kind) = by_kind(text(owner, "apiVersion"), text(owner, "kind")) else { return };
    let namespace = if kind.namespaced { namespace } else { "" };
    let Some(found) = client.get(kind, namespace, text(owner, "name")) else { return };
    let value = found.value();
    let waits = object::list(value, "/metadata/finalizers").iter().any(|finalizer| finalizer == "foregroundDeletion");
    if waits && object::deletion_timestamp(value).is_some() && graph.of(object::uid(value)).is_empty() {
        release(client, kind, namespace, object::name(value), "foregroundDeletion").await;
    }
}

fn dependent(key: &Key) -> Dependent {
    Dependent { kind: key.kind.plural, namespace: key.namespace.clone(), name: key.name.clone() }
}

fn references(object: &Value) -> &[Value] {
    object::list(object, "/metadata/ownerReferences")
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Deletes a dependent all of whose owners are gone. An owner of a kind that is not served here counts as there:
/// no one can say that it is not.
async fn collect(client: &Client, dependent: &Dependent) {
    let Some(found) = find(client, dependent) else { return };
    let value = found.value();
    let owners = references(value);
    let there = |owner: &Value| {
        let Some(kind) = by_kind(text(owner, "apiVersion"), text(owner, "kind")) else { return true };
        let namespace = if kind.namespaced { object::namespace(value) } else { "" };
        client
            .get(kind, namespace, text(owner, "name"))
            .is_some_and(|found| object::uid(found.value()) == text(owner, "uid"))
    };
    if !owners.is_empty() && !owners.iter().any(there) && object::deletion_timestamp(value).is_none() {
        delete(client, dependent).await;
    }
}

fn kind_of(dependent: &Dependent) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.plural == dependent.kind)
}

fn find(client: &Client, dependent: &Dependent) -> Option<crate::store::Object> {
    client.get(kind_of(dependent)?, &dependent.namespace, &dependent.name)
}

async fn delete(client: &Client, dependent: &Dependent) {
    let Some(kind) = kind_of(dependent) else { return };
    if find(client, dependent).is_none_or(|found| object::deletion_timestamp(found.value()).is_some()) {
        return;
    }
    if let Err(status) = client.delete(kind, &dependent.namespace, &dependent.name, DeleteOptions::default()).await {
        tracing::debug!(name = dependent.name, %status, "a dependent stays");
    }
}

/// Takes the reference off; again when somebody else was quicker.
async fn disown(client: &Client, dependent: &Dependent, uid: &str) {
    let Some(kind) = kind_of(dependent) else { return };
    while let Some(found) = find(client, dependent) {
        let mut value = found.value().clone();
        if let Some(owners) = value.pointer_mut("/metadata/ownerReferences").and_then(Value::as_array_mut) {
            owners.retain(|owner| text(owner, "uid") != uid);
        }
        match client.update(kind, value).await {
            Err(status) if status.is("Conflict") => {}
            Err(status) => {
                tracing::debug!(name = dependent.name, %status, "a dependent keeps its owner");
                return;
            }
            Ok(_) => return,
        }
    }
}

/// Takes a finalizer off: the object may go.
async fn release(client: &Client, kind: &'static Kind, namespace: &str, name: &str, finalizer: &str) {
    while let Some(found) = client.get(kind, namespace, name) {
        let mut value = found.value().clone();
        if let Some(finalizers) = value.pointer_mut("/metadata/finalizers").and_then(Value::as_array_mut) {
            finalizers.retain(|other| other != finalizer);
        }
        match client.update(kind, value).await {
            Err(status) if status.is("Conflict") => {}
            Err(status) => {
                tracing::debug!(name, %status, "a finalizer stays");
                return;
            }
            Ok(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_graph_follows_the_references() {
        let pod = |name: &str| Dependent { kind: "pods", namespace: "d".into(), name: name.into() };
        let mut graph = Graph::default();
        graph.set(&pod("a"), vec!["x".into(), "y".into()]);
        graph.set(&pod("b"), vec!["x".into()]);
        assert_eq!(graph.of("x").len(), 2);
        graph.set(&pod("a"), vec!["y".into()]);
        assert_eq!(graph.of("x"), [pod("b")]);
        graph.set(&pod("b"), vec![]);
        graph.set(&pod("a"), vec![]);
        assert!(graph.dependents.is_empty() && graph.owners.is_empty());
    }
}
