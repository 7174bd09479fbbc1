//! Pods that wait for a node: in turn, waiting out a back-off, or until something in the cluster changes.
//!
//! Kubernetes' three queues (`pkg/scheduler/backend/queue`): active by priority and then by age, back-off 1 s to 10 s
//! by attempts, and unschedulable until an event wakes them or five minutes have gone. Time is an argument,
//! in milliseconds from any start; this module may not decide anything about nodes.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use shared::scheduling::PodInfo;

const FIRST_BACK_OFF: u64 = 1_000;
const MAX_BACK_OFF: u64 = 10_000;
/// How long an unschedulable Pod is left alone at most: events can be missed.
const FLUSH_AFTER: u64 = 300_000;

/// What is seen of a Pod without a node.
pub(super) struct Seen {
    pub(super) pod: PodInfo,
    /// `metadata.resourceVersion`
    pub(super) resource_version: String,
    /// `metadata.generation`
    pub(super) generation: i64,
    /// The message of its condition `PodScheduled`, if that is false.
    pub(super) reported: String,
}

/// A Pod without a node.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) pod: PodInfo,
    /// `metadata.resourceVersion` when last seen: Events point at it.
    pub(super) resource_version: String,
    /// `metadata.generation` when last seen.
    pub(super) generation: i64,
    /// The message last written into its status: the same one is not written again.
    pub(super) reported: String,
    attempts: u32,
    seq: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Active,
    /// Until this time.
    BackOff(u64),
    /// Since this time; back-off, if woken, until the second.
    Unschedulable(u64, u64),
}

/// The queues.
#[derive(Default)]
pub(super) struct Queue {
    pods: HashMap<Box<str>, (Pending, Place)>,
    active: BTreeSet<(Reverse<i64>, u64, Box<str>)>,
    back_off: BTreeSet<(u64, Box<str>)>,
    unschedulable: BTreeSet<(u64, Box<str>)>,
    next_seq: u64,
}

impl Queue {
    /// A Pod seen without a node, new or changed. A changed one that was given up gets another try.
    pub(super) fn add(&mut self, seen: Seen, now: u64) {
        let Seen { pod, resource_version, generation, reported: stored } = seen;
        let known = self.take(&pod.uid);
        let (attempts, seq, reported, place) = match known {
            None => {
                self.next_seq += 1;
                (0, self.next_seq, stored, Place::Active)
            }
            Some((old, place)) => {
                let place = match place {
                    Place::Unschedulable(_, until) if old.generation != generation => woken(until, now),
                    place => place,
                };
                (old.attempts, old.seq, old.reported, place)
            }
        };
        self.put(Pending { pod, resource_version, generation, reported, attempts, seq }, place);
    }

    /// The next Pod in turn; it is out of the queue until it comes back by [`Queue::failed`] or [`Queue::retry`].
    pub(super) fn pop(&mut self) -> Option<Pending> {
        let (_, _, uid) = self.active.first()?.clone();
        let (mut pending, _) = self.take(&uid)?;
        pending.attempts += 1;
        Some(pending)
    }

    /// No node will do: it waits for a change.
    pub(super) fn failed(&mut self, pending: Pending, now: u64) {
        let until = now + back_off(pending.attempts);
        self.put(pending, Place::Unschedulable(now, until));
    }

    /// There was a node, but binding failed: it tries again after its back-off.
    pub(super) fn retry(&mut self, pending: Pending, now: u64) {
        let until = now + back_off(pending.attempts);
        self.put(pending, Place::BackOff(until));
    }

    /// Something has changed: every unschedulable Pod gets another try, or with `dependent` those whose place depends
    /// on other Pods.
    pub(super) fn wake(&mut self, dependent: bool, now: u64) {
        let woken_by =
            |uid: &str| self.pods.get(uid).is_some_and(|(pending, _)| !dependent || pending.pod.depends_on_pods());
        let waiting = self.unschedulable.iter().filter(|(_, uid)| woken_by(uid));
        for uid in waiting.map(|(_, uid)| uid.clone()).collect::<Vec<_>>() {
            let Some((_, Place::Unschedulable(_, until))) = self.pods.get(&uid) else { continue };
            let until = *until;
            if let Some((pending, _)) = self.take(&uid) {
                self.put(pending, woken(until, now));
            }
        }
    }

    /// Lets time do its work; says when to come again.
    pub(super) fn tick(&mut self, now: u64) -> Option<u64> {
        while let Some((until, uid)) = self.back_off.first().cloned().filter(|(until, _)| *until <= now) {
            match self.take(&uid) {
                Some((pending, _)) => self.put(pending, Place::Active),
                None => drop(self.back_off.remove(&(until, uid))),
            }
        }
        while let Some((since, uid)) =
            self.unschedulable.first().cloned().filter(|(since, _)| *since + FLUSH_AFTER <= now)
        {
            match self.take(&uid) {
                Some((pending, _)) => self.put(pending, Place::Active),
                None => drop(self.unschedulable.remove(&(since, uid))),
            }
        }
        let back_off = self.back_off.first().map(|(until, _)| *until);
        let flush = self.unschedulable.first().map(|(since, _)| since + FLUSH_AFTER);
        back_off.into_iter().chain(flush).min()
    }

