//! The scheduler: watches Pods and Nodes, decides by `shared::scheduling`, binds. It is a client of the API like any
//! other and keeps nothing but a picture: killed at any moment, it starts again from what is stored.
//!
//! One task decides, one Pod after the other. A Pod that has been given a node counts as there at once (it is assumed),
//! so that the next decision need not wait for the binding; bindings run beside each other.

mod evict;
mod explanations;
mod queue;
pub(crate) mod recorder;
mod report;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use shared::api::{Status, kind::known, object};
use shared::scheduling::{Choice, Cluster, PodInfo, Preemption};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use self::explanations::Explanations;
use self::queue::{Pending, Queue, Seen};
use self::report::Reporter;
use crate::apiserver::Client;
use crate::store::{Event, EventType, Object};

const NAME: &str = "default-scheduler";
/// Bindings and reports on their way at a time: enough to fill a group commit, few enough to bound memory.
const IN_FLIGHT: usize = 512;
/// With more Pods than this in turn, only refusals are explained in full: no one watches each of a thousand.
const EXPLAINED_QUEUE: usize = 64;
const EXPLAINED_NODES: usize = 100;

/// Schedules Pods until told to stop.
pub async fn run(client: Client, explanations: Explanations, cancel: CancellationToken) {
    let mut scheduler = Scheduler::new(client.clone(), explanations);
    // Before the first decision everything that is stored must be known.
    let (listed, mut nodes) = client.list_then_watch(known("nodes"));
    for node in listed {
        scheduler.cluster.set_node(node.value());
    }
    let (listed, mut pods) = client.list_then_watch(known("pods"));
    for pod in listed {
        scheduler.pod_seen(&pod);
    }
    loop {
        let timer = scheduler.queue.tick(scheduler.now());
        let wait = scheduler.until(timer);
        let may_decide = scheduler.queue.active() > 0 && scheduler.work.len() < IN_FLIGHT;
        tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            Some(event) = nodes.next() => scheduler.node_event(&event),
            Some(event) = pods.next() => scheduler.pod_event(&event),
            Some(done) = scheduler.work.join_next(), if !scheduler.work.is_empty() => match done {
                Ok(done) => scheduler.done(done),
                Err(error) => tracing::error!(%error, "a binding ended without an answer"),
            },
            () = std::future::ready(()), if may_decide => scheduler.decide_next(),
            () = tokio::time::sleep(wait), if timer.is_some() => {}
        }
    }
}

/// What a task that was sent off came to.
enum Done {
    Bound { pending: Box<Pending>, result: Result<(), Box<Status>> },
    Refused { pending: Box<Pending>, wakes: u64 },
}

/// A Pod that is on its way: what has happened to it meanwhile.
#[derive(Default)]
struct Meanwhile {
    /// It has a node, has ended, or is gone: whatever our own answer is, it no longer matters.
    settled: bool,
    seen: Option<Seen>,
}

struct Scheduler {
    client: Client,
    reporter: Reporter,
    explanations: Explanations,
    cluster: Cluster,
    queue: Queue,
    work: JoinSet<Done>,
    in_flight: HashMap<Box<str>, Meanwhile>,
    started: Instant,
    /// Counts changes that wake all Pods, and those that wake dependent ones: a Pod refused before one and back after it
    /// must not sleep through it.
    wakes: [u64; 2],
    decisions: u64,
}

