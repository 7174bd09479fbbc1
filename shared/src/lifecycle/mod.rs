//! The Pod's state machine: what is there, what is remembered, what time it is → what to do, what to report.
//!
//! The kubelet's `computePodActions` and status generation as one pure function. It starts nothing, waits for nothing
//! and asks no clock: the node's executor carries the actions out, and reports back through [`absorb`].

mod absorb;
mod action;
pub mod backoff;
mod conditions;
mod container_status;
pub mod event;
mod init;
pub mod limits;
mod observed;
mod phase;
mod plan;
mod qos;
mod restart;
mod state;
mod status;
mod stop;
pub mod time;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests_death;
#[cfg(test)]
mod tests_init;
#[cfg(test)]
mod tests_resize;
#[cfg(test)]
mod tests_run;

pub use absorb::absorb;
pub use action::{Action, FailedStart, Outcome, Reason};
pub use event::Event;
pub use limits::Limits;
pub use observed::{Container, ContainerState, Exit, Observed, PodSandbox, Probes};
pub use qos::qos_class;
pub use state::{Hook, Rules, Setup, State, Work};

use k8s_openapi::api::core::v1::{Pod, PodStatus};

use crate::api::Timestamp;

/// What one look at a Pod comes to.
#[derive(Clone, Debug)]
pub struct Step {
    /// What to remember until the next step.
    pub state: State,
    /// What to start now. Each is issued once; its end comes back as an [`Outcome`].
    pub actions: Vec<Action>,
    /// What to tell the user.
    pub events: Vec<Event>,
    /// The Pod's status as it is now.
    pub status: PodStatus,
    /// When to look again though nothing happened.
    pub wake_at: Option<Timestamp>,
}

/// Decides. Calling it again with the same arguments and the state it returned issues nothing new.
pub fn step(pod: &Pod, observed: &Observed, state: State, rules: &Rules, now: Timestamp) -> Step {
    let mut plan = plan::Plan::new(pod, observed, state, rules, now);
    plan.run();
    let status = status::generate(&plan);
    plan.finish(status)
}
