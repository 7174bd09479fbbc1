//! How fast 10,000 Pods get their nodes among 1,000, and what memory they cost: API server, durable store and scheduler
//! in one process, without an engine. `cargo xtask bench` runs it. Nobody runs the Pods: nodes are objects here.

use std::time::{Duration, Instant};

use anyhow::Context;
use futures::StreamExt;
use futures::stream;
use podground::apiserver::Api;
use podground::scheduler::{self, Explanations};
use podground::store::Store;
use serde_json::{Value, json};
use shared::api::kind::known;
use tokio_util::sync::CancellationToken;

/// The server's.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const NODES: usize = 1_000;
const PODS: usize = 10_000;
/// How many requests are on their way at a time.
const CLIENTS: usize = 256;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let api = Api::new(Store::open(&folder.path().join("objects.redb"))?);
    let client = api.client("default", "system:admin");
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}});
    client.create(known("namespaces"), "", namespace).await?;
    let make = async |kind: &'static str, count: usize, object: &(dyn Fn(usize) -> Value + Sync)| {
        let namespace = if kind == "nodes" { "" } else { "default" };
        let made = stream::iter(0..count).map(|n| client.create(known(kind), namespace, object(n)));
        let mut made = made.buffer_unordered(CLIENTS);
        while let Some(result) = made.next().await {
            result?;
        }
        anyhow::Ok(())
    };
    make("nodes", NODES, &node).await?;
    let (empty, begun) = (resident()?, Instant::now());
    make("pods", PODS, &pod).await?;
    let created = begun.elapsed();
    let begun = Instant::now();
    let cancel = CancellationToken::new();
    let at_work = tokio::spawn(scheduler::run(client.clone(), Explanations::default(), cancel.clone()));
    let mut events = client.list_watch(known("pods"));
    let mut bound = std::collections::HashSet::new();
    while bound.len() < PODS {
        let event = events.next().await.context("the watch ended")?;
        if event.object.value().pointer("/spec/nodeName").is_some() {
            bound.insert(event.key.name);
        }
    }
    let scheduled = begun.elapsed();
    drop(events);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let rate = |took: Duration| PODS as f64 / took.as_secs_f64();
    println!("{PODS} Pods created          {:>9.0} /s", rate(created));
    println!(
        "{PODS} Pods on {NODES} nodes    {:>9.0} /s scheduled, bound on disk and seen by a watch",
        rate(scheduled)
    );
    println!("memory with them            {:>9.1} MB RSS, {:.1} without", resident()?, empty);
    cancel.cancel();
    at_work.await?;
    Ok(())
}

fn node(n: usize) -> Value {
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": format!("node-{n}")},
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}}})
}

fn pod(n: usize) -> Value {
    let requests = json!({"cpu": "100m", "memory": "64Mi"});
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("pod-{n}"), "labels": {"app": "bench"}},
        "spec": {"containers": [{"name": "app", "image": "busybox", "resources": {"requests": requests}}]}})
}

/// Megabytes of this process in memory.
fn resident() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}
