//! One task a Pod: takes in what happens, asks the state machine, starts what it says, writes the status.
//!
//! All that is known of the Pod lives here and nowhere else, so nothing is locked and nothing overtakes anything: the
//! inputs come through one channel.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;
use shared::api::{Timestamp, object};
use shared::lifecycle::{
    Action, Container, ContainerState, Event, Observed, Outcome, Probes, Setup, State, absorb, event, step, time,
};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_util::sync::CancellationToken;

use super::executor::{Context, Known, carry_out};
use super::exits::Exits;
use super::handle::{Handle, Input, Seen};
use super::log_message::LogMessages;
use super::pod_dir::PodDir;
use super::probe::{self, Kind, Probers};
use super::report::Report;
use super::volumes::projection;
use super::{Node, admission, allocation, convert, host_ports, identity, image, now, volumes};
use crate::runtime::{ContainerInfo, Role};

/// Starts the worker of a Pod; `found` is what the engine has of it already.
pub(super) fn spawn(node: &Arc<Node>, pod: &Value, found: &[ContainerInfo]) -> Option<Handle> {
    let typed: Pod = serde_json::from_value(pod.clone())
        .inspect_err(|error| tracing::error!(%error, "a Pod that is not one"))
        .ok()?;
    let (uid, _, namespace) = identity(&typed);
    let config = &node.config;
    let dir = PodDir::new(&config.data_dir, &config.sandbox, &config.name, uid);
    let (inputs, receiver) = mpsc::unbounded_channel();
    let (events, told) = mpsc::unbounded_channel();
    let observed = convert::observed(found, &dir);
    let refusal = if found.is_empty() { admission::refusal(node, pod) } else { None };
    let (state, refused) = match refusal.map(|r| State::rejected(r.reason, &r.message)) {
        Some((state, event)) => (state, Some(event)),
        None => Default::default(),
    };
    let seen = Seen::new(Mutex::new((state.clone(), observed.clone(), None)));
    let namespace = namespace.to_owned();
    let known = observed.containers.iter().map(|c| (c.id.clone(), Instant::now())).collect();
    let adopted = convert::adopted(&typed, &observed);
    let (asked, allocated) = (allocation::asked(&typed), allocation::given(&typed));
    let typed = Arc::new(typed);
    let handle = Handle { inputs: inputs.clone(), namespace, pod: typed.clone(), dir: dir.clone(), seen: seen.clone() };
    let worker = Worker {
        node: node.clone(),
        report: Report::new(pod),
        known,
        adopted,
        pod: typed,
        asked,
        allocated,
        gone: false,
        dir,
        state,
        observed,
        exits: Exits::default(),
        images: image::Ahead::default(),
        log_messages: LogMessages::default(),
        no_starts: node.session().child_token(),
        session: node.session(),
        probers: HashMap::new(),
        inputs,
        events,
        seen,
    };
    node.tasks.spawn(tell(node.clone(), worker.pod.clone(), told));
    if let Some(event) = refused {
        let _ = worker.events.send((event, now()));
    }
    node.tasks.spawn(worker.run(receiver));
    Some(handle)
}

/// Writes the Pod's Events, one after the other, beside what makes them.
async fn tell(node: Arc<Node>, pod: Arc<Pod>, mut events: UnboundedReceiver<(Event, Timestamp)>) {
    while let Some((event, at)) = events.recv().await {
        node.api.event(&pod, &event, at).await;
    }
}

struct Worker {
    node: Arc<Node>,
    /// With the resources that it has been given.
    pod: Arc<Pod>,
    asked: allocation::Resources,
    allocated: allocation::Resources,
    report: Report,
    /// Removed from the API.
    gone: bool,
    dir: PodDir,
    state: State,
    observed: Observed,
    /// When each container was first known here: a list from before does not make it disappear.
    known: HashMap<String, Instant>,
    adopted: HashMap<String, Probes>,
    exits: Exits,
    images: image::Ahead,
    log_messages: LogMessages,
    no_starts: CancellationToken,
    session: CancellationToken,
    probers: HashMap<String, Probers>,
    inputs: UnboundedSender<Input>,
    events: UnboundedSender<(Event, Timestamp)>,
    seen: Seen,
}

