//! A node with many probed containers: probes neither drift nor pile up. The engine is the fake one; what is probed is a
//! real server, which some take long to get an answer from.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use podground::apiserver::Api;
use podground::node::{self, NodeConfig};
use podground::runtime::fake::Fake;
use podground::runtime::{NetworkSpec, NodeSpec, Runtime};
use serde_json::json;
use shared::api::Quantity;
use shared::api::kind::known;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const PODS: usize = 200;
const PERIOD: Duration = Duration::from_secs(1);
/// Every tenth Pod's answer takes longer than its period.
const SLOW: Duration = Duration::from_millis(1700);

/// When each Pod was asked, and how many questions were open at once.
#[derive(Default)]
struct Seen {
    at: Vec<Instant>,
    open: usize,
    most: usize,
}

type Asked = Arc<Mutex<HashMap<usize, Seen>>>;

async fn answer(asked: Asked, pod: usize) {
    {
        let mut asked = asked.lock().unwrap();
        let seen = asked.entry(pod).or_default();
        seen.at.push(Instant::now());
        seen.open += 1;
        seen.most = seen.most.max(seen.open);
    }
    if pod.is_multiple_of(10) {
        tokio::time::sleep(SLOW).await;
    }
    asked.lock().unwrap().get_mut(&pod).unwrap().open -= 1;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_probed_containers() {
    let asked = Asked::default();
    let counting = asked.clone();
    let app = axum::Router::new().route(
        "/{pod}",
        axum::routing::get(move |axum::extract::Path(pod): axum::extract::Path<usize>| answer(counting.clone(), pod)),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });

    let runtime: Arc<dyn Runtime> =
        Arc::new(Fake::with_images(&["busybox:latest", "podground-node:latest", "podground-pause:latest"]));
    let node = NodeSpec {
        name: "master".to_owned(),
        hostname: "master".to_owned(),
        image: "podground-node:latest".to_owned(),
        network: "none".to_owned(),
        ip: "10.9.0.2".parse().unwrap(),
        cgroup_parent: None,
        labels: Default::default(),
    };
    runtime.ensure_network(&NetworkSpec { name: node.network.clone(), ..NetworkSpec::default() }).await.unwrap();
    let container_id = runtime.ensure_node(&node).await.unwrap();
    let api = Api::new(podground::store::Store::memory());
    api.open_sandbox("default");
    let client = api.client("default", "system:node:master");
    let dir = tempfile::tempdir().unwrap();
    let (tasks, cancel) = (TaskTracker::new(), CancellationToken::new());
    let config = NodeConfig {
        instance: "many".to_owned(),
        sandbox: "default".to_owned(),
        name: "master".to_owned(),
        container_id,
        ip: "10.9.0.2".parse().unwrap(),
        network: "none".to_owned(),
        pod_cidr: "10.9.4.0/22".to_owned(),
        cgroup_parent: None,
        control_plane: true,
        cpu: Quantity::parse("2").unwrap(),
        memory: Quantity::parse("2Gi").unwrap(),
        data_dir: dir.path().to_owned(),
        client: client.clone(),
        api_server: None,
        runtime,
        time_scale: 1.0,
    };
    for namespace in ["default", "kube-node-lease"] {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
        client.create(known("namespaces"), "", namespace).await.unwrap();
    }
    let _nodes = node::start(config, &tasks, cancel.clone());
    // A node takes 110 Pods: two probed containers each.
    for pod in 0..PODS / 2 {
        let container = |n: usize| {
            json!({"name": format!("c{n}"), "image": "busybox", "imagePullPolicy": "IfNotPresent",
                "command": ["sh", "-c", "sleep 100000"], "readinessProbe": {"periodSeconds": PERIOD.as_secs(), "timeoutSeconds": 60,
                    "httpGet": {"host": "127.0.0.1", "port": port, "path": format!("/{}", 2 * pod + n)}}})
        };
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("p{pod}"), "namespace": "default"},
            "spec": {"nodeName": "master", "containers": [container(0), container(1)]}});
        client.create(known("pods"), "default", pod).await.unwrap();
    }
    let began = Instant::now();
    let enough = |seen: &Seen| seen.at.len() >= 6;
    while asked.lock().unwrap().values().filter(|seen| enough(seen)).count() < PODS {
        assert!(began.elapsed() < Duration::from_secs(120), "{} asked", asked.lock().unwrap().len());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    cancel.cancel();
    tasks.close();
    tasks.wait().await;
    let asked = asked.lock().unwrap();
    for (pod, seen) in asked.iter() {
        assert_eq!(seen.most, 1, "Pod {pod} was asked again before it had answered");
    }
    // Each is late by what keeps the processors busy, once more, once less; what drifts is always late.
    let usual = |slow: bool| {
        let pods = asked.iter().filter(|(pod, _)| pod.is_multiple_of(10) == slow);
        let gaps = pods.flat_map(|(_, seen)| seen.at.windows(2).map(|two| (two[1] - two[0]).as_secs_f64()));
        let mut gaps: Vec<f64> = gaps.collect();
        gaps.sort_by(f64::total_cmp);
        gaps[gaps.len() / 2]
    };
    assert!((usual(false) - 1.0).abs() < 0.15, "{}", usual(false));
    // One missed beat is made up for, as Go's ticker does, and no more.
    assert!((usual(true) - SLOW.as_secs_f64()).abs() < 0.15, "after a slow answer: {}", usual(true));
}
