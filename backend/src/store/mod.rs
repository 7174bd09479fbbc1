//! Objects under one revision counter: in memory first, a durable log behind, watches with replay.
//!
//! A write is visible to readers at once, and acknowledged when the log's next batch is on disk; watches are told
//! after that too, in the order of revisions. So what anybody acted on because a watch said so survives a crash; a
//! reader may see, for the milliseconds of a batch, a write that a crash would undo, and no client can have been told
//! that it succeeded. Revisions are never used twice: a restart goes on well beyond the last one, and a watch from
//! before it is told to list again.
//!
//! Only the API server may write here.

mod feed;
mod log;
mod object;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;
use shared::api::Kind;

use self::feed::Feed;
pub use self::feed::{Event, EventType, Expired, Watch};
pub use self::log::OpenError;
use self::log::{Change, Log};
pub use self::object::{Key, Object};

/// Why a write was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is an object of that key.
    #[error("the object exists")]
    Exists,
    /// There is none.
    #[error("the object does not exist")]
    NotFound,
    /// It is not of the expected revision.
    #[error("the object has been modified")]
    Conflict,
    /// The log cannot be written.
    #[error("the object store cannot be written: {0}")]
    Log(String),
}

type Collection = BTreeMap<(String, String), Object>;

#[derive(Default)]
struct Objects {
    revision: u64,
    /// By sandbox and kind, then by namespace and name.
    collections: HashMap<String, HashMap<KindKey, Collection>>,
}

/// Group and resource: a kind without its version, of which there is one.
type KindKey = (&'static str, &'static str);

impl Objects {
    fn find(&self, sandbox: &str, kind: &'static Kind) -> Option<&Collection> {
        self.collections.get(sandbox)?.get(&(kind.group, kind.plural))
    }

    fn collection(&mut self, sandbox: &str, kind: &'static Kind) -> &mut Collection {
        self.collections.entry(sandbox.to_owned()).or_default().entry((kind.group, kind.plural)).or_default()
    }
}

/// The store. Cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct Store(Arc<Shared>);

struct Shared {
    // A std Mutex and not a Tokio one: nothing waits while it is held.
    objects: Mutex<Objects>,
    feed: Arc<Feed>,
    log: Log,
}

impl Store {
    /// A store that ends with the process: for tests.
    pub fn memory() -> Self {
        let feed = Arc::new(Feed::new(0));
        let log = Log::none(feed.clone());
        Self(Arc::new(Shared { objects: Mutex::default(), feed, log }))
    }

    /// Opens the store in a file, making it where it is missing.
    ///
    /// # Errors
    /// When the file is no store, or is in use.
    pub fn open(file: &Path) -> Result<Self, OpenError> {
        let (database, found, revision) = log::load(file)?;
        let mut objects = Objects { revision, ..Objects::default() };
        for (key, object) in found {
            objects.collection(&key.sandbox, key.kind).insert((key.namespace, key.name), object);
        }
        let feed = Arc::new(Feed::new(revision));
        let log = Log::start(database, feed.clone());
        Ok(Self(Arc::new(Shared { objects: Mutex::new(objects), feed, log })))
    }

    fn lock(&self) -> MutexGuard<'_, Objects> {
        self.0.objects.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// The latest revision.
    pub fn revision(&self) -> u64 {
        self.lock().revision
    }

    /// An object.
    pub fn get(&self, key: &Key) -> Option<Object> {
        self.lock().find(&key.sandbox, key.kind)?.get(&(key.namespace.clone(), key.name.clone())).cloned()
    }

    /// All objects of a kind, by namespace and name, with the revision at which they were so.
    pub fn list(&self, sandbox: &str, kind: &'static Kind, namespace: Option<&str>) -> (Vec<Object>, u64) {
        let objects = self.lock();
        let found = match (objects.find(sandbox, kind), namespace) {
            (None, _) => Vec::new(),
            (Some(all), None) => all.values().cloned().collect(),
            (Some(all), Some(namespace)) => {
                let from = (namespace.to_owned(), String::new());
                all.range(from..).take_while(|((ns, _), _)| ns == namespace).map(|(_, object)| object.clone()).collect()
            }
        };
        (found, objects.revision)
    }

