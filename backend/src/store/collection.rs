//! The objects of one kind in one sandbox, with their recent past: for watches to replay, and for lists as of then.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use tokio::sync::watch;

use super::object::Stored;
use super::{EventType, Expired};

/// How many changes are remembered, and how many bytes of them.
const PAST: usize = 4096;
const PAST_BYTES: usize = 8 << 20;
/// How many changes a watch fetches at once, and of how many bytes: a slow reader holds them beyond the past.
const BATCH: usize = 64;
const BATCH_BYTES: usize = 256 << 10;

/// Namespace and name.
pub(super) type Place = (String, String);

pub(super) struct Collection {
    pub objects: BTreeMap<Place, Arc<Stored>>,
    past: VecDeque<Change>,
    bytes: usize,
    /// Changes up to this revision are forgotten.
    forgotten: u64,
    /// Tells watches of the last revision that is on disk.
    pub durable: watch::Sender<u64>,
}

/// One change, as it is remembered.
#[derive(Clone)]
pub(super) struct Change {
    pub ty: EventType,
    pub place: Place,
    pub object: Arc<Stored>,
    /// What was there, if anything; of a removal `object` is that too, but for the revision. Not the object itself: in
    /// memory it lies among those of its age, and one of many that is kept keeps all their pages.
    pub previous: Previous,
}

/// What was there before a change.
#[derive(Clone)]
pub(super) enum Previous {
    /// Nothing.
    Nothing,
    /// An object.
    Object(Arc<Stored>),
    /// What is removed, at this revision.
    Removed(u64),
}

impl Change {
    pub fn revision(&self) -> u64 {
        self.object.revision()
    }
}

impl Collection {
    /// An empty one, whose past begins at a revision.
    pub fn new(since: u64) -> Self {
        let (objects, past) = (BTreeMap::new(), VecDeque::new());
        Self { objects, past, bytes: 0, forgotten: since, durable: watch::Sender::new(since) }
    }

    /// Makes a change, and remembers it.
    pub fn make(&mut self, change: Change) {
        match change.ty {
            EventType::Deleted => self.objects.remove(&change.place),
            _ => self.objects.insert(change.place.clone(), change.object.clone()),
        };
        self.bytes += change.object.json().len();
        self.past.push_back(change);
        // What is not on disk yet must stay: nobody has been told, and it may have to be undone.
        let durable = *self.durable.borrow();
        while self.past.len() > PAST || self.bytes > PAST_BYTES {
            let Some(oldest) = self.past.pop_front_if(|oldest| oldest.revision() <= durable) else { break };
            self.bytes -= oldest.object.json().len();
            self.forgotten = oldest.revision();
        }
    }

    /// Takes back every change after a revision.
    pub fn undo_after(&mut self, revision: u64) {
        while let Some(change) = self.past.pop_back_if(|last| last.revision() > revision) {
            self.bytes -= change.object.json().len();
            restore(&mut self.objects, change);
        }
    }

    /// The objects as they were at a revision.
    pub fn as_of(&self, revision: u64) -> Result<BTreeMap<Place, Arc<Stored>>, Expired> {
        self.remembers(revision)?;
        let mut objects = self.objects.clone();
        for change in self.past.iter().rev().take_while(|change| change.revision() > revision) {
            restore(&mut objects, change.clone());
        }
        Ok(objects)
    }

    /// Whether all changes after a revision are known.
    pub fn remembers(&self, revision: u64) -> Result<(), Expired> {
        if revision < self.forgotten {
            return Err(Expired { from: revision, oldest: self.forgotten });
        }
        Ok(())
    }

    /// Changes after `from` that are on disk, a batch at most, and the revision up to which this is all.
    pub fn changes(&self, from: u64, namespace: Option<&str>) -> (Vec<Change>, u64) {
        let durable = *self.durable.borrow();
        let start = self.past.partition_point(|change| change.revision() <= from);
        let (mut found, mut bytes) = (Vec::new(), 0);
        for change in self.past.range(start..).take_while(|change| change.revision() <= durable) {
            if namespace.is_none_or(|namespace| change.place.0 == namespace) {
                found.push(change.clone());
                bytes += change.object.json().len();
                if found.len() == BATCH || bytes >= BATCH_BYTES {
                    return (found, change.revision());
                }
            }
        }
        (found, durable.max(from))
    }
}

fn restore(objects: &mut BTreeMap<Place, Arc<Stored>>, change: Change) {
    match change.previous {
        Previous::Object(previous) => objects.insert(change.place, previous),
        Previous::Removed(revision) => objects.insert(change.place, change.object.at(revision)),
        Previous::Nothing => objects.remove(&change.place),
    };
}
