//! What is to be done for a Pod now: the kubelet's `computePodActions`. Only decides and notes.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::{Container, ContainerStatus, Pod, PodSpec, PodStatus};

use super::action::Action;
use super::backoff::Backoff;
use super::event::{self, Event};
use super::observed::{self, ContainerState, Observed};
use super::state::{Hook, Memory, Rules, Setup, State, Verdict, Waiting, Work};
use super::{Step, init, limits, phase, restart, stop, time};
use crate::api::Timestamp;

static EMPTY: LazyLock<PodSpec> = LazyLock::new(PodSpec::default);

/// Seconds that a failed pull is shown as itself before it is shown as a back-off.
const SHOW_PULL_ERROR: i64 = 4;
/// Seconds that an end is shown as itself before it is shown as a back-off.
pub(super) const SHOW_EXIT: i64 = 1;

/// The three lists of a Pod's containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Init,
    Regular,
    Ephemeral,
}

/// A step in the making.
pub(super) struct Plan<'a> {
    pub pod: &'a Pod,
    pub spec: &'a PodSpec,
    pub observed: &'a Observed,
    pub state: State,
    pub rules: &'a Rules,
    pub now: Timestamp,
    pub actions: Vec<Action>,
    pub events: Vec<Event>,
    pub wake: Option<Timestamp>,
}

impl<'a> Plan<'a> {
    pub fn new(pod: &'a Pod, observed: &'a Observed, state: State, rules: &'a Rules, now: Timestamp) -> Self {
        let spec = pod.spec.as_ref().unwrap_or(&EMPTY);
        Self { pod, spec, observed, state, rules, now, actions: Vec::new(), events: Vec::new(), wake: None }
    }

    pub fn run(&mut self) {
        if self.state.seen.is_none() {
            let reported = self.status().and_then(|s| s.start_time.as_ref());
            self.state.seen = Some(reported.map_or(self.now, time::from_kubernetes));
        }
        if self.deleting() {
            return stop::delete(self);
        }
        self.check_deadline();
        if phase::over(self) {
            return stop::finish(self);
        }
        self.prune();
        limits::tell_end(self);
        // Volumes and the pod sandbox come about at the same time; containers need both.
        let (volumes, sandbox) = (self.volumes(), self.sandbox());
        if !volumes || !sandbox {
            return;
        }
        if init::run(self) {
            for container in &self.spec.containers {
                self.regular(container);
            }
        }
        for container in self.spec.ephemeral_containers.iter().flatten() {
            let id = &container.name;
            if self.latest(id).is_none() && !self.starting() {
                self.start(id, 0, 0);
            }
        }
    }

    pub fn finish(self, status: PodStatus) -> Step {
        Step { state: self.state, actions: self.actions, events: self.events, status, wake_at: self.wake }
    }

    pub fn deleting(&self) -> bool {
        self.pod.metadata.deletion_timestamp.is_some()
    }