    /// Adds an object.
    ///
    /// # Errors
    /// [`StoreError::Exists`], [`StoreError::Log`].
    pub async fn create(&self, key: Key, value: Value) -> Result<Object, StoreError> {
        self.write(key, move |found| match found {
            Some(_) => Err(StoreError::Exists),
            None => Ok(Some(value)),
        })
        .await
    }

    /// Replaces an object; where `expected` is given, only if it is of that revision.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Conflict`], [`StoreError::Log`].
    pub async fn update(&self, key: Key, expected: Option<u64>, value: Value) -> Result<Object, StoreError> {
        self.write(key, move |found| check(found, expected).map(|()| Some(value))).await
    }

    /// Removes an object; where `expected` is given, only if it is of that revision. Gives its last state.
    ///
    /// # Errors
    /// As [`Store::update`].
    pub async fn delete(&self, key: Key, expected: Option<u64>) -> Result<Object, StoreError> {
        self.write(key, move |found| check(found, expected).map(|()| None)).await
    }

    /// One write: `decide` sees what is there and says what shall be; `None` removes it.
    async fn write(
        &self,
        key: Key,
        decide: impl FnOnce(Option<&Object>) -> Result<Option<Value>, StoreError>,
    ) -> Result<Object, StoreError> {
        let (object, done) = {
            let mut objects = self.lock();
            let place = (key.namespace.clone(), key.name.clone());
            let previous = objects.find(&key.sandbox, key.kind).and_then(|all| all.get(&place)).cloned();
            let next = decide(previous.as_ref())?;
            let revision = objects.revision + 1;
            objects.revision = revision;
            let collection = objects.collection(&key.sandbox, key.kind);
            let (ty, object) = match (next, &previous) {
                (Some(value), previous) => {
                    let object = Object::new(value, revision);
                    collection.insert(place, object.clone());
                    (if previous.is_some() { EventType::Modified } else { EventType::Added }, object)
                }
                (None, Some(previous)) => {
                    collection.remove(&place);
                    // The revision of a removed object is that of its removal.
                    (EventType::Deleted, Object::new(previous.value().clone(), revision))
                }
                (None, None) => return Err(StoreError::NotFound),
            };
            let event = Event { ty, key, object: object.clone(), previous, revision };
            // Sent under the lock, so that the log's order is the revisions'.
            (object, self.0.log.append(Change::One(event)))
        };
        done.wait().await.map(|()| object)
    }

    /// Removes everything of a sandbox and ends its watches.
    ///
    /// # Errors
    /// [`StoreError::Log`].
    pub async fn delete_sandbox(&self, sandbox: &str) -> Result<(), StoreError> {
        let done = {
            let mut objects = self.lock();
            objects.revision += 1;
            objects.collections.remove(sandbox);
            self.0.log.append(Change::Sandbox { name: sandbox.to_owned(), revision: objects.revision })
        };
        done.wait().await
    }

    /// Changes of a kind after revision `from`.
    ///
    /// # Errors
    /// [`Expired`] when changes since then are no longer known.
    pub fn watch(
        &self,
        sandbox: &str,
        kind: &'static Kind,
        namespace: Option<&str>,
        from: u64,
    ) -> Result<Watch, Expired> {
        self.0.feed.watch(sandbox, kind, namespace, from)
    }
}

fn check(found: Option<&Object>, expected: Option<u64>) -> Result<(), StoreError> {
    let found = found.ok_or(StoreError::NotFound)?;
    match expected {
        Some(expected) if expected != found.revision() => Err(StoreError::Conflict),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