impl Scheduler {
    fn new(client: Client, explanations: Explanations) -> Self {
        Self {
            reporter: Reporter::new(client.clone()),
            client,
            explanations,
            cluster: Cluster::default(),
            queue: Queue::default(),
            work: JoinSet::new(),
            in_flight: HashMap::new(),
            started: Instant::now(),
            wakes: [0; 2],
            decisions: 0,
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn until(&self, timer: Option<u64>) -> Duration {
        Duration::from_millis(timer.unwrap_or(0).saturating_sub(self.now()))
    }

    fn node_event(&mut self, event: &Event) {
        let changed = match event.ty {
            EventType::Deleted => {
                self.cluster.remove_node(&event.key.name);
                true
            }
            EventType::Added | EventType::Modified => self.cluster.set_node(event.object.value()),
        };
        if changed {
            self.wake(false);
        }
    }

    fn pod_event(&mut self, event: &Event) {
        match event.ty {
            EventType::Deleted => {
                let uid = object::uid(event.object.value());
                self.settle(uid);
                self.explanations.remove(uid);
                self.forget(uid);
            }
            EventType::Added | EventType::Modified => self.pod_seen(&event.object),
        }
    }

    fn pod_seen(&mut self, pod: &Object) {
        let value = pod.value();
        let uid = object::uid(value);
        let phase = value.pointer("/status/phase").and_then(serde_json::Value::as_str).unwrap_or_default();
        if matches!(phase, "Succeeded" | "Failed") {
            self.settle(uid);
            self.forget(uid);
            return;
        }
        let spec = value.get("spec");
        let text = |field: &str| spec.and_then(|spec| spec.get(field)?.as_str()).unwrap_or_default();
        if !text("nodeName").is_empty() {
            self.settle(uid);
            if self.cluster.set_pod(PodInfo::new(value)) {
                self.wake(true);
            }
            return;
        }
        let gated = !object::list(value, "/spec/schedulingGates").is_empty();
        if text("schedulerName") != NAME || gated || object::deletion_timestamp(value).is_some() {
            self.queue.remove(uid);
            self.renounce(uid);
            return;
        }
        let seen = Seen {
            pod: PodInfo::new(value),
            resource_version: object::resource_version(value).to_owned(),
            generation: value.pointer("/metadata/generation").and_then(serde_json::Value::as_i64).unwrap_or(0),
            reported: report::reported(value),
        };
        match self.in_flight.get_mut(uid) {
            Some(meanwhile) => meanwhile.seen = Some(seen),
            None => self.add(seen),
        }
    }

    fn add(&mut self, seen: Seen) {
        let now = self.now();
        self.cluster.nominate(&seen.pod, &seen.pod.nominated_node);
        self.queue.add(seen, now);
    }

    /// The Pod needs no decision any more.
    fn settle(&mut self, uid: &str) {
        self.queue.remove(uid);
        if let Some(meanwhile) = self.in_flight.get_mut(uid) {
            meanwhile.settled = true;
        }
    }

    /// Takes a Pod off its node; room is there for others.
    fn forget(&mut self, uid: &str) {
        if self.cluster.remove_pod(uid) {
            self.wake(false);
        }
        self.renounce(uid);
    }

    /// A Pod does not wait for its nominated node any more; the room that was kept for it is there for others.
    fn renounce(&mut self, uid: &str) {
        if self.cluster.renounce(uid) {
            self.wake(false);
        }
    }

    fn wake(&mut self, dependent: bool) {
        self.wakes[usize::from(dependent)] += 1;
        let now = self.now();
        self.queue.wake(dependent, now);
    }

    /// How often such a Pod would have been woken.
    fn woken(&self, pod: &PodInfo) -> u64 {
        self.wakes[0] + if pod.depends_on_pods() { self.wakes[1] } else { 0 }
    }

    fn decide_next(&mut self) {
        let crowded = self.queue.active() > EXPLAINED_QUEUE;
        let Some(pending) = self.queue.pop() else { return };
        let choice = self.cluster.decide(&pending.pod, self.decisions);
        self.decisions = self.decisions.wrapping_add(1);
        if !crowded || matches!(choice, Choice::None { .. }) {
            let explanation = self.cluster.explain(&pending.pod, &choice, EXPLAINED_NODES);
            self.explanations.put(&pending.pod.uid, explanation);
        }
        self.in_flight.insert(pending.pod.uid.clone(), Meanwhile::default());
        let mut pending = Box::new(pending);
        match choice {
            Choice::Node(node) => {
                let mut assumed = pending.pod.clone();
                assumed.node_name = (&*node).into();
                // The binding's own event brings nothing new: those who wait for such a Pod try again now.
                if self.cluster.set_pod(assumed) {
                    self.wake(true);
                }
                let (client, reporter) = (self.client.clone(), self.reporter.clone());
                self.work.spawn(async move {
                    let result = client.bind(&pending.pod.namespace, &pending.pod.name, &node).await;
                    if result.is_ok() {
                        reporter.assigned(&pending, &node).await;
                    }
                    Done::Bound { pending, result: result.map_err(Box::new) }
                });
            }
            Choice::None { message, preemption } => {
                let (nominated, victims, displaced) = self.preempting(&pending, preemption);
                let (client, reporter) = (self.client.clone(), self.reporter.clone());
                let wakes = self.woken(&pending.pod);
                self.work.spawn(async move {
                    for other in displaced {
                        evict::displace(&client, &other).await;
                    }
                    for victim in victims {
                        evict::evict(&client, &reporter.recorder, &pending, &victim, &nominated).await;
                    }
                    reporter.refused(&mut pending, message, &nominated).await;
                    Done::Refused { pending, wakes }
                });
            }
        }
    }

    /// Takes a preemption into the picture: the node that the Pod is nominated to, who has to go, and who loses a
    /// nomination.
    fn preempting(
        &mut self,
        pending: &Pending,
        preemption: Preemption,
    ) -> (Arc<str>, Vec<Arc<PodInfo>>, Vec<Arc<PodInfo>>) {
        let (node, victims, displaced) = match preemption {
            Preemption::NotEligible => (pending.pod.nominated_node.clone(), Vec::new(), Vec::new()),
            Preemption::Hopeless => (Arc::default(), Vec::new(), Vec::new()),
            Preemption::Node { node, victims, displaced } => (node, victims, displaced),
        };
        for other in &displaced {
            self.cluster.renounce(&other.uid);
        }
        self.cluster.nominate(&pending.pod, &node);
        (node, victims, displaced)
    }

    fn done(&mut self, done: Done) {
        let now = self.now();
        let (Done::Bound { pending, .. } | Done::Refused { pending, .. }) = &done;
        let meanwhile = self.in_flight.remove(&pending.pod.uid).unwrap_or_default();
        if meanwhile.settled {
            return;
        }
        match done {
            Done::Bound { result: Ok(()), .. } => return,
            Done::Bound { pending, result: Err(status) } => {
                tracing::warn!(pod = %pending.pod.name, %status, "binding failed");
                self.forget(&pending.pod.uid);
                if status.is("NotFound") {
                    return;
                }
                self.queue.retry(*pending, now);
            }
            Done::Refused { pending, wakes } => match wakes == self.woken(&pending.pod) {
                true => self.queue.failed(*pending, now),
                false => self.queue.retry(*pending, now),
            },
        }
        if let Some(seen) = meanwhile.seen {
            self.add(seen);
        }
    }
}

#[cfg(test)]
mod tests;
