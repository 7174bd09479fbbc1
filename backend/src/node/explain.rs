//! What a Pod waits for, in data: for the explanation of the playground API. Pure.

use serde_json::{Map, Value, json};
use shared::api::Timestamp;
use shared::lifecycle::{ContainerState, Hook, Observed, Setup, State, Work};

/// Says what is known of a Pod's progress on its node.
pub(super) fn explain(state: &State, observed: &Observed, wake: Option<Timestamp>) -> Value {
    let mut containers: Vec<&str> = observed.containers.iter().map(|c| c.name.as_str()).collect();
    containers.extend(state.containers.keys().map(String::as_str));
    containers.sort_unstable();
    containers.dedup();
    json!({
        "volumes": setup(&state.volumes),
        "podSandbox": observed.sandbox.as_ref().map(|s| json!({
            "id": s.id, "attempt": s.attempt, "running": s.ready, "ip": s.ip,
        })),
        "podSandboxWork": setup(&state.sandbox),
        "containers": containers.iter().map(|name| container(state, observed, name)).collect::<Vec<_>>(),
        "ended": state.verdict.as_ref().map(|v| json!({"reason": v.reason, "message": v.message})),
        "stoppingSince": state.stopping_since.map(|t| t.to_string()),
        "looksAgainAt": wake.map(|t| t.to_string()),
    })
}

fn setup(setup: &Setup) -> Value {
    match setup {
        Setup::Missing => json!("not begun"),
        Setup::Working { .. } => json!("under way"),
        Setup::Done => json!("done"),
        Setup::Failed { message, failures, retry_at } => {
            json!({"failed": message, "failures": failures, "retryAt": retry_at.to_string()})
        }
    }
}

fn container(state: &State, observed: &Observed, name: &str) -> Value {
    let mut out = Map::new();
    out.insert("name".to_owned(), name.into());
    if let Some(latest) = observed.latest(name) {
        let state = match &latest.state {
            ContainerState::Created => json!("created"),
            ContainerState::Running { started } => json!({"runningSince": started.to_string()}),
            ContainerState::Exited(exit) => json!({
                "exitCode": exit.code,
                "signal": (exit.code > 128).then(|| exit.code - 128),
                "outOfMemory": exit.oom,
                "finishedAt": exit.finished.to_string(),
                "message": exit.message,
            }),
        };
        out.insert("attempt".to_owned(), latest.attempt.into());
        out.insert("state".to_owned(), state);
        let probes = observed.probes_of(latest);
        out.insert(
            "probes".to_owned(),
            json!({"startup": probes.startup, "liveness": probes.liveness, "readiness": probes.readiness}),
        );
    }
    if let Some(memory) = state.containers.get(name) {
        let work = match memory.work {
            Work::Idle => Value::Null,
            Work::Starting => json!("being started"),
            Work::Stopping { until } => json!({"beingStopped": {"killedAt": until.to_string()}}),
        };
        out.insert("work".to_owned(), work);
        if memory.hook == Hook::Running {
            out.insert("waitsFor".to_owned(), json!("its postStart hook"));
        }
        if let Some(waiting) = &memory.waiting {
            out.insert("waiting".to_owned(), json!({"reason": waiting.reason, "message": waiting.message}));
        }
        if let Some(at) = memory.retry_at {
            out.insert("retryAt".to_owned(), at.to_string().into());
        }
        if let Some(crash) = memory.crash {
            out.insert("backOffSeconds".to_owned(), crash.seconds.into());
        }
    }
    Value::Object(out)
}
