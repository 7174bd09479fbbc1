//! The latest decision about each Pod, for people to look at. Memory only: a decision is remade, never restored.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::scheduling::Explanation;

/// More than a sandbox has Pods that someone looks at; the oldest goes first.
const KEPT: usize = 2_000;

/// A cheap handle; all clones are the same list.
#[derive(Clone, Default)]
pub struct Explanations(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    by_uid: HashMap<Box<str>, Explanation>,
    order: VecDeque<Box<str>>,
}

impl Explanations {
    /// The latest decision about the Pod with this uid, if there was one and it is still kept.
    pub fn get(&self, uid: &str) -> Option<Explanation> {
        self.lock().by_uid.get(uid).cloned()
    }

    pub(super) fn put(&self, uid: &str, explanation: Explanation) {
        let mut inner = self.lock();
        if inner.by_uid.insert(uid.into(), explanation).is_none() {
            inner.order.push_back(uid.into());
        }
        while inner.order.len() > KEPT {
            let Some(oldest) = inner.order.pop_front() else { break };
            inner.by_uid.remove(&oldest);
        }
    }

    pub(super) fn remove(&self, uid: &str) {
        let mut inner = self.lock();
        if inner.by_uid.remove(uid).is_some() {
            inner.order.retain(|other| **other != *uid);
        }
    }

    /// Whoever panicked with the lock held left a list that is still a list.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
