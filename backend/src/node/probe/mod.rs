//! Probes: a task for each probe of each running container. They publish verdicts and never stop or start anything
//! (`pkg/kubelet/prober`).

mod exec;
mod grpc;
pub mod http;
mod result;
mod tcp;
mod thresholds;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Container, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use shared::api::Timestamp;
use shared::lifecycle::{self, ContainerState, Hook, Observed, Probes, event};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use self::result::ProbeResult;
pub(super) use self::result::Results;
use self::thresholds::Thresholds;
use super::executor::Context;
use super::handle::Input;
use super::now;

/// Which of a container's probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Startup,
    Liveness,
    Readiness,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Startup => "Startup",
            Self::Liveness => "Liveness",
            Self::Readiness => "Readiness",
        }
    }
}

/// A container's probes at work; they end when this is dropped.
pub(super) struct Probers {
    cancel: CancellationToken,
}

impl Drop for Probers {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// Probes what runs and has its postStart hook behind it, and nothing else.
pub(super) fn keep(
    probers: &mut HashMap<String, Probers>,
    context: &Context,
    observed: &Observed,
    state: &lifecycle::State,
) {
    let started = |c: &lifecycle::Container| match c.state {
        ContainerState::Running { started } => Some(started),
        _ => None,
    };
    let up = |name: &str| state.containers.get(name).is_none_or(|m| m.hook == Hook::Over);
    let running: Vec<_> =
        observed.containers.iter().filter(|c| up(&c.name)).filter_map(|c| Some((c, started(c)?))).collect();
    probers.retain(|id, _| running.iter().any(|(running, _)| running.id == *id));
    if context.pod.metadata.deletion_timestamp.is_some() {
        return;
    }
    for (container, since) in running {
        if !probers.contains_key(&container.id) {
            let known = observed.probes.get(&container.id).copied().unwrap_or_default();
            if let Some(new) = start(context, &container.name, &container.id, since, known) {
                probers.insert(container.id.clone(), new);
            }
        }
    }
}

/// Starts the probes of a running container; `None` when it has none. `known` is what is known already: a container
/// that was taken over is what it was reported to be until a probe says otherwise.
fn start(context: &Context, name: &str, id: &str, started: Timestamp, known: Probes) -> Option<Probers> {
    let (container, at) = context.container(name)?;
    let ip: IpAddr = context.ip()?.parse().ok()?;
    let kinds = [
        (Kind::Startup, container.startup_probe.clone()),
        (Kind::Liveness, container.liveness_probe.clone()),
        (Kind::Readiness, container.readiness_probe.clone()),
    ];
    if kinds.iter().all(|(_, probe)| probe.is_none()) {
        return None;
    }
    let cancel = CancellationToken::new();
    let up = container.startup_probe.is_none() || known.startup == Some(true);
    let up = Arc::new(watch::Sender::new(up));
    let container = Arc::new(container);
    for (kind, probe) in kinds {
        let Some(probe) = probe else { continue };
        if kind == Kind::Startup && known.startup == Some(true) {
            continue;
        }
        let task = Task {
            context: context.clone(),
            container: container.clone(),
            at: at.clone(),
            id: id.to_owned(),
            ip,
            kind,
            probe,
            started,
            up: up.clone(),
        };
        let cancel = cancel.clone();
        context.node.tasks.spawn(async move {
            tokio::select! {
                () = cancel.cancelled() => {}
                () = task.context.node.cancel.cancelled() => {}
                () = task.run() => {}
            }
        });
    }
    Some(Probers { cancel })
}

/// A port by number, or by its name among the container's ports.
pub(super) fn port(port: &IntOrString, container: &Container) -> Option<u16> {
    match port {
        IntOrString::Int(number) => u16::try_from(*number).ok(),
        IntOrString::String(name) => {
            let named = container.ports.iter().flatten().find(|p| p.name.as_deref() == Some(name));
            named.and_then(|p| u16::try_from(p.container_port).ok()).or_else(|| name.parse().ok())
        }
    }
}

struct Task {
    context: Context,
    container: Arc<Container>,
    at: String,
    id: String,
    ip: IpAddr,
    kind: Kind,
    probe: Probe,
    started: Timestamp,
    /// Whether the startup probe, if any, has succeeded: the other probes wait for it.
    up: Arc<watch::Sender<bool>>,
}

impl Task {
    async fn run(&self) {
        let seconds = |value: Option<i32>, default: u64| value.and_then(|v| u64::try_from(v).ok()).unwrap_or(default);
        let rules = &self.context.node.rules;
        let delay = rules.scaled(i64::from(self.probe.initial_delay_seconds.unwrap_or(0)));
        let left = (self.started.0 + delay - now().0).max(0);
        tokio::time::sleep(Duration::from_micros(left.unsigned_abs())).await;
        if self.kind != Kind::Startup {
            let mut up = self.up.subscribe();
            if up.wait_for(|up| *up).await.is_err() {
                return;
            }
        }
        let period = rules.scaled(i64::from(self.probe.period_seconds.unwrap_or(10).max(1))).max(1000);
        let mut ticks = tokio::time::interval(Duration::from_micros(period.unsigned_abs()));
        // A slow probe is followed by the next tick, not by all those it missed.
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let timeout = Duration::from_secs(seconds(self.probe.timeout_seconds, 1).max(1));
        let mut thresholds = Thresholds::of(&self.probe);
        let mut told = None;
        loop {
            ticks.tick().await;
            let result = self.once(timeout).await;
            self.context.node.probe_results.tell(self, &result);
            if let Err(output) = &result {
                self.context.tell(event::unhealthy(&self.at, self.kind.word(), output));
            }
            let Some(verdict) = thresholds.take(result.is_ok()) else { continue };
            if told != Some(verdict) {
                told = Some(verdict);
                let input = Input::Probe { id: self.id.clone(), kind: self.kind, verdict };
                if self.context.outcomes.send(input).is_err() {
                    return;
                }
            }
            match (self.kind, verdict) {
                (Kind::Startup, true) => {
                    self.up.send_replace(true);
                    return;
                }
                // The container will be stopped: there is nothing more to find out about it.
                (Kind::Startup | Kind::Liveness, false) => return,
                _ => {}
            }
        }
    }

    async fn once(&self, timeout: Duration) -> Result<(), String> {
        let host = |host: &Option<String>| host.clone().filter(|h| !h.is_empty()).unwrap_or(self.ip.to_string());
        let no_port = || "couldn't find the probe's port".to_owned();
        if let Some(action) = &self.probe.http_get {
            let port = port(&action.port, &self.container).ok_or_else(no_port)?;
            return http::probe(&http::Target::of(action, self.ip, port), timeout).await;
        }
        if let Some(action) = &self.probe.tcp_socket {
            let port = port(&action.port, &self.container).ok_or_else(no_port)?;
            return tcp::probe(&host(&action.host), port, timeout).await;
        }
        if let Some(action) = &self.probe.grpc {
            let port = u16::try_from(action.port).map_err(|_| no_port())?;
            let service = action.service.as_deref().unwrap_or_default();
            return grpc::probe(&self.ip.to_string(), port, service, timeout).await;
        }
        let command = self.probe.exec.as_ref().and_then(|e| e.command.clone()).unwrap_or_default();
        exec::probe(self.context.node.runtime(), &self.id, &command, timeout).await
    }
}
