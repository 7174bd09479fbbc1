//! How long Pods take against the same containers by raw calls. Not run by itself: it measures.
//! `cargo test --release --test node_figures -- --ignored --nocapture --test-threads 1`

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[allow(dead_code, reason = "each test binary uses a part of it")]
mod node;

use std::time::{Duration, Instant};

use futures::future::join_all;
use node::Bed;
use podground::runtime::{ContainerSpec, PodSandboxSpec};
use serde_json::{Value, json};

/// As many as the pool keeps waiting at most.
const POOL: usize = 8;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures"]
async fn one_pod() {
    let bed = Bed::new(1.0).await;
    let (mut up, mut down, mut raw_up, mut raw_down) = (vec![], vec![], vec![], vec![]);
    for round in 0..15 {
        let name = format!("p{round}");
        bed.pooled(1).await;
        let began = Instant::now();
        apply(&bed, &name).await;
        bed.ready(&name).await;
        up.push(began.elapsed());
        let began = Instant::now();
        bed.delete(&name, 0).await;
        bed.until(&name, Value::is_null).await;
        bed.left(0).await;
        down.push(began.elapsed());

        // The pool refills in peace, and is out of the way.
        bed.pooled(1).await;
        let pause = raw_sandbox(&bed, &name).await;
        let began = Instant::now();
        let app = raw_app(&bed, &name, &pause).await;
        raw_up.push(began.elapsed());
        let began = Instant::now();
        bed.runtime.remove(&app).await.unwrap();
        bed.runtime.remove(&pause).await.unwrap();
        raw_down.push(began.elapsed());
    }
    compare("apply → Ready, pooled", &mut up, &mut raw_up);
    compare("delete → nothing left", &mut down, &mut raw_down);
    bed.end().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures"]
async fn twenty_pods_at_once() {
    let bed = Bed::new(1.0).await;
    let (mut up, mut raw_up) = (vec![], vec![]);
    let names: Vec<String> = (0..20).map(|n| format!("p{n}")).collect();
    // The first burst makes the pool grow.
    for round in 0..5 {
        bed.pooled(if round == 0 { 1 } else { POOL }).await;
        let began = Instant::now();
        join_all(names.iter().map(|name| apply(&bed, name))).await;
        join_all(names.iter().map(|name| bed.ready(name))).await;
        if round > 0 {
            up.push(began.elapsed());
        }
        join_all(names.iter().map(|name| bed.delete(name, 0))).await;
        join_all(names.iter().map(|name| bed.until(name, Value::is_null))).await;
        if round == 0 {
            continue;
        }
        bed.pooled(POOL).await;
        let waiting = join_all(names[..POOL].iter().map(|name| raw_sandbox(&bed, name))).await;
        let began = Instant::now();
        let made = join_all(names.iter().enumerate().map(async |(n, name)| {
            let pause = match waiting.get(n) {
                Some(waiting) => waiting.clone(),
                None => raw_sandbox(&bed, name).await,
            };
            [raw_app(&bed, name, &pause).await, pause]
        }))
        .await;
        raw_up.push(began.elapsed());
        join_all(made.iter().flatten().map(|id| bed.runtime.remove(id))).await;
    }
    compare("20 at once: apply → all Ready", &mut up, &mut raw_up);
    bed.end().await;
}

async fn apply(bed: &Bed, name: &str) {
    let spec = json!({"containers": [{"name": "c", "image": "busybox", "imagePullPolicy": "IfNotPresent",
        "command": ["sleep", "3600"]}]});
    bed.apply(name, spec).await;
}

async fn raw_sandbox(bed: &Bed, name: &str) -> String {
    let spec = PodSandboxSpec {
        name: format!("pg-{}-raw-{name}", bed.network),
        image: "podground-pause:latest".to_owned(),
        network: bed.network.clone(),
        hostname: "raw".to_owned(),
        ..PodSandboxSpec::default()
    };
    bed.runtime.run_pod_sandbox(&spec).await.unwrap()
}

async fn raw_app(bed: &Bed, name: &str, pause: &str) -> String {
    let spec = ContainerSpec {
        name: format!("pg-{}-app-{name}", bed.network),
        image: "busybox".to_owned(),
        pod_sandbox: pause.to_owned(),
        command: Some(vec!["sleep".to_owned(), "3600".to_owned()]),
        ..ContainerSpec::default()
    };
    let app = bed.runtime.create_container(&spec).await.unwrap();
    bed.runtime.start_container(&app).await.unwrap();
    app
}

fn compare(what: &str, ours: &mut [Duration], raw: &mut [Duration]) {
    for times in [&mut *ours, &mut *raw] {
        times.sort();
    }
    let median = |times: &[Duration]| times[times.len() / 2];
    let show = |times: &[Duration]| {
        format!("median {:.1?} of {:.1?} … {:.1?}", median(times), times[0], times[times.len() - 1])
    };
    let ratio = median(ours).as_secs_f64() / median(raw).as_secs_f64();
    println!("{what}: {}; raw {}; ratio of medians {ratio:.2}", show(ours), show(raw));
}
