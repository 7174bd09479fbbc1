//! What is remembered between steps: work under way and back-offs. Nothing that the runtime can tell.

use std::collections::{BTreeMap, BTreeSet};

use super::backoff::Backoff;
use super::event::{self, Event};
use crate::api::Timestamp;
use crate::scheduling::Refusal;

/// What is set once for a node.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The node's addresses.
    pub host_ips: Vec<String>,
    /// Multiplies back-offs and retries: 1.0 as Kubernetes, 0.1 for lessons and tests.
    pub time_scale: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { host_ips: Vec::new(), time_scale: 1.0 }
    }
}

impl Rules {
    /// Seconds, scaled, in microseconds.
    pub fn scaled(&self, seconds: i64) -> i64 {
        (seconds as f64 * self.time_scale * 1e6) as i64
    }
}

/// A Pod's memory on its node. The default is a Pod that has just arrived, also after the backend's restart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// When the node first saw the Pod; becomes `status.startTime`.
    pub seen: Option<Timestamp>,
    /// Directories, volumes, `/etc/hosts`.
    pub volumes: Setup,
    /// Making or stopping the pod sandbox.
    pub sandbox: Setup,
    /// By container name.
    pub containers: BTreeMap<String, Memory>,
    /// Dead containers being removed, by id.
    pub removing: BTreeSet<String>,
    /// The end that the node has decided: `DeadlineExceeded`, `Evicted`.
    pub verdict: Option<Verdict>,
    /// When the node began to stop the Pod.
    pub stopping_since: Option<Timestamp>,
    /// Why the Pod's resources are not what it asks for: `Deferred` or `Infeasible`.
    pub resize: Option<Refusal>,
    /// Everything removed from the node.
    pub torn_down: Setup,
    /// The API object's removal has been asked for.
    pub finalizing: bool,
}

impl State {
    /// What the Pod refers to has changed: what failed for want of it is tried again at once.
    pub fn poke(&mut self, now: Timestamp) {
        if let Setup::Failed { retry_at, .. } = &mut self.volumes {
            *retry_at = now;
        }
        for memory in self.containers.values_mut() {
            if memory.waiting.as_ref().is_some_and(|w| w.reason == "CreateContainerConfigError") {
                memory.retry_at = None;
            }
        }
    }
}

impl State {
    /// Ends the Pod for what it takes of its node; the Event that says so, unless it has been ended before.
    pub fn evict(&mut self, message: String) -> Option<Event> {
        if self.verdict.is_some() {
            return None;
        }
        let event = event::evicted(&message);
        self.verdict = Some(Verdict { reason: EVICTED.to_owned(), message });
        Some(event)
    }

    /// Whether the node has ended the Pod for what it takes.
    pub fn evicted(&self) -> Option<&Verdict> {
        self.verdict.as_ref().filter(|verdict| verdict.reason == EVICTED)
    }

    /// A Pod that its node does not take (`kubelet.go: rejectPod`), and the Event that says so.
    pub fn rejected(reason: &'static str, message: &str) -> (Self, Event) {
        let verdict = Verdict { reason: reason.to_owned(), message: format!("{REJECTED}{message}") };
        (Self { verdict: Some(verdict), ..Self::default() }, event::rejected(reason, message))
    }
}

/// The reason of a Pod that its node has ended for what it takes.
const EVICTED: &str = "Evicted";

/// How the message of a Pod begins that its node did not take.
pub(super) const REJECTED: &str = "Pod was rejected: ";

/// Why the node ended a Pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// `status.reason`
    pub reason: String,
    /// `status.message`
    pub message: String,
}

/// A thing of the whole Pod that has to be brought about.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Setup {
    /// Not begun.
    #[default]
    Missing,
    /// An action is under way, after `failures` others in a row.
    Working {
        /// Tries in a row that failed.
        failures: u32,
    },
    /// There.
    Done,
    /// It failed, `failures` times in a row; another try at `retry_at`.
    Failed {
        /// In the runtime's or the volume's words.
        message: String,
        /// Tries in a row.
        failures: u32,
        /// When to try again.
        retry_at: Timestamp,
    },
}

impl Setup {
    /// Whether an action is under way.
    pub fn working(&self) -> bool {
        matches!(self, Self::Working { .. })
    }

    /// Why the last try failed.
    pub fn failure(&self) -> Option<&str> {
        match self {
            Self::Failed { message, .. } => Some(message),
            _ => None,
        }
    }

    /// Whether to begin, or to try again, at `now`; if later, when. Notes that it is under way.
    pub fn begin(&mut self, now: Timestamp) -> Result<(), Option<Timestamp>> {
        let failures = match self {
            Self::Working { .. } => return Err(None),
            Self::Failed { retry_at, .. } if now < *retry_at => return Err(Some(*retry_at)),
            Self::Failed { failures, .. } => *failures,
            Self::Missing | Self::Done => 0,
        };
        *self = Self::Working { failures };
        Ok(())
    }
}

/// What is remembered of one container.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// The action under way.
    pub work: Work,
    /// Why it waits, where `ContainerCreating` would not tell.
    pub waiting: Option<Waiting>,
    /// Not to be started before this time.
    pub retry_at: Option<Timestamp>,
    /// Crash back-off.
    pub crash: Option<Backoff>,
    /// Image pull back-off.
    pub pull: Option<Backoff>,
    /// The postStart hook of the running attempt.
    pub hook: Hook,
    /// The attempt whose back-off has been announced by an event.
    pub announced: Option<u32>,
    /// Stopped because its spec was changed: the next attempt is due whatever the policy.
    pub replace: bool,
    /// Bringing the running attempt to its resources.
    pub resize: Setup,
}

impl Memory {
    /// Whether its start is not over: the engine may tell that it runs before we are told that we have started it.
    pub fn starting(&self) -> bool {
        self.work == Work::Starting || self.hook == Hook::Running
    }
}

/// The reason and message of a waiting container.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// `ErrImagePull`, `CreateContainerConfigError`, …
    pub reason: &'static str,
    /// Details, may be empty.
    pub message: String,
}

/// The action under way for a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Work {
    /// None.
    #[default]
    Idle,
    /// Pulled, made, started.
    Starting,
    /// Told to stop, and killed by then.
    Stopping {
        /// The end of its grace.
        until: Timestamp,
    },
}

/// How far the postStart hook is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hook {
    /// There is none, or it is over.
    #[default]
    Over,
    /// Running: until it ends the container does not count as running.
    Running,
    /// It failed: the container has to go.
    Failed,
}
