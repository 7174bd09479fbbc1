//! Changes as watches see them: a bounded past to replay from, and a bounded queue a watch.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll};

use futures::Stream;
use shared::api::Kind;
use tokio::sync::mpsc;

use super::{Key, Object};

/// How many changes are remembered.
const PAST: usize = 16_384;
/// How many changes may wait for a slow watch before it is ended.
const QUEUE: usize = 1024;

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

/// The changes of all objects.
pub(super) struct Feed(Mutex<State>);

struct State {
    /// Changes up to this one are forgotten.
    forgotten: u64,
    past: VecDeque<Event>,
    watches: HashMap<(String, &'static str, &'static str), Vec<Waiting>>,
}

struct Waiting {
    namespace: Option<String>,
    from: u64,
    queue: mpsc::Sender<Event>,
}

impl Feed {
    pub fn new(revision: u64) -> Self {
        Self(Mutex::new(State { forgotten: revision, past: VecDeque::new(), watches: HashMap::new() }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Tells everybody who waits.
    pub fn publish(&self, event: Event) {
        let mut state = self.lock();
        let place = (event.key.sandbox.clone(), event.key.kind.group, event.key.kind.plural);
        if let Some(waiting) = state.watches.get_mut(&place) {
            // Whoever cannot keep up is let go: the closed queue ends the watch as expired.
            waiting.retain(|w| {
                !w.concerns(&event) && !w.queue.is_closed()
                    || w.concerns(&event) && w.queue.try_send(event.clone()).is_ok()
            });
            if waiting.is_empty() {
                state.watches.remove(&place);
            }
        }
        if state.past.len() == PAST
            && let Some(oldest) = state.past.pop_front()
        {
            state.forgotten = oldest.revision;
        }
        state.past.push_back(event);
    }

    /// Ends every watch of a sandbox.
    pub fn end_sandbox(&self, sandbox: &str, revision: u64) {
        let mut state = self.lock();
        state.watches.retain(|(of, ..), _| of != sandbox);
        // Nobody may replay what was before: the sandbox starts over.
        state.past.retain(|event| event.key.sandbox != sandbox);
        state.forgotten = state.forgotten.max(state.past.front().map_or(revision, |e| e.revision - 1));
    }

    /// Changes after `from`.
    pub fn watch(
        &self,
        sandbox: &str,
        kind: &'static Kind,
        namespace: Option<&str>,
        from: u64,
    ) -> Result<Watch, Expired> {
        let mut state = self.lock();
        if from < state.forgotten {
            return Err(Expired { from, oldest: state.forgotten });
        }
        let (queue, incoming) = mpsc::channel(QUEUE);
        let waiting = Waiting { namespace: namespace.map(str::to_owned), from, queue };
        let fits =
            |e: &&Event| e.key.sandbox == sandbox && e.key.kind.plural == kind.plural && e.key.kind.group == kind.group;
        let replay = state.past.iter().rev().take_while(|e| e.revision > from).filter(fits);
        let mut replay: VecDeque<Event> = replay.filter(|e| waiting.concerns(e)).cloned().collect();
        replay.make_contiguous().reverse();
        state.watches.entry((sandbox.to_owned(), kind.group, kind.plural)).or_default().push(waiting);
        Ok(Watch { replay, incoming })
    }
}

impl Waiting {
    fn concerns(&self, event: &Event) -> bool {
        event.revision > self.from && self.namespace.as_ref().is_none_or(|ns| *ns == event.key.namespace)
    }
}

/// A stream of changes. Its end means that it could not keep up, or that its sandbox is gone: list again.
pub struct Watch {
    replay: VecDeque<Event>,
    incoming: mpsc::Receiver<Event>,
}

impl Stream for Watch {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        match self.replay.pop_front() {
            Some(event) => Poll::Ready(Some(event)),
            None => self.incoming.poll_recv(context),
        }
    }
}
