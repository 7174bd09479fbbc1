//! How long a Pod takes against the same two containers by raw calls. Not run by itself: it measures.
//! `cargo test --release --test node_figures -- --ignored --nocapture`

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[allow(dead_code, reason = "each test binary uses a part of it")]
mod node;

use std::time::{Duration, Instant};

use node::Bed;
use podground::runtime::{ContainerSpec, PodSandboxSpec};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures"]
async fn against_raw_calls() {
    let bed = Bed::new(1.0).await;
    let (mut up, mut down, mut raw_up, mut raw_down) = (vec![], vec![], vec![], vec![]);
    for round in 0..12 {
        let name = format!("p{round}");
        let began = Instant::now();
        bed.apply(
            &name,
            json!({"containers": [{"name": "c", "image": "busybox", "imagePullPolicy": "IfNotPresent",
                "command": ["sleep", "3600"]}]}),
        )
        .await;
        bed.ready(&name).await;
        up.push(began.elapsed());
        let began = Instant::now();
        bed.delete(&name, 0).await;
        bed.until(&name, Value::is_null).await;
        while !bed.containers().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        down.push(began.elapsed());

        let began = Instant::now();
        let pause = PodSandboxSpec {
            name: format!("pg-{}-raw{round}", bed.network),
            image: "podground-pause:latest".to_owned(),
            network: bed.network.clone(),
            hostname: "raw".to_owned(),
            ..PodSandboxSpec::default()
        };
        let pause = bed.runtime.run_pod_sandbox(&pause).await.unwrap();
        let app = ContainerSpec {
            name: format!("pg-{}-app{round}", bed.network),
            image: "busybox".to_owned(),
            pod_sandbox: pause.clone(),
            command: Some(vec!["sleep".to_owned(), "3600".to_owned()]),
            ..ContainerSpec::default()
        };
        let app = bed.runtime.create_container(&app).await.unwrap();
        bed.runtime.start_container(&app).await.unwrap();
        raw_up.push(began.elapsed());
        let began = Instant::now();
        bed.runtime.remove(&app).await.unwrap();
        bed.runtime.remove(&pause).await.unwrap();
        raw_down.push(began.elapsed());
    }
    for (name, times) in [("up", &mut up), ("raw up", &mut raw_up), ("down", &mut down), ("raw down", &mut raw_down)] {
        times.sort();
        println!("{name}: median {:?} of {:?} … {:?}", times[times.len() / 2], times[0], times[times.len() - 1]);
    }
    bed.end().await;
}
