//! The API for the parts of this process: scheduler, controllers and nodes come through here, as in Kubernetes.

use std::collections::BTreeMap;
use std::pin::Pin;

use futures::stream::{self, BoxStream, StreamExt};
use serde_json::{Value, json};
use shared::api::kind::known;
use shared::api::{Kind, Status, object};

use super::api::{Api, Caller};
use super::{DeleteOptions, PatchType, WriteOptions};
use crate::store::{Event, EventType, Expired, Key, Object, Watch};

/// The API of one sandbox on behalf of one user. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    api: Api,
    caller: Caller,
}

impl Client {
    pub(super) fn new(api: Api, caller: Caller) -> Self {
        Self { api, caller }
    }

    /// The sandbox.
    pub fn sandbox(&self) -> &str {
        &self.caller.sandbox
    }

    /// The certificate authority that namespaces get, where there is one.
    pub fn root_ca(&self) -> Option<String> {
        self.api.root_ca()
    }

    /// An object.
    pub fn get(&self, kind: &'static Kind, namespace: &str, name: &str) -> Option<Object> {
        self.api.get(&self.caller, kind, namespace, name).ok()
    }

    /// All objects of a kind, and the revision at which they were so.
    pub fn list(&self, kind: &'static Kind, namespace: Option<&str>) -> (Vec<Object>, u64) {
        self.api.store.list(&self.caller.sandbox, kind, namespace)
    }

    /// Creates an object.
    ///
    /// # Errors
    /// As [`Api::create`].
    pub async fn create(&self, kind: &'static Kind, namespace: &str, value: Value) -> Result<Object, Status> {
        self.api.create(&self.caller, kind, namespace, value, &WriteOptions::default()).await
    }

    /// Replaces an object by its name and namespace; its revision must be the current one, where it has one.
    ///
    /// # Errors
    /// As [`Api::update`].
    pub async fn update(&self, kind: &'static Kind, value: Value) -> Result<Object, Status> {
        self.replace(kind, "", value).await
    }

    /// Replaces an object's status.
    ///
    /// # Errors
    /// As [`Api::update`].
    pub async fn update_status(&self, kind: &'static Kind, value: Value) -> Result<Object, Status> {
        self.replace(kind, "status", value).await
    }

    /// Replaces a namespace's finalizers.
    ///
    /// # Errors
    /// As [`Api::update`].
    pub async fn finalize(&self, namespace: Value) -> Result<Object, Status> {
        self.replace(known("namespaces"), "finalize", namespace).await
    }

    async fn replace(&self, kind: &'static Kind, subresource: &str, value: Value) -> Result<Object, Status> {
        let (namespace, name) = (object::namespace(&value).to_owned(), object::name(&value).to_owned());
        let options = WriteOptions::default();
        self.api.update(&self.caller, kind, (&namespace, &name, subresource), value, &options).await
    }

    /// Patches an object, or a part of it.
    ///
    /// # Errors
    /// As [`Api::patch`].
    pub async fn patch(
        &self,
        kind: &'static Kind,
        namespace: &str,
        name: &str,
        subresource: Option<&str>,
        ty: PatchType,
        change: Value,
    ) -> Result<Object, Status> {
        let place = (namespace, name, subresource.unwrap_or_default());
        // What this process writes is of the right shape; clients' patches are decoded.
        self.api.patch(&self.caller, kind, place, (ty, &change), &WriteOptions::default(), &Ok).await
    }

    /// Deletes an object.
    ///
    /// # Errors
    /// As [`Api::delete`].
    pub async fn delete(
        &self,
        kind: &'static Kind,
        namespace: &str,
        name: &str,
        options: DeleteOptions,
    ) -> Result<(), Status> {
        self.api.delete(&self.caller, kind, namespace, name, &options).await.map(drop)
    }

    /// Gives a Pod its node.
    ///
    /// # Errors
    /// As [`Api::bind`].
    pub async fn bind(&self, namespace: &str, pod: &str, node: &str) -> Result<(), Status> {
        let binding = json!({
            "apiVersion": "v1", "kind": "Binding",
            "metadata": {"name": pod, "namespace": namespace},
            "target": {"apiVersion": "v1", "kind": "Node", "name": node},
        });
        self.api.bind(&self.caller, namespace, pod, &binding, &WriteOptions::default()).await
    }

