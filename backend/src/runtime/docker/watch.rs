//! What happens at the engine, and what containers use.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::EventMessage;
use bollard::query_parameters::{EventsOptions, StatsOptions};
use futures::StreamExt;
use futures::stream::BoxStream;
use shared::api::Timestamp;

use super::{error, filter};
use crate::runtime::{ContainerEvent, EventKind, Labels, Result, RuntimeError, Stats};

/// How long to wait before a lost stream of events is asked for again.
const PAUSE: Duration = Duration::from_millis(500);

/// Events from now on. Whenever the stream was lost, what was missed is told as a [`EventKind::Resync`].
pub fn events(engine: bollard::Docker, labels: Labels) -> BoxStream<'static, ContainerEvent> {
    let mut filters = filter(&labels);
    filters.insert("type".to_owned(), vec!["container".to_owned()]);
    let actions = ["start", "die", "oom", "destroy"].map(str::to_owned);
    filters.insert("event".to_owned(), actions.to_vec());
    let connect = move |first: bool| {
        let (engine, filters) = (engine.clone(), filters.clone());
        async move {
            if !first {
                tokio::time::sleep(PAUSE).await;
            }
            let options = EventsOptions { filters: Some(filters), ..EventsOptions::default() };
            let resync = ContainerEvent { kind: EventKind::Resync, id: String::new(), labels: Labels::new() };
            let found = engine.events(Some(options)).take_while(|e| std::future::ready(e.is_ok()));
            futures::stream::iter([resync]).chain(found.filter_map(|e| std::future::ready(e.ok().and_then(event))))
        }
    };
    futures::stream::iter([true].into_iter().chain(std::iter::repeat(false))).then(connect).flatten().boxed()
}

fn event(message: EventMessage) -> Option<ContainerEvent> {
    let kind = match message.action.as_deref()? {
        "start" => EventKind::Started,
        "die" => EventKind::Died,
        "oom" => EventKind::Oom,
        "destroy" => EventKind::Removed,
        _ => return None,
    };
    let actor = message.actor?;
    let attributes: HashMap<String, String> = actor.attributes.unwrap_or_default();
    Some(ContainerEvent { kind, id: actor.id?, labels: attributes.into_iter().collect() })
}

/// One measurement.
pub async fn stats(engine: &bollard::Docker, id: &str) -> Result<Option<Stats>> {
    let options = StatsOptions { stream: false, one_shot: true };
    let found = match engine.stats(id, Some(options)).next().await {
        Some(Ok(found)) => found,
        None => return Ok(None),
        Some(Err(found)) => {
            return match error(found) {
                RuntimeError::NotFound(_) | RuntimeError::Conflict(_) => Ok(None),
                other => Err(other),
            };
        }
    };
    let memory = found.memory_stats.unwrap_or_default();
    // A container that does not run is measured as nothing at all.
    let Some(usage) = memory.usage else { return Ok(None) };
    let counters = memory.stats.unwrap_or_default();
    let inactive = counters.get("total_inactive_file").or_else(|| counters.get("inactive_file"));
    let cpu = found.cpu_stats.and_then(|c| c.cpu_usage).and_then(|u| u.total_usage);
    Ok(Some(Stats {
        at: found.read.map(|r| r.to_string()).and_then(|r| Timestamp::parse(&r)).unwrap_or_default(),
        cpu_nanos: cpu.unwrap_or_default(),
        working_set: usage.saturating_sub(inactive.copied().unwrap_or_default()),
        pids: found.pids_stats.and_then(|p| p.current).unwrap_or_default(),
    }))
}
