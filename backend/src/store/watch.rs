//! Watches. They pull from their collection's past, so a slow one costs nothing and a vanished one leaves nothing; one
//! that falls behind what is remembered ends.

use std::pin::Pin;
use std::sync::Weak;
use std::task::{Context, Poll};

use futures::stream::{self, BoxStream, Stream, StreamExt};
use shared::api::Kind;
use tokio::sync::watch::Receiver;

use super::collection::{Change, Previous};
use super::{Key, Object, Shared};

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// It is new.
    Added,
    /// It changed.
    Modified,
    /// It is gone.
    Deleted,
}

/// A change.
#[derive(Clone, Debug)]
pub struct Event {
    /// What happened.
    pub ty: EventType,
    /// To which object.
    pub key: Key,
    /// The object after the change; before it, with the removal's revision, when it is gone.
    pub object: Object,
    /// The object before the change.
    pub previous: Option<Object>,
    /// The change's revision.
    pub revision: u64,
}

/// Changes since the revision asked for are no longer known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too old resource version: {from} ({oldest})")]
pub struct Expired {
    /// The revision asked for.
    pub from: u64,
    /// The oldest one that can be asked for.
    pub oldest: u64,
}

/// A stream of changes. Its end means that it could not keep up, or that its sandbox is gone: list again.
pub struct Watch(BoxStream<'static, Event>);

impl Stream for Watch {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.0.as_mut().poll_next(context)
    }
}

/// Where a watch stands.
pub(super) struct Cursor {
    pub store: Weak<Shared>,
    pub sandbox: String,
    pub kind: &'static Kind,
    pub namespace: Option<String>,
    /// Everything up to here has been seen.
    pub seen: u64,
    pub durable: Receiver<u64>,
}

impl Watch {
    pub(super) fn new(cursor: Cursor) -> Self {
        let batches = stream::unfold(cursor, |mut cursor| async move {
            let changes = cursor.next().await?;
            let events: Vec<Event> = changes.into_iter().map(|change| cursor.event(change)).collect();
            Some((stream::iter(events), cursor))
        });
        Self(batches.flatten().boxed())
    }
}

impl Cursor {
    /// The next changes, of which there is at least one; `None` at the end.
    async fn next(&mut self) -> Option<Vec<Change>> {
        loop {
            self.durable.borrow_and_update();
            let changes = {
                let store = self.store.upgrade()?;
                let objects = store.read();
                let collection = objects.find(&self.sandbox, self.kind)?;
                collection.remembers(self.seen).ok()?;
                let (changes, seen) = collection.changes(self.seen, self.namespace.as_deref());
                self.seen = seen;
                changes
            };
            if !changes.is_empty() {
                return Some(changes);
            }
            // Fails when the collection is gone, with its sandbox or with the store.
            self.durable.changed().await.ok()?;
        }
    }

    fn event(&self, change: Change) -> Event {
        let (namespace, name) = change.place;
        Event {
            ty: change.ty,
            key: Key { sandbox: self.sandbox.clone(), kind: self.kind, namespace, name },
            revision: change.object.revision(),
            previous: match change.previous {
                Previous::Nothing => None,
                Previous::Object(previous) => Some(previous.object()),
                Previous::Removed(_) => Some(change.object.object()),
            },
            object: change.object.object(),
        }
    }
}
