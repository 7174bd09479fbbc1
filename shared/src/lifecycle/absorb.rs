//! Takes an action's outcome into what is remembered and observed. Decides nothing: the next step does.

use super::action::{FailedStart, Outcome, Reason};
use super::backoff::Backoff;
use super::observed::{Container, ContainerState, Exit, Observed};
use super::state::{Hook, Memory, Rules, Setup, State, Waiting, Work};
use crate::api::Timestamp;

/// Seconds until what failed for the whole Pod, or before a container was made, is tried again.
const RETRY: i64 = 10;

/// The outcome of an action, at `now`.
pub fn absorb(state: &mut State, observed: &mut Observed, outcome: Outcome, rules: &Rules, now: Timestamp) {
    match outcome {
        Outcome::Volumes(result) => set_up(&mut state.volumes, result, rules, now),
        Outcome::Sandbox(Ok(sandbox)) => {
            observed.sandbox = Some(sandbox);
            state.sandbox = Setup::Done;
        }
        Outcome::Sandbox(Err(message)) => set_up(&mut state.sandbox, Err(message), rules, now),
        Outcome::SandboxStopped => {
            state.sandbox = Setup::Done;
            if let Some(sandbox) = &mut observed.sandbox {
                sandbox.ready = false;
            }
        }
        Outcome::Started { container, hook } => {
            let memory = memory(state, &container.name);
            memory.work = Work::Idle;
            memory.waiting = None;
            memory.retry_at = None;
            memory.pull = None;
            memory.replace = false;
            memory.resize = Setup::default();
            memory.hook = if hook { Hook::Running } else { Hook::Over };
            put(observed, container);
        }
        Outcome::HookDone { name, error } => {
            memory(state, &name).hook = if error.is_some() { Hook::Failed } else { Hook::Over };
        }
        Outcome::StartFailed { name, failure, container } => {
            start_failed(memory(state, &name), failure, rules);
            if let Some(container) = container {
                put(observed, container);
            }
        }
        Outcome::Resized { name, id, result } => {
            if let (Ok(limits), Some(container)) = (&result, observed.containers.iter_mut().find(|c| c.id == id)) {
                container.limits = *limits;
            }
            set_up(&mut memory(state, &name).resize, result.map(drop), rules, now);
        }
        Outcome::Stopped { name, id, exit } => {
            memory(state, &name).work = Work::Idle;
            ended(observed, &id, exit);
        }
        Outcome::Removed { id } => {
            state.removing.remove(&id);
            observed.containers.retain(|c| c.id != id);
        }
        Outcome::TornDown(Ok(())) => {
            state.torn_down = Setup::Done;
            observed.sandbox = None;
            // The containers stay in what is reported last: how they ended is still to be told.
        }
        Outcome::TornDown(Err(message)) => set_up(&mut state.torn_down, Err(message), rules, now),
    }
}

fn set_up(setup: &mut Setup, result: Result<(), String>, rules: &Rules, now: Timestamp) {
    let before = match setup {
        Setup::Working { failures } => *failures,
        _ => 0,
    };
    *setup = match result {
        Ok(()) => Setup::Done,
        Err(message) => {
            let failures = before + 1;
            // Half a second, one, two … as the kubelet's volume retries, up to the sync period.
            let wait = (500_000_i64 << before.min(6)).min(RETRY * 1_000_000);
            let retry_at = now.plus_micros((wait as f64 * rules.time_scale) as i64);
            Setup::Failed { message, failures, retry_at }
        }
    };
}

fn start_failed(memory: &mut Memory, failure: FailedStart, rules: &Rules) {
    memory.work = Work::Idle;
    let wait = match failure.reason {
        Reason::Cancelled => return,
        // What is left of it ended like any other container; crash back-off counts.
        Reason::RunContainerError => return,
        Reason::ErrImagePull => {
            let pull = Backoff::next(memory.pull, failure.at, failure.at, rules);
            memory.pull = Some(pull);
            pull.seconds
        }
        _ => RETRY,
    };
    memory.retry_at = Some(failure.at.plus_micros(rules.scaled(wait)));
    memory.waiting = Some(Waiting { reason: failure.reason.word(), message: failure.message });
}

fn memory<'a>(state: &'a mut State, name: &str) -> &'a mut Memory {
    state.containers.entry(name.to_owned()).or_default()
}

/// What the engine told meanwhile holds: a container that has ended does not run because its start is told late.
fn put(observed: &mut Observed, container: Container) {
    match observed.containers.iter_mut().find(|c| c.id == container.id) {
        Some(known) if matches!(known.state, ContainerState::Exited(_)) => {}
        Some(known) => *known = container,
        None => observed.containers.push(container),
    }
}

fn ended(observed: &mut Observed, id: &str, exit: Option<Exit>) {
    match exit {
        Some(exit) => {
            if let Some(container) = observed.containers.iter_mut().find(|c| c.id == id) {
                container.state = ContainerState::Exited(exit);
            }
        }
        None => observed.containers.retain(|c| c.id != id),
    }
}
