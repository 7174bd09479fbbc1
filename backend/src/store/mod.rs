//! Objects under one revision counter: in memory first, a durable log behind, watches with replay.
//!
//! A write is visible to readers at once, and acknowledged when the log's next batch is on disk; watches are told
//! after that too, in the order of revisions. So what anybody acted on because a watch said so survives a crash; a
//! reader may see, for the milliseconds of a batch, a write that a crash would undo, and no client can have been told
//! that it succeeded. Revisions are never used twice: a restart goes on well beyond the last one, and a watch from
//! before it is told to list again.
//!
//! Only the API server may write here.

mod collection;
mod log;
mod object;
mod watch;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde_json::Value;
use shared::api::Kind;

use self::collection::{Change, Collection, Place, Previous};
pub use self::log::OpenError;
use self::log::{Log, Record};
use self::object::{Draft, Stored};
pub use self::object::{Key, Object};
use self::watch::Cursor;
pub use self::watch::{Event, EventType, Expired, Watch};

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

/// Group and resource: a kind without its version, of which there is one.
type KindKey = (&'static str, &'static str);

fn kind_key(kind: &'static Kind) -> KindKey {
    (kind.group, kind.plural)
}

struct Objects {
    revision: u64,
    sandboxes: HashMap<String, Sandbox>,
    /// Before this revision nothing is known.
    since: u64,
}

/// The collections of a sandbox; one that was removed stays as the memory of when.
struct Sandbox {
    since: u64,
    collections: HashMap<KindKey, Collection>,
}

impl Objects {
    fn find(&self, sandbox: &str, kind: &'static Kind) -> Option<&Collection> {
        self.sandboxes.get(sandbox)?.collections.get(&kind_key(kind))
    }

    fn collection(&mut self, sandbox: &str, kind: KindKey) -> &mut Collection {
        let since = self.since;
        let sandbox = self.sandboxes.entry(sandbox.to_owned());
        let sandbox = sandbox.or_insert_with(|| Sandbox { since, collections: HashMap::new() });
        sandbox.collections.entry(kind).or_insert_with(|| Collection::new(sandbox.since))
    }
}

/// The store. Cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct Store(Arc<Shared>);

struct Shared {
    // Std's lock and not Tokio's: nothing waits while it is held.
    objects: Arc<RwLock<Objects>>,
    log: Log,
}

impl Shared {
    fn read(&self) -> RwLockReadGuard<'_, Objects> {
        self.objects.read().unwrap_or_else(|e| e.into_inner())
    }

    fn write(&self) -> RwLockWriteGuard<'_, Objects> {
        self.objects.write().unwrap_or_else(|e| e.into_inner())
    }
}

impl Store {
    /// A store that ends with the process: for tests.
    pub fn memory() -> Self {
        let objects = Objects { revision: 0, sandboxes: HashMap::new(), since: 0 };
        Self(Arc::new(Shared { objects: Arc::new(RwLock::new(objects)), log: Log::none() }))
    }

    /// Opens the store in a file, making it where it is missing.
    ///
    /// # Errors
    /// When the file is no store, or is in use.
    pub fn open(file: &Path) -> Result<Self, OpenError> {
        let loaded = log::load(file)?;
        let since = loaded.revision;
        let mut objects = Objects { revision: since, sandboxes: HashMap::new(), since };
        for (key, object) in loaded.objects {
            let collection = objects.collection(&key.sandbox, kind_key(key.kind));
            collection.objects.insert((key.namespace, key.name), object.stored());
        }
        let objects = Arc::new(RwLock::new(objects));
        let log = Log::start(loaded.database, objects.clone())
            .map_err(|error| OpenError::File { file: file.display().to_string(), why: error.to_string() })?;
        Ok(Self(Arc::new(Shared { objects, log })))
    }

    /// The latest revision.
    pub fn revision(&self) -> u64 {
        self.0.read().revision
    }

    /// An object.
    pub fn get(&self, key: &Key) -> Option<Object> {
        let place = (key.namespace.clone(), key.name.clone());
        let found = self.0.read().find(&key.sandbox, key.kind)?.objects.get(&place).cloned();
        found.map(|stored| stored.object())
    }

    /// All objects of a kind, by namespace and name, with the revision at which they were so.
    pub fn list(&self, sandbox: &str, kind: &'static Kind, namespace: Option<&str>) -> (Vec<Object>, u64) {
        let objects = self.0.read();
        let found = objects.find(sandbox, kind).map(|all| within(&all.objects, namespace)).unwrap_or_default();
        let revision = objects.revision;
        drop(objects);
        (found.iter().map(Stored::object).collect(), revision)
    }

    /// All objects of a kind with their keys, and the revision at which they were so: for whoever keeps them. Each is
    /// parsed when its value is asked for, and for its holder alone.
    pub fn entries(&self, sandbox: &str, kind: &'static Kind) -> (Vec<(Key, Object)>, u64) {
        let objects = self.0.read();
        let entry = |(place, stored): (&Place, &Arc<Stored>)| {
            let (namespace, name) = place.clone();
            (Key { sandbox: sandbox.to_owned(), kind, namespace, name }, stored.apart())
        };
        let found = objects.find(sandbox, kind).map(|all| all.objects.iter().map(entry).collect());
        (found.unwrap_or_default(), objects.revision)
    }

