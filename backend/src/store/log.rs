//! The durable log: a thread that writes waiting changes in batches, one disk sync a batch, and then tells watches.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, RwLock, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::Bytes;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use shared::api::kind::by_resource;
use tokio::sync::oneshot;

use super::{Key, KindKey, Object, Objects, Sandbox, StoreError};

/// Sandbox, group, version, resource, namespace and name, with zero bytes between → the object's JSON.
const OBJECTS: TableDefinition<&str, &[u8]> = TableDefinition::new("objects");
/// `revision` → the last one written; `format` → [`FORMAT`].
const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
const FORMAT: u64 = 1;
/// How far a restart jumps ahead: more writes than this cannot have been waiting for the disk.
const JUMP: u64 = 10_000;
/// How many changes go into one batch.
const BATCH: usize = 1024;
/// As many in one batch come from many clients; fewer may be one's, who waits for each.
const MANY: usize = 4;
/// How long a batch may wait for more to join it.
const PATIENCE: Duration = Duration::from_millis(2);
/// redb's page cache; the objects are in memory anyway.
const CACHE: usize = 4 << 20;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file is in use, broken or something else.
    #[error("{file} cannot be opened as an object store: {why}")]
    File {
        /// The file.
        file: String,
        /// What redb says.
        why: String,
    },
    /// Written by another version of Podground.
    #[error("{file} has format {found}, this podground reads format {FORMAT}")]
    Format {
        /// The file.
        file: String,
        /// Its format.
        found: u64,
    },
    /// An entry is no object.
    #[error("{file} holds an entry that is no object of a kind served here: {key}")]
    Entry {
        /// The file.
        file: String,
        /// The entry.
        key: String,
    },
}

/// What is written.
pub(super) enum Record {
    /// One object.
    Object {
        /// Its sandbox and kind: whose watches are told.
        sandbox: String,
        kind: KindKey,
        /// Its [`name`].
        name: String,
        /// Its text; none when it is removed.
        json: Option<Bytes>,
        revision: u64,
    },
    /// A sandbox with all its objects is gone.
    Sandbox { name: String, revision: u64, removed: Option<Sandbox> },
}

type Entry = (Record, oneshot::Sender<Result<(), StoreError>>);

/// The way to the writing thread; none for a store in memory only.
pub(super) struct Log(Option<Thread>);

struct Thread {
    records: mpsc::Sender<Entry>,
    handle: JoinHandle<()>,
}

/// What has been queued is written, and the file is let go, before a store is gone.
impl Drop for Log {
    fn drop(&mut self) {
        if let Some(Thread { records, handle }) = self.0.take() {
            drop(records);
            let _ = handle.join();
        }
    }
}

/// A record on its way to the disk.
pub(super) struct Pending(Option<oneshot::Receiver<Result<(), StoreError>>>);

impl Pending {
    /// Waits until the record is on disk.
    pub async fn wait(self) -> Result<(), StoreError> {
        match self.0 {
            None => Ok(()),
            Some(done) => done.await.unwrap_or_else(|_| Err(StoreError::Log("the writing thread ended".to_owned()))),
        }
    }
}

impl Log {
    pub fn none() -> Self {
        Self(None)
    }

    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Starts the thread; it ends when the store is dropped. A thread, since syncing a disk blocks.
    pub fn start(database: Database, objects: Arc<RwLock<Objects>>) -> std::io::Result<Self> {
        let (records, queue) = mpsc::channel();
        let work = move || write_all(&database, &queue, &objects);
        let handle = std::thread::Builder::new().name("store-log".to_owned()).spawn(work)?;
        Ok(Self(Some(Thread { records, handle })))
    }

    /// Queues a record. The caller holds the objects' lock, so that the order is the revisions'.
    pub fn append(&self, record: Record) -> Pending {
        let Some(thread) = &self.0 else { return Pending(None) };
        let (done, wait) = oneshot::channel();
        // A failed send drops `done`, which the waiting side reports.
        let _ = thread.records.send((record, done));
        Pending(Some(wait))
    }
}

fn write_all(database: &Database, records: &mpsc::Receiver<Entry>, objects: &RwLock<Objects>) {
    let mut durable = objects.read().unwrap_or_else(|e| e.into_inner()).since;
    let mut pace = Pace::default();
    while let Ok(first) = records.recv() {
        let mut batch = vec![first];
        batch.extend(records.try_iter().take(BATCH - 1));
        pace.gather(&mut batch, records);
        let begun = Instant::now();
        let written = write(database, &batch);
        pace = Pace { batch: batch.len(), took: begun.elapsed() };
        let result = match written {
            Ok(last) => {
                durable = last;
                tell(objects, &batch);
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, "the object store cannot be written");
                let mut objects = objects.write().unwrap_or_else(|e| e.into_inner());
                // Whatever has been built on what could not be written goes with it.
                batch.extend(records.try_iter());
                undo(&mut objects, &mut batch, durable);
                Err(StoreError::Log(error.to_string()))
            }
        };
        for (_, done) in batch {
            let _ = done.send(result.clone());
        }
    }
}

/// How the last batch went. Clients that wait for their answers come back together, a moment after it: were the first
/// of them written at once, the others would wait for two syncs instead of one.
#[derive(Default)]
struct Pace {
    batch: usize,
    took: Duration,
}