    pub fn status(&self) -> Option<&'a PodStatus> {
        self.pod.status.as_ref()
    }

    pub fn memory(&self, name: &str) -> Option<&Memory> {
        self.state.containers.get(name)
    }

    /// `name_namespace(uid)`, as the kubelet writes a Pod in messages.
    pub fn pod_words(&self) -> String {
        let meta = &self.pod.metadata;
        let text = |t: &Option<String>| t.clone().unwrap_or_default();
        format!("{}_{}({})", text(&meta.name), text(&meta.namespace), text(&meta.uid))
    }

    /// `spec.containers{name}`
    pub fn field_path(&self, name: &str) -> String {
        let list = match self.list_of(name) {
            List::Init => "initContainers",
            List::Regular => "containers",
            List::Ephemeral => "ephemeralContainers",
        };
        format!("spec.{list}{{{name}}}")
    }

    pub fn list_of(&self, name: &str) -> List {
        if self.spec.init_containers.iter().flatten().any(|c| c.name == name) {
            List::Init
        } else if self.spec.containers.iter().any(|c| c.name == name) {
            List::Regular
        } else {
            List::Ephemeral
        }
    }

    pub fn wake(&mut self, at: Timestamp) {
        self.wake = Some(self.wake.map_or(at, |w| w.min(at)));
    }

    /// Whether a start is under way: containers start one after the other, as the kubelet starts them.
    pub fn starting(&self) -> bool {
        self.state.containers.values().any(Memory::starting)
    }

    fn check_deadline(&mut self) {
        let (Some(seconds), Some(start)) = (self.spec.active_deadline_seconds, self.state.seen) else { return };
        if self.state.verdict.is_some() || phase::over(self) {
            return;
        }
        let deadline = start.plus_seconds(seconds);
        if self.now < deadline {
            return self.wake(deadline);
        }
        let message = "Pod was active on the node longer than the specified deadline".to_owned();
        self.events.push(event::deadline(&message));
        self.state.verdict = Some(Verdict { reason: "DeadlineExceeded".to_owned(), message });
    }

    /// Beside its newest attempt, the one before is kept of each container: for `logs --previous` and `lastState`.
    fn prune(&mut self) {
        for container in &self.observed.containers {
            let newer = self
                .observed
                .containers
                .iter()
                .filter(|other| other.name == container.name && other.attempt > container.attempt);
            if container.exit().is_some() && newer.count() > 1 && self.state.removing.insert(container.id.clone()) {
                self.actions.push(Action::RemoveContainer { id: container.id.clone() });
            }
        }
    }

    fn volumes(&mut self) -> bool {
        if self.state.volumes == Setup::Done {
            return true;
        }
        match self.state.volumes.begin(self.now) {
            Ok(()) => self.actions.push(Action::SetUpVolumes),
            Err(at) => at.into_iter().for_each(|at| self.wake(at)),
        }
        false
    }

    fn sandbox(&mut self) -> bool {
        if self.observed.sandbox.as_ref().is_some_and(|s| s.ready) {
            return true;
        }
        // What still runs holds the network namespace of a pod sandbox that is no more.
        let running: Vec<_> = self.observed.containers.iter().filter(|c| c.running()).collect();
        if !running.is_empty() || self.starting() {
            for container in running {
                self.stop(container, self.grace(), None);
            }
            return false;
        }
        let attempt = match &self.observed.sandbox {
            Some(dead) => dead.attempt + 1,
            None => u32::from(!self.observed.containers.is_empty()),
        };
        match self.state.sandbox.begin(self.now) {
            Ok(()) => {
                if attempt > 0 {
                    self.events.push(event::sandbox_changed());
                }
                self.actions.push(Action::StartSandbox { attempt });
            }
            Err(at) => at.into_iter().for_each(|at| self.wake(at)),
        }
        false
    }

    fn regular(&mut self, container: &Container) {
        let Some(current) = self.current(&container.name) else {
            return self.start_in_turn(container);
        };
        match &current.state {
            ContainerState::Running { .. } => self.watch_over(container, current),
            ContainerState::Created => self.start_in_turn(container),
            ContainerState::Exited(exit) => {
                let replace = self.memory(&container.name).is_some_and(|m| m.replace);
                if replace || restart::again(self.pod, container, false, exit) {
                    self.start_in_turn(container);
                }
            }
        }
    }

    /// Stops a running container that its probes, its hook or a change of its image condemn.
    pub fn watch_over(&mut self, container: &Container, current: &observed::Container) {
        let probes = self.observed.probes_of(current);
        let init = self.list_of(&container.name) == List::Init;
        let noun = if init { "Init container" } else { "Container" };
        let grace_of = |probe: &Option<k8s_openapi::api::core::v1::Probe>| {
            probe.as_ref().and_then(|p| p.termination_grace_period_seconds)
        };
        let restarts = restart::pod_policy(self.pod) != "Never" || container.restart_policy.is_some();
        let again = if restarts { ", will be restarted" } else { "" };
        let name = &container.name;
        if self.memory(name).is_some_and(|m| m.hook == Hook::Failed) {
            self.stop(current, self.grace(), Some("FailedPostStartHook".to_owned()));
        } else if container.image.as_ref().is_some_and(|image| *image != current.image) {
            self.state.containers.entry(name.clone()).or_default().replace = true;
            let message = format!("{noun} {name} definition changed, will be restarted");
            self.stop(current, self.grace(), Some(message));
        } else if container.liveness_probe.is_some() && probes.liveness == Some(false) {
            let grace = grace_of(&container.liveness_probe).unwrap_or_else(|| self.grace());
            self.stop(current, grace, Some(format!("{noun} {name} failed liveness probe{again}")));
        } else if container.startup_probe.is_some() && probes.startup == Some(false) {
            let grace = grace_of(&container.startup_probe).unwrap_or_else(|| self.grace());
            self.stop(current, grace, Some(format!("{noun} {name} failed startup probe{again}")));
        } else {
            limits::resize(self, container, current);
        }
    }

    /// The Pod's own grace period, seconds.
    pub fn grace(&self) -> i64 {
        self.spec.termination_grace_period_seconds.unwrap_or(30).max(1)
    }

    /// Stops a container, unless it is stopping already within that time.
    pub fn stop(&mut self, container: &observed::Container, grace: i64, message: Option<String>) {
        let until = self.now.plus_seconds(grace);
        let memory = self.state.containers.entry(container.name.clone()).or_default();
        match memory.work {
            Work::Stopping { until: before } if before <= until => return,
            Work::Starting => return,
            _ => {}
        }
        let first = memory.work == Work::Idle;
        memory.work = Work::Stopping { until };
        if first {
            let message = message.unwrap_or_else(|| format!("Stopping container {}", container.name));
            self.events.push(event::killing(&self.field_path(&container.name), message));
        }
        let (name, id) = (container.name.clone(), container.id.clone());
        self.actions.push(Action::StopContainer { name, id, grace });
    }

    /// Starts a container when nothing else is starting and no back-off is left.
    pub fn start_in_turn(&mut self, container: &Container) {
        let name = container.name.as_str();
        let memory = self.memory(name).cloned().unwrap_or_default();
        if memory.work != Work::Idle {
            return;
        }
        if let Some(at) = memory.retry_at.filter(|at| self.now < *at) {
            return self.hold_pull(container, &memory, at);
        }
        let mut crash = None;
        if let Some(current) = self.current(name)
            && let Some(exit) = current.exit()
            && !memory.replace
        {
            let before = self.crash_of(current);
            if let Some(at) = before.and_then(|b| b.until(exit.finished, self.rules)).filter(|at| self.now < *at) {
                return self.hold_crash(name, current.attempt, exit.finished, at);
            }
            crash = Some(Backoff::next(before, exit.finished, self.now, self.rules));
        }
        if self.starting() {
            return;
        }
        self.state.containers.entry(name.to_owned()).or_default().crash = crash;
        let backoff = crash.map_or(0, |c| c.seconds as u32);
        self.start(name, self.next_attempt(name), backoff);
    }

    fn start(&mut self, name: &str, attempt: u32, backoff: u32) {
        self.state.containers.entry(name.to_owned()).or_default().work = Work::Starting;
        self.actions.push(Action::StartContainer { name: name.to_owned(), attempt, backoff });
    }

    /// The back-off in force for a container: remembered, or as its own label tells after a restart of the backend.
    pub fn crash_of(&self, container: &observed::Container) -> Option<Backoff> {
        if let Some(crash) = self.memory(&container.name).and_then(|m| m.crash) {
            return Some(crash);
        }
        let updated = match &container.state {
            ContainerState::Running { started } => *started,
            ContainerState::Exited(exit) => exit.started.unwrap_or(exit.finished),
            ContainerState::Created => self.now,
        };
        (container.backoff > 0).then_some(Backoff { seconds: container.backoff.into(), updated })
    }

    fn next_attempt(&self, name: &str) -> u32 {
        if let Some(latest) = self.latest(name) {
            // Made and never started: nothing has run that could be counted.
            return latest.attempt + u32::from(latest.state != ContainerState::Created);
        }
        // Removed behind our back: the API remembers that it was there.
        self.known(name).map_or(0, |s| u32::try_from(s.restart_count).unwrap_or(0) + 1)
    }

    /// The newest attempt of a container. What the API was told of a newer one, and what is not there any more, was
    /// removed behind our back: the attempts before it do not stand for it.
    pub fn latest(&self, name: &str) -> Option<&'a observed::Container> {
        let latest = self.observed.latest(name)?;
        let reported = self.known(name).map_or(0, |s| u32::try_from(s.restart_count).unwrap_or(0));
        (latest.attempt >= reported).then_some(latest)
    }

    /// The newest attempt of a container, if it belongs to the newest pod sandbox.
    pub fn current(&self, name: &str) -> Option<&'a observed::Container> {
        let sandbox = self.observed.sandbox.as_ref()?;
        self.latest(name).filter(|c| c.sandbox == sandbox.id)
    }

    /// A container that has been reported to the API.
    pub fn known(&self, name: &str) -> Option<&'a ContainerStatus> {
        let status = self.status()?;
        let lists = [&status.container_statuses, &status.init_container_statuses, &status.ephemeral_container_statuses];
        lists.into_iter().flatten().flatten().find(|s| s.name == name && s.container_id.is_some())
    }

    fn hold_pull(&mut self, container: &Container, memory: &Memory, until: Timestamp) {
        let pulled = memory.pull.filter(|_| memory.waiting.as_ref().is_some_and(|w| w.reason == "ErrImagePull"));
        let Some(pull) = pulled else { return self.wake(until) };
        let shown = pull.updated.plus_micros(self.rules.scaled(SHOW_PULL_ERROR));
        if self.now < shown {
            return self.wake(shown.min(until));
        }
        let image = container.image.clone().unwrap_or_default();
        let error = memory.waiting.as_ref().map(|w| w.message.clone()).unwrap_or_default();
        let message = format!("Back-off pulling image \"{image}\": ErrImagePull: {error}");
        let at = self.field_path(&container.name);
        self.events.push(event::pull_backoff(&at, &image));
        self.events.push(event::failed(&at, "ImagePullBackOff"));
        self.state.containers.entry(container.name.clone()).or_default().waiting =
            Some(Waiting { reason: "ImagePullBackOff", message });
        self.wake(until);
    }

    fn hold_crash(&mut self, name: &str, attempt: u32, finished: Timestamp, until: Timestamp) {
        let shown = finished.plus_micros(self.rules.scaled(SHOW_EXIT));
        if self.now < shown {
            return self.wake(shown.min(until));
        }
        let memory = self.state.containers.entry(name.to_owned()).or_default();
        if memory.announced.replace(attempt) != Some(attempt) {
            let event = event::crash_backoff(&self.field_path(name), name, &self.pod_words());
            self.events.push(event);
        }
        self.wake(until);
    }
}