    /// The Pod has a node, or is gone.
    pub(super) fn remove(&mut self, uid: &str) {
        self.take(uid);
    }

    /// How many are in turn.
    pub(super) fn active(&self) -> usize {
        self.active.len()
    }

    fn put(&mut self, pending: Pending, place: Place) {
        let uid = pending.pod.uid.clone();
        match place {
            Place::Active => drop(self.active.insert((Reverse(pending.pod.priority()), pending.seq, uid.clone()))),
            Place::BackOff(until) => drop(self.back_off.insert((until, uid.clone()))),
            Place::Unschedulable(since, _) => drop(self.unschedulable.insert((since, uid.clone()))),
        }
        self.pods.insert(uid, (pending, place));
    }

    fn take(&mut self, uid: &str) -> Option<(Pending, Place)> {
        let (pending, place) = self.pods.remove(uid)?;
        match place {
            Place::Active => drop(self.active.remove(&(Reverse(pending.pod.priority()), pending.seq, uid.into()))),
            Place::BackOff(until) => drop(self.back_off.remove(&(until, uid.into()))),
            Place::Unschedulable(since, _) => drop(self.unschedulable.remove(&(since, uid.into()))),
        }
        Some((pending, place))
    }
}

fn woken(until: u64, now: u64) -> Place {
    if until <= now { Place::Active } else { Place::BackOff(until) }
}

fn back_off(attempts: u32) -> u64 {
    FIRST_BACK_OFF.saturating_mul(1u64.checked_shl(attempts.saturating_sub(1)).unwrap_or(u64::MAX)).min(MAX_BACK_OFF)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(name: &str, priority: i64) -> PodInfo {
        PodInfo::new(&json!({"metadata": {"name": name, "uid": name}, "spec": {"priority": priority}}))
    }

    fn seen(name: &str, priority: i64, generation: i64) -> Seen {
        Seen { pod: pod(name, priority), resource_version: String::new(), generation, reported: String::new() }
    }

    fn queue(pods: &[(&str, i64)]) -> Queue {
        let mut queue = Queue::default();
        for (name, priority) in pods {
            queue.add(seen(name, *priority, 1), 0);
        }
        queue
    }

    fn name(queue: &mut Queue) -> Option<String> {
        queue.pop().map(|pending| pending.pod.name.to_string())
    }

    #[test]
    fn priority_first_then_age() {
        let mut queue = queue(&[("a", 0), ("b", 5), ("c", 0)]);
        assert_eq!(
            [name(&mut queue), name(&mut queue), name(&mut queue), name(&mut queue)].map(Option::unwrap_or_default),
            ["b", "a", "c", ""]
        );
    }

    #[test]
    fn what_failed_waits_for_a_change_and_its_back_off() {
        let mut queue = queue(&[("a", 0)]);
        let mut now = 0;
        for expected in [1_000, 2_000, 4_000, 8_000, 10_000, 10_000] {
            let pending = queue.pop().unwrap();
            queue.failed(pending, now);
            assert_eq!(queue.tick(now + 60_000), Some(now + FLUSH_AFTER), "nothing but a change wakes it");
            queue.wake(false, now);
            assert_eq!(queue.tick(now), Some(now + expected));
            now += expected;
            assert_eq!(queue.tick(now), None);
        }
        assert_eq!(name(&mut queue).as_deref(), Some("a"));
    }

    #[test]
    fn a_change_of_the_pod_itself_wakes_it() {
        let mut queue = queue(&[("a", 0)]);
        let pending = queue.pop().unwrap();
        queue.failed(pending, 0);
        queue.add(seen("a", 0, 1), 5_000);
        assert_eq!(queue.active(), 0, "a new status is no change");
        queue.add(seen("a", 0, 2), 5_000);
        assert_eq!(queue.active(), 1);
    }

    #[test]
    fn five_minutes_are_enough() {
        let mut queue = queue(&[("a", 0), ("b", 0)]);
        let pending = queue.pop().unwrap();
        queue.failed(pending, 0);
        queue.remove("b");
        assert_eq!(queue.active(), 0);
        queue.wake(true, 1);
        assert_eq!(queue.tick(1), Some(FLUSH_AFTER), "it does not depend on other Pods");
        queue.tick(FLUSH_AFTER);
        assert_eq!(name(&mut queue).as_deref(), Some("a"));
    }
}