impl Pace {
    /// Waits for as many as last time, if those were many, but for no more than half of what a sync takes.
    fn gather(&self, batch: &mut Vec<Entry>, records: &mpsc::Receiver<Entry>) {
        if self.batch < MANY {
            return;
        }
        let until = Instant::now() + (self.took / 2).min(PATIENCE);
        while batch.len() < self.batch.min(BATCH) {
            match records.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(entry) => batch.push(entry),
                Err(_) => return,
            }
        }
    }
}

/// Tells the watches of every collection that was written to.
fn tell(objects: &RwLock<Objects>, batch: &[Entry]) {
    let mut last: HashMap<(&str, KindKey), u64> = HashMap::new();
    for (record, _) in batch {
        if let Record::Object { sandbox, kind, revision, .. } = record {
            last.insert((sandbox, *kind), *revision);
        }
    }
    let objects = objects.read().unwrap_or_else(|e| e.into_inner());
    for ((sandbox, kind), revision) in last {
        if let Some(collection) = objects.sandboxes.get(sandbox).and_then(|s| s.collections.get(&kind)) {
            collection.durable.send_replace(revision);
        }
    }
}

/// Takes back what is not on disk. Nobody has been told of it, but whoever listed in the meantime has to list again:
/// the revisions are not used a second time, and their watches find nothing.
fn undo(objects: &mut Objects, batch: &mut [Entry], durable: u64) {
    for (record, _) in batch.iter_mut().rev() {
        if let Record::Sandbox { name, removed, .. } = record
            && let Some(removed) = removed.take()
        {
            objects.sandboxes.insert(name.clone(), removed);
        }
    }
    for collection in objects.sandboxes.values_mut().flat_map(|s| s.collections.values_mut()) {
        collection.undo_after(durable);
    }
}

/// Writes a batch and gives its last revision.
fn write(database: &Database, batch: &[Entry]) -> Result<u64, redb::Error> {
    let transaction = database.begin_write()?;
    let mut last = 0;
    {
        let mut objects = transaction.open_table(OBJECTS)?;
        for (record, _) in batch {
            match record {
                Record::Object { name, json, revision, .. } => {
                    last = *revision;
                    match json {
                        Some(json) => drop(objects.insert(name.as_str(), json.as_ref())?),
                        None => drop(objects.remove(name.as_str())?),
                    }
                }
                Record::Sandbox { name, revision, .. } => {
                    last = *revision;
                    // All keys of the sandbox: its name, a zero, anything.
                    let (from, to) = (format!("{name}\0"), format!("{name}\x01"));
                    objects.retain_in::<&str, _>(from.as_str()..to.as_str(), |_, _| false)?;
                }
            }
        }
        transaction.open_table(META)?.insert("revision", last)?;
    }
    transaction.commit()?;
    Ok(last)
}

/// The key of an object in the log.
pub(super) fn name(key: &Key) -> String {
    [&key.sandbox, key.kind.group, key.kind.version, key.kind.plural, &key.namespace, &key.name].join("\0")
}

fn decode(text: &str) -> Option<Key> {
    let mut parts = text.split('\0');
    let mut next = || parts.next();
    let sandbox = next()?.to_owned();
    let kind = by_resource(next()?, next()?, next()?)?;
    Some(Key { sandbox, kind, namespace: next()?.to_owned(), name: next()?.to_owned() })
}

/// What was found in a file.
pub(super) struct Loaded {
    pub database: Database,
    pub objects: Vec<(Key, Object)>,
    /// The first revision of this run.
    pub revision: u64,
}

/// Reads everything, and moves the revision ahead on disk before it is used.
pub(super) fn load(file: &Path) -> Result<Loaded, OpenError> {
    let name = file.display().to_string();
    let wrong = |error: redb::Error| OpenError::File { file: name.clone(), why: error.to_string() };
    let database = Database::builder().set_cache_size(CACHE).create(file).map_err(|e| wrong(e.into()))?;
    let (format, revision) = advance(&database).map_err(wrong)?;
    if format != FORMAT {
        return Err(OpenError::Format { file: name, found: format });
    }
    let mut objects = Vec::new();
    for entry in entries(&database).map_err(wrong)? {
        let read = decode(&entry.0).zip(Object::read(&entry.1));
        // The value is let go: the store keeps the text.
        let read = read.map(|(key, object)| (key, object.unparsed()));
        objects.push(read.ok_or_else(|| OpenError::Entry { file: name.clone(), key: entry.0.replace('\0', "/") })?);
    }
    Ok(Loaded { database, objects, revision })
}

fn advance(database: &Database) -> Result<(u64, u64), redb::Error> {
    let transaction = database.begin_write()?;
    let (format, revision) = {
        transaction.open_table(OBJECTS)?;
        let mut meta = transaction.open_table(META)?;
        let format = meta.get("format")?.map_or(FORMAT, |f| f.value());
        let revision = meta.get("revision")?.map_or(1, |r| r.value() + JUMP);
        if format == FORMAT {
            meta.insert("format", FORMAT)?;
            meta.insert("revision", revision)?;
        }
        (format, revision)
    };
    transaction.commit()?;
    Ok((format, revision))
}

fn entries(database: &Database) -> Result<Vec<(String, Vec<u8>)>, redb::Error> {
    let transaction = database.begin_read()?;
    let table = transaction.open_table(OBJECTS)?;
    let mut entries = Vec::new();
    for entry in table.iter()? {
        let (key, value) = entry?;
        entries.push((key.value().to_owned(), value.value().to_vec()));
    }
    Ok(entries)
}