    /// A token for a service account: the `TokenRequest` with its status.
    ///
    /// # Errors
    /// As [`Api::create_token`].
    pub async fn create_token(&self, namespace: &str, account: &str, request: Value) -> Result<Value, Status> {
        self.api.create_token(&self.caller, namespace, account, request)
    }

    /// What a namespace uses of what a ResourceQuota limits.
    pub fn quota_used(&self, namespace: &str, quota: &Value) -> shared::quota::Amounts {
        super::quota::used(&self.api, &self.caller.sandbox, namespace, quota)
    }

    /// Changes after a revision.
    ///
    /// # Errors
    /// [`Expired`] when they are no longer known.
    pub fn watch(&self, kind: &'static Kind, namespace: Option<&str>, from: u64) -> Result<Watch, Expired> {
        self.api.store.watch(&self.caller.sandbox, kind, namespace, from)
    }

    /// Everything there is as ADDED, then every change, without end. Where changes were missed, it lists again, and
    /// tells what differs: nobody sees an object twice as new, or misses a removal.
    pub fn list_watch(&self, kind: &'static Kind) -> BoxStream<'static, Event> {
        Following::new(self, kind).changes()
    }

    /// Everything there is now, and what [`Client::list_watch`] tells after that.
    pub fn list_then_watch(&self, kind: &'static Kind) -> (Vec<Object>, BoxStream<'static, Event>) {
        let mut following = Following::new(self, kind);
        let listed = following.list().into_iter().map(|event| event.object).collect();
        (listed, following.changes())
    }
}

/// A namespace and a name.
type Place = (String, String);

struct Following {
    client: Client,
    kind: &'static Kind,
    known: BTreeMap<Place, Object>,
    watch: Option<Pin<Box<Watch>>>,
    /// What a list has found and nobody has been told yet. Not parsed: the values of all objects at once are many times
    /// as big as the store.
    listed: std::vec::IntoIter<Event>,
}

impl Following {
    fn new(client: &Client, kind: &'static Kind) -> Self {
        Self { client: client.clone(), kind, known: BTreeMap::new(), watch: None, listed: Default::default() }
    }

    fn changes(self) -> BoxStream<'static, Event> {
        stream::unfold(self, |mut following| async move { Some((following.next().await, following)) }).boxed()
    }

    /// The next change.
    async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.listed.next() {
                return Event { object: event.object.shared(), ..event };
            }
            drop(std::mem::take(&mut self.listed));
            if let Some(watch) = &mut self.watch {
                if let Some(event) = watch.next().await {
                    let place = (event.key.namespace.clone(), event.key.name.clone());
                    match event.ty {
                        EventType::Deleted => drop(self.known.remove(&place)),
                        _ => drop(self.known.insert(place, event.object.unparsed())),
                    }
                    return event;
                }
                // Ended: too slow, or the sandbox is being removed, in which case this task is about to be stopped.
                self.watch = None;
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            self.listed = self.list().into_iter();
        }
    }

    /// Lists, and watches from there: what differs from what was known.
    fn list(&mut self) -> Vec<Event> {
        let (objects, revision) = self.client.api.store.entries(&self.client.caller.sandbox, self.kind);
        self.watch = self.client.watch(self.kind, None, revision).ok().map(Box::pin);
        let mut before = std::mem::take(&mut self.known);
        let mut events = Vec::new();
        for (key, found) in objects {
            let place = (key.namespace.clone(), key.name.clone());
            let previous = before.remove(&place);
            if previous.as_ref().is_none_or(|p| p.revision() != found.revision()) {
                let ty = if previous.is_some() { EventType::Modified } else { EventType::Added };
                events.push(event(ty, key, found.clone(), previous));
            }
            self.known.insert(place, found.unparsed());
        }
        let sandbox = &self.client.caller.sandbox;
        for ((namespace, name), gone) in before {
            let key = Key { sandbox: sandbox.clone(), kind: self.kind, namespace, name };
            events.push(event(EventType::Deleted, key, gone.clone(), Some(gone)));
        }
        events
    }
}

fn event(ty: EventType, key: Key, object: Object, previous: Option<Object>) -> Event {
    Event { ty, key, revision: object.revision(), object, previous }
}