impl Worker {
    async fn run(mut self, mut inputs: UnboundedReceiver<Input>) {
        for (id, probes) in std::mem::take(&mut self.adopted) {
            self.observed.probes.insert(id, probes);
        }
        let mut wake = self.step().await;
        let cancel = self.session.clone();
        while !self.over() {
            let sleep = wake.map(|at| Duration::from_micros((at.0 - now().0).max(0).unsigned_abs()));
            tokio::select! {
                // Inputs that are there already are all taken in before the next step.
                biased;
                () = cancel.cancelled() => return,
                Some(input) = inputs.recv() => {
                    self.take(input).await;
                    while let Ok(input) = inputs.try_recv() {
                        self.take(input).await;
                    }
                }
                answer = self.report.answer(), if self.report.is_under_way() => self.reported(answer),
                () = tokio::time::sleep(sleep.unwrap_or_default()), if sleep.is_some() => {}
            }
            wake = self.step().await;
        }
        let (uid, _, _) = identity(&self.pod);
        self.node.host_ports.set(uid, Vec::new());
        self.node.workers.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }

    fn over(&self) -> bool {
        self.gone && self.state.torn_down == Setup::Done
    }

    async fn take(&mut self, input: Input) {
        match input {
            Input::Pod(pod) => self.changed(pod).await,
            Input::Gone => {
                self.gone = true;
                // Nothing is left to finalize; a Pod removed by force has no time to stop.
                self.state.finalizing = true;
                if self.pod.metadata.deletion_timestamp.is_none() || self.state.stopping_since.is_some() {
                    let pod = Arc::make_mut(&mut self.pod);
                    pod.metadata.deletion_timestamp = Some(time::to_kubernetes(now()));
                    pod.metadata.deletion_grace_period_seconds = Some(0);
                }
            }
            Input::Container(id, found) => self.container(&id, found.map(|f| *f)),
            Input::All(began, found) => {
                for info in &found {
                    self.container(&info.id, Some(info.clone()));
                }
                let missing = |id: &str| {
                    !found.iter().any(|f| f.id == id) && self.known.get(id).is_none_or(|known| *known < began)
                };
                let ids =
                    self.observed.containers.iter().map(|c| &c.id).chain(self.observed.sandbox.iter().map(|s| &s.id));
                let gone: Vec<String> = ids.filter(|id| missing(id)).cloned().collect();
                for id in gone {
                    self.container(&id, None);
                }
            }
            Input::Outcome(outcome) => {
                match &*outcome {
                    Outcome::Started { container, .. } => drop(self.known.insert(container.id.clone(), Instant::now())),
                    Outcome::Sandbox(Ok(sandbox)) => drop(self.known.insert(sandbox.id.clone(), Instant::now())),
                    _ => {}
                }
                absorb(&mut self.state, &mut self.observed, *outcome, &self.node.rules, now());
            }
            Input::Probe { id, kind, verdict } => {
                let probes = self.observed.probes.entry(id).or_default();
                match kind {
                    Kind::Startup => probes.startup = Some(verdict),
                    Kind::Liveness => probes.liveness = Some(verdict),
                    Kind::Readiness => probes.readiness = Some(verdict),
                }
            }
            Input::Evicted(message) => {
                if let Some(event) = self.state.evict(message) {
                    let _ = self.events.send((event, now()));
                }
            }
            Input::Tokens => {
                let running = self.observed.containers.iter().any(Container::running);
                if running && !projection::tokens(&self.pod).is_empty() {
                    volumes::refresh(&self.context()).await;
                }
            }
            Input::Source { secret, name } => {
                if volumes::refers_to(&self.pod, secret, &name) {
                    self.state.poke(now());
                    if self.state.volumes == Setup::Done {
                        volumes::refresh(&self.context()).await;
                    }
                }
            }
        }
    }

    /// The Pod as the API has it now.
    fn take_over(&mut self, pod: Pod) {
        self.asked = allocation::asked(&pod);
        self.pod = Arc::new(pod);
        self.allocate();
    }

    /// Gives the Pod the resources it asks for, if the node has them; else those it has been given stay.
    fn allocate(&mut self) {
        if self.asked == self.allocated || self.pod.metadata.deletion_timestamp.is_some() {
            self.state.resize = None;
            return;
        }
        let pod = Arc::make_mut(&mut self.pod);
        allocation::set(pod, &self.asked);
        let pending = allocation::fits(&self.node, pod).err();
        match &pending {
            None => self.allocated = self.asked.clone(),
            Some(pending) => {
                allocation::set(pod, &self.allocated);
                if self.state.resize.as_ref() != Some(pending) {
                    let _ = self.events.send((event::resize_pending(pending), now()));
                }
            }
        }
        self.state.resize = pending;
    }

    /// The Pod as the API has it now; `None` when that is no news.
    fn learn(&mut self, pod: &Value) -> Option<Pod> {
        let known: u64 = self.pod.metadata.resource_version.as_deref()?.parse().ok()?;
        // An answer to a report and the watch overtake each other.
        if object::resource_version(pod).parse().is_ok_and(|new: u64| new <= known) {
            return None;
        }
        let typed = serde_json::from_value::<Pod>(pod.clone()).ok()?;
        self.report.know(pod);
        Some(typed)
    }

