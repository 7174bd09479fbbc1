//! Stops one container: preStop, its stop signal, and SIGKILL when its grace is over
//! (`kuberuntime_container.go: killContainer`).

use std::time::{Duration, Instant};

use shared::lifecycle::{ContainerState, Outcome, event};

use super::executor::Context;
use super::{hooks, start};
use crate::runtime::{ContainerInfo, RunState, RuntimeError};

/// How long an engine may take from SIGKILL to the container's end.
const KILLED: Duration = Duration::from_secs(60);

/// Stops a container and reports how it ended.
pub(super) async fn stop(context: &Context, name: &str, id: &str, grace: i64) {
    let began = Instant::now();
    let grace = Duration::from_secs(u64::try_from(grace).unwrap_or(0));
    let container = context.container(name);
    let hook = container.as_ref().and_then(|(c, _)| c.lifecycle.as_ref()?.pre_stop.clone());
    if let (Some(hook), Some((container, at)), false) = (&hook, &container, grace.is_zero())
        && hooks::run(context, hook, container, id, grace).await.is_err()
    {
        context.tell(event::pre_stop_failed(at));
    }
    let mut left = grace.saturating_sub(began.elapsed());
    if hook.is_some() && !grace.is_zero() {
        // Whatever the hook took, the process gets a moment of its own.
        left = left.max(Duration::from_secs(2));
    }
    let exit = loop {
        match end(context, name, id, left).await {
            Ok(found) => break found.map(|f| start::observe(context, &f)),
            Err(error) => {
                tracing::warn!(%error, container = name, "a container could not be stopped; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
                left = Duration::ZERO;
            }
        }
    };
    let exit = exit.and_then(|container| match container.state {
        ContainerState::Exited(exit) => Some(exit),
        _ => None,
    });
    context.report(Outcome::Stopped { name: name.to_owned(), id: id.to_owned(), exit });
}

/// The container as it is after it has ended; `None` when it is gone.
async fn end(context: &Context, name: &str, id: &str, left: Duration) -> Result<Option<ContainerInfo>, RuntimeError> {
    let runtime = context.node.runtime();
    if !left.is_zero() {
        runtime.kill(id, &signal(context, name).await).await?;
        match context.exits.wait(runtime, id, left).await? {
            Some(found) if matches!(found.state, RunState::Running { .. }) => {}
            ended => return Ok(ended),
        }
    }
    runtime.kill(id, "SIGKILL").await?;
    match context.exits.wait(runtime, id, KILLED).await? {
        Some(found) if matches!(found.state, RunState::Running { .. }) => {
            Err(RuntimeError::Engine("it still runs after SIGKILL".to_owned()))
        }
        ended => Ok(ended),
    }
}

/// The container's own stop signal, its image's, or SIGTERM.
async fn signal(context: &Context, name: &str) -> String {
    let Some((container, _)) = context.container(name) else { return "SIGTERM".to_owned() };
    if let Some(signal) = container.lifecycle.as_ref().and_then(|l| l.stop_signal.clone()) {
        return signal;
    }
    let image = container.image.unwrap_or_default();
    match context.node.runtime().image(&image).await {
        Ok(Some(image)) if !image.stop_signal.is_empty() => image.stop_signal,
        _ => "SIGTERM".to_owned(),
    }
}