    /// As [`Store::list`], as of an earlier revision.
    ///
    /// # Errors
    /// [`Expired`] when changes since then are no longer known.
    pub fn list_at(
        &self,
        sandbox: &str,
        kind: &'static Kind,
        namespace: Option<&str>,
        revision: u64,
    ) -> Result<Vec<Object>, Expired> {
        let objects = self.0.read();
        let Some(all) = objects.find(sandbox, kind) else {
            let oldest = objects.sandboxes.get(sandbox).map_or(objects.since, |s| s.since);
            return if revision < oldest { Err(Expired { from: revision, oldest }) } else { Ok(Vec::new()) };
        };
        let found = within(&all.as_of(revision)?, namespace);
        drop(objects);
        Ok(found.iter().map(Stored::object).collect())
    }

    /// Adds an object.
    ///
    /// # Errors
    /// [`StoreError::Exists`], [`StoreError::Log`].
    pub async fn create(&self, key: Key, value: Value) -> Result<Object, StoreError> {
        let draft = Draft::new(value);
        self.write(key, Some(draft), |found| if found.is_some() { Err(StoreError::Exists) } else { Ok(()) }).await
    }

    /// Replaces an object; where `expected` is given, only if it is of that revision.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Conflict`], [`StoreError::Log`].
    pub async fn update(&self, key: Key, expected: Option<u64>, value: Value) -> Result<Object, StoreError> {
        self.write(key, Some(Draft::new(value)), |found| check(found, expected)).await
    }

    /// Removes an object; where `expected` is given, only if it is of that revision. Gives its last state.
    ///
    /// # Errors
    /// As [`Store::update`].
    pub async fn delete(&self, key: Key, expected: Option<u64>) -> Result<Object, StoreError> {
        self.write(key, None, |found| check(found, expected)).await
    }

    /// One write: `check` sees what is there; without a draft it is removed.
    async fn write(
        &self,
        key: Key,
        draft: Option<Draft>,
        check: impl FnOnce(Option<&Arc<Stored>>) -> Result<(), StoreError>,
    ) -> Result<Object, StoreError> {
        let record = log::name(&key);
        let (object, done) = {
            let mut objects = self.0.write();
            let revision = objects.revision + 1;
            let kind = kind_key(key.kind);
            let collection = objects.collection(&key.sandbox, kind);
            let place: Place = (key.namespace, key.name);
            let previous = collection.objects.get(&place).cloned();
            check(previous.as_ref())?;
            let (ty, object, previous) = match (draft, previous) {
                (Some(draft), None) => (EventType::Added, draft.at(revision), Previous::Nothing),
                (Some(draft), Some(previous)) => (EventType::Modified, draft.at(revision), Previous::Object(previous)),
                // The revision of a removed object is that of its removal.
                (None, Some(previous)) => {
                    (EventType::Deleted, previous.at(revision).object(), Previous::Removed(previous.revision()))
                }
                (None, None) => return Err(StoreError::NotFound),
            };
            collection.make(Change { ty, place, object: object.stored(), previous });
            if self.0.log.is_none() {
                collection.durable.send_replace(revision);
            }
            objects.revision = revision;
            let json = (ty != EventType::Deleted).then(|| object.json());
            // Sent under the lock, so that the log's order is the revisions'.
            (object, self.0.log.append(Record::Object { sandbox: key.sandbox, kind, name: record, json, revision }))
        };
        done.wait().await.map(|()| object)
    }

    /// Removes everything of a sandbox and ends its watches.
    ///
    /// # Errors
    /// [`StoreError::Log`].
    pub async fn delete_sandbox(&self, sandbox: &str) -> Result<(), StoreError> {
        let done = {
            let mut objects = self.0.write();
            objects.revision += 1;
            let revision = objects.revision;
            let gone = Sandbox { since: revision, collections: HashMap::new() };
            let removed = objects.sandboxes.insert(sandbox.to_owned(), gone);
            self.0.log.append(Record::Sandbox { name: sandbox.to_owned(), revision, removed })
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
        let mut objects = self.0.write();
        let collection = objects.collection(sandbox, kind_key(kind));
        collection.remembers(from)?;
        let durable = collection.durable.subscribe();
        let (sandbox, namespace) = (sandbox.to_owned(), namespace.map(str::to_owned));
        Ok(Watch::new(Cursor { store: Arc::downgrade(&self.0), sandbox, kind, namespace, seen: from, durable }))
    }
}

fn within(objects: &std::collections::BTreeMap<Place, Arc<Stored>>, namespace: Option<&str>) -> Vec<Arc<Stored>> {
    match namespace {
        None => objects.values().cloned().collect(),
        Some(namespace) => {
            let from = (namespace.to_owned(), String::new());
            objects.range(from..).take_while(|((ns, _), _)| ns == namespace).map(|(_, object)| object.clone()).collect()
        }
    }
}

fn check(found: Option<&Arc<Stored>>, expected: Option<u64>) -> Result<(), StoreError> {
    let found = found.ok_or(StoreError::NotFound)?;
    match expected {
        Some(expected) if expected != found.revision() => Err(StoreError::Conflict),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