    async fn changed(&mut self, pod: Value) {
        let Some(typed) = self.learn(&pod) else { return };
        let metadata = (&typed.metadata.labels, &typed.metadata.annotations);
        let told = metadata != (&self.pod.metadata.labels, &self.pod.metadata.annotations);
        self.take_over(typed);
        if told && self.state.volumes == Setup::Done {
            volumes::refresh(&self.context()).await;
        }
    }

    /// What the engine says of a container.
    fn container(&mut self, id: &str, found: Option<ContainerInfo>) {
        let sandbox = self.observed.sandbox.as_ref().is_some_and(|s| s.id == id);
        match found {
            None if sandbox => self.observed.sandbox = None,
            None => {
                self.observed.containers.retain(|c| c.id != id);
                self.exits.tell(id);
            }
            Some(found) if convert::is(&found, Role::Pod) => {
                let found = convert::sandbox(&found);
                match &mut self.observed.sandbox {
                    Some(known) if known.id == found.id => known.ready = found.ready,
                    Some(known) if known.attempt >= found.attempt => {}
                    _ => self.observed.sandbox = Some(found),
                }
            }
            Some(found) => self.observe(convert::container(&found, &self.dir)),
        }
    }

    /// Never goes back: what has ended has ended, and the time of the start stays what was reported first.
    fn observe(&mut self, found: Container) {
        if !found.running() {
            self.exits.tell(&found.id);
        }
        let Some(known) = self.observed.containers.iter_mut().find(|c| c.id == found.id) else {
            self.known.insert(found.id.clone(), Instant::now());
            self.observed.containers.push(found);
            return;
        };
        match (&known.state, found.state) {
            (ContainerState::Exited(_), _) | (ContainerState::Running { .. }, ContainerState::Running { .. }) => {}
            (ContainerState::Running { .. }, ContainerState::Created) => {}
            (ContainerState::Running { started }, ContainerState::Exited(mut exit)) => {
                exit.started = Some(*started);
                known.state = ContainerState::Exited(exit);
            }
            (_, state) => known.state = state,
        }
    }

    fn context(&self) -> Context {
        let known = |c: &Container| Known { id: c.id.clone(), name: c.name.clone(), running: c.running() };
        Context {
            node: self.node.clone(),
            pod: self.pod.clone(),
            dir: self.dir.clone(),
            sandbox: self.observed.sandbox.clone(),
            containers: self.observed.containers.iter().map(known).collect(),
            exits: self.exits.clone(),
            images: self.images.clone(),
            no_starts: self.no_starts.clone(),
            outcomes: self.inputs.clone(),
            events: self.events.clone(),
        }
    }

    /// Decides, starts, reports. When to look again.
    async fn step(&mut self) -> Option<Timestamp> {
        if self.pod.metadata.deletion_timestamp.is_some() {
            self.no_starts.cancel();
        }
        // Other Pods may have gone meanwhile.
        self.allocate();
        self.log_messages.fill(self.node.runtime(), &self.pod, &mut self.observed.containers).await;
        let state = std::mem::take(&mut self.state);
        let done = step(&self.pod, &self.observed, state, &self.node.rules, now());
        self.state = done.state;
        let (uid, _, _) = identity(&self.pod);
        self.node.host_ports.set(uid, host_ports::of(&self.pod, self.observed.sandbox.as_ref()));
        let context = self.context();
        for event in done.events {
            context.tell(event);
        }
        self.report.want(serde_json::to_value(&done.status).unwrap_or_default());
        if done.actions.contains(&Action::Finalize) {
            self.report_all().await;
        }
        for action in done.actions {
            // First what is to be done, then what is to be told: the engine is slower than the API.
            self.node.tasks.spawn(carry_out(context.clone(), action));
        }
        probe::keep(&mut self.probers, &context, &self.observed, &self.state);
        let seen = (self.state.clone(), self.observed.clone(), done.wake_at);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen;
        self.tell_api();
        let look = self.state.resize.is_some().then(|| now().plus_seconds(allocation::LOOK));
        [self.report.retry(), look, done.wake_at].into_iter().flatten().min()
    }

    /// Whether an answer is to come.
    fn tell_api(&mut self) -> bool {
        !self.gone && self.report.send(&self.node, &self.pod)
    }

    /// The API has answered a report.
    fn reported(&mut self, answer: Option<Value>) {
        if let Some(typed) = answer.and_then(|pod| self.learn(&pod)) {
            self.take_over(typed);
        }
    }

    /// How a Pod ended is told before its object goes.
    async fn report_all(&mut self) {
        while self.tell_api() {
            let answer = self.report.answer().await;
            self.reported(answer);
        }
    }
}
