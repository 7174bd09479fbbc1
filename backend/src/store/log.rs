//! The durable log: a thread that writes waiting changes in batches, one disk sync a batch, and then tells watches.

use std::path::Path;
use std::sync::{Arc, mpsc};

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use shared::api::kind::by_resource;
use tokio::sync::oneshot;

use super::feed::{Event, EventType, Feed};
use super::{Key, Object, StoreError};

/// Sandbox, group, version, resource, namespace and name, with zero bytes between → the object's JSON.
const OBJECTS: TableDefinition<&str, &[u8]> = TableDefinition::new("objects");
/// `revision` → the last one written; `format` → [`FORMAT`].
const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
const FORMAT: u64 = 1;
/// How far a restart jumps ahead: more writes than this cannot have been waiting for the disk.
const JUMP: u64 = 10_000;
/// How many changes go into one batch.
const BATCH: usize = 1024;
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
pub(super) enum Change {
    /// One object.
    One(Event),
    /// A sandbox with all its objects is gone.
    Sandbox {
        /// Its name.
        name: String,
        /// The removal's revision.
        revision: u64,
    },
}

type Entry = (Change, oneshot::Sender<Result<(), StoreError>>);

/// The way to the writing thread; none for a store in memory only.
pub(super) struct Log {
    thread: Option<mpsc::Sender<Entry>>,
    feed: Arc<Feed>,
}

/// A change on its way to the disk.
pub(super) struct Pending(Option<oneshot::Receiver<Result<(), StoreError>>>);

impl Pending {
    /// Waits until the change is on disk.
    pub async fn wait(self) -> Result<(), StoreError> {
        match self.0 {
            None => Ok(()),
            Some(done) => done.await.unwrap_or_else(|_| Err(StoreError::Log("the writing thread ended".to_owned()))),
        }
    }
}

impl Log {
    pub fn none(feed: Arc<Feed>) -> Self {
        Self { thread: None, feed }
    }

    pub fn start(database: Database, feed: Arc<Feed>) -> Self {
        let (thread, changes) = mpsc::channel();
        let told = feed.clone();
        // Ends when the store is dropped. A thread, since syncing a disk blocks.
        std::thread::Builder::new()
            .name("store-log".to_owned())
            .spawn(move || write_all(&database, &changes, &told))
            .map_or_else(
                |error| {
                    tracing::error!(%error, "no thread for the object store's log");
                    Self { thread: None, feed: feed.clone() }
                },
                |_| Self { thread: Some(thread), feed: feed.clone() },
            )
    }

    /// Queues a change. The caller holds the objects' lock, so that the order is the revisions'.
    pub fn append(&self, change: Change) -> Pending {
        let Some(thread) = &self.thread else {
            tell(&self.feed, change);
            return Pending(None);
        };
        let (done, wait) = oneshot::channel();
        // A failed send drops `done`, which the waiting side reports.
        let _ = thread.send((change, done));
        Pending(Some(wait))
    }
}

fn tell(feed: &Feed, change: Change) {
    match change {
        Change::One(event) => feed.publish(event),
        Change::Sandbox { name, revision } => feed.end_sandbox(&name, revision),
    }
}

fn write_all(database: &Database, changes: &mpsc::Receiver<Entry>, feed: &Feed) {
    while let Ok(first) = changes.recv() {
        let mut batch = vec![first];
        batch.extend(changes.try_iter().take(BATCH - 1));
        let written = write(database, &batch);
        if let Err(error) = &written {
            tracing::error!(%error, "the object store cannot be written");
        }
        for (change, done) in batch {
            let result = match &written {
                Ok(()) => {
                    tell(feed, change);
                    Ok(())
                }
                Err(error) => Err(StoreError::Log(error.to_string())),
            };
            let _ = done.send(result);
        }
    }
}

fn write(database: &Database, batch: &[Entry]) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    {
        let mut objects = transaction.open_table(OBJECTS)?;
        let mut last = 0;
        for (change, _) in batch {
            match change {
                Change::One(event) => {
                    last = event.revision;
                    let key = encode(&event.key);
                    match event.ty {
                        EventType::Deleted => drop(objects.remove(key.as_str())?),
                        _ => drop(objects.insert(key.as_str(), event.object.json().as_ref())?),
                    }
                }
                Change::Sandbox { name, revision } => {
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
    Ok(())
}

fn encode(key: &Key) -> String {
    [&key.sandbox, key.kind.group, key.kind.version, key.kind.plural, &key.namespace, &key.name].join("\0")
}

fn decode(text: &str) -> Option<Key> {
    let mut parts = text.split('\0');
    let mut next = || parts.next();
    let sandbox = next()?.to_owned();
    let kind = by_resource(next()?, next()?, next()?)?;
    Some(Key { sandbox, kind, namespace: next()?.to_owned(), name: next()?.to_owned() })
}

/// Reads everything, and moves the revision ahead on disk before it is used.
pub(super) fn load(file: &Path) -> Result<(Database, Vec<(Key, Object)>, u64), OpenError> {
    let name = file.display().to_string();
    let wrong = |error: redb::Error| OpenError::File { file: name.clone(), why: error.to_string() };
    let database = Database::builder().set_cache_size(CACHE).create(file).map_err(|e| wrong(e.into()))?;
    let (format, revision) = advance(&database).map_err(wrong)?;
    if format != FORMAT {
        return Err(OpenError::Format { file: name, found: format });
    }
    let mut found = Vec::new();
    for entry in entries(&database).map_err(wrong)? {
        let read = decode(&entry.0).zip(Object::read(&entry.1));
        found.push(read.ok_or_else(|| OpenError::Entry { file: name.clone(), key: entry.0.replace('\0', "/") })?);
    }
    Ok((database, found, revision))
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
