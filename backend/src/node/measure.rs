//! What a node's containers use: counters read at intervals, and rates between two readings, as metrics-server makes
//! them from the kubelet's (`sigs.k8s.io/metrics-server/pkg/storage`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use shared::api::Timestamp;
use shared::lifecycle::ContainerState;

use super::Node;
use super::access::Usage;
use crate::runtime::Stats;

/// How often counters are read (metrics-server's `--metric-resolution`).
const PERIOD: Duration = Duration::from_secs(15);
/// A container that is this old has a rate at its first reading: the one since its start. Microseconds.
const FRESH: i64 = 10_000_000;
/// How many containers are read at a time.
const BREADTH: usize = 8;

/// The latest readings of each running container, by id.
#[derive(Default)]
pub(super) struct Measured(Mutex<HashMap<String, Readings>>);

#[derive(Clone, Copy, Debug)]
struct Readings {
    before: Option<Stats>,
    last: Stats,
}

impl Measured {
    /// What a container uses.
    pub fn of(&self, id: &str) -> Option<Usage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id)?.usage()
    }

    /// What all containers use, as of the time when the one with that id was read.
    pub fn all(&self, id: &str) -> Option<Usage> {
        let measured = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = measured.get(id)?.usage()?;
        let others = measured.iter().filter(|(other, _)| *other != id).filter_map(|(_, readings)| readings.usage());
        Some(others.fold(own, |sum, usage| Usage {
            nano_cpu: sum.nano_cpu + usage.nano_cpu,
            memory: sum.memory + usage.memory,
            ..sum
        }))
    }

    /// Takes in what has been read of all that runs, with the time of each start; `fresh` is in microseconds.
    fn take(&self, found: Vec<(String, Option<Timestamp>, Stats)>, fresh: i64) {
        let mut measured = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut old = std::mem::take(&mut *measured);
        measured.extend(found.into_iter().map(|(id, started, last)| {
            let before = match old.remove(&id) {
                Some(readings) => Some(readings.last),
                None => started
                    // What is older yet has been running since before this process: its average is old news.
                    .filter(|started| (fresh..fresh.saturating_mul(2)).contains(&(last.at.0 - started.0)))
                    .map(|at| Stats { at, ..Stats::default() }),
            };
            (id, Readings { before, last })
        }));
    }
}

impl Readings {
    fn usage(&self) -> Option<Usage> {
        let before = self.before?;
        let window = self.last.at.0 - before.at.0;
        let nanos = self.last.cpu_nanos.checked_sub(before.cpu_nanos)?;
        let nano_cpu = u128::from(nanos) * 1_000_000 / u128::try_from(window).ok().filter(|w| *w > 0)?;
        let nano_cpu = u64::try_from(nano_cpu).ok()?;
        Some(Usage { at: self.last.at, window, nano_cpu, memory: self.last.working_set })
    }
}

/// Runs until the node is told to stop.
pub(super) async fn run(node: Arc<Node>) {
    let scale = node.time_scale();
    let mut ticks = node.beat(PERIOD);
    loop {
        tokio::select! {
            () = node.cancel.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let found = futures::stream::iter(running(&node))
            .map(|(id, started)| {
                let runtime = node.runtime();
                async move {
                    // One that has just ended has nothing to tell, and one that cannot be read is left out.
                    let stats = runtime.stats(&id).await.ok().flatten()?;
                    Some((id, started, stats))
                }
            })
            .buffer_unordered(BREADTH);
        let found: Vec<_> = found.filter_map(std::future::ready).collect().await;
        node.measured.take(found, (FRESH as f64 / scale) as i64);
    }
}

/// The node's own container and its Pods' running ones, with the time of their start. Pod sandboxes only wait: they are
/// left out.
fn running(node: &Node) -> Vec<(String, Option<Timestamp>)> {
    let workers = node.workers.lock().unwrap_or_else(PoisonError::into_inner);
    let mut running = vec![(node.config.container_id.clone(), None)];
    for worker in workers.values() {
        running.extend(worker.observed().containers.into_iter().filter_map(|c| match c.state {
            ContainerState::Running { started } => Some((c.id, Some(started))),
            _ => None,
        }));
    }
    running
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(seconds: i64, cpu_millis: u64, working_set: u64) -> Stats {
        Stats { at: Timestamp::from_seconds(seconds), cpu_nanos: cpu_millis * 1_000_000, working_set, pids: 1 }
    }

    #[test]
    fn rates() {
        let measured = Measured::default();
        let take = |found: &[(&str, i64, Stats)]| {
            let found =
                found.iter().map(|(id, at, stats)| ((*id).to_owned(), Some(Timestamp::from_seconds(*at)), *stats));
            measured.take(found.collect(), FRESH);
        };
        let shown = |id: &str| measured.of(id).map(|u| (u.at.seconds(), u.window, u.nano_cpu, u.memory));
        take(&[
            ("node", 0, reading(100, 0, 7)),
            ("young", 97, reading(100, 10, 1)),
            ("older", 88, reading(100, 600, 2)),
        ]);
        assert_eq!((shown("node"), shown("young")), (None, None), "one reading says nothing of a rate");
        assert_eq!(shown("older"), Some((100, 12_000_000, 50_000_000, 2)), "but the start is a reading too");
        take(&[("node", 0, reading(115, 1500, 9)), ("young", 97, reading(115, 25, 3))]);
        assert_eq!(shown("young"), Some((115, 15_000_000, 1_000_000, 3)));
        assert_eq!(shown("older"), None, "it runs no longer");
        let all = measured.all("node").map(|u| (u.nano_cpu, u.memory));
        assert_eq!(all, Some((101_000_000, 12)));
    }
}
