//! A node on a real engine: probes, hooks, init containers, several containers, limits.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[allow(dead_code, reason = "each test binary uses a part of it")]
mod node;

use node::{Bed, is_ready};
use serde_json::{Value, json};

const STAY: &str = "trap exit TERM; while true; do sleep 1; done";

#[tokio::test(flavor = "multi_thread")]
async fn probes_restart_and_make_ready() {
    let bed = Bed::new(1.0).await;
    let probe = |path: &str| json!({"httpGet": {"path": path, "port": 80}, "periodSeconds": 1, "failureThreshold": 2});
    let nginx = json!({"name": "nginx", "image": "nginx", "imagePullPolicy": "IfNotPresent"});
    let mut live = json!({"containers": [nginx.clone()]});
    live["containers"][0]["livenessProbe"] = probe("/live");
    bed.apply("live", live).await;
    let mut ready = json!({"containers": [nginx]});
    ready["containers"][0]["readinessProbe"] = probe("/ready");
    bed.apply("ready", ready).await;
    let cat = json!({"exec": {"command": ["cat", "/tmp/ready"]}, "periodSeconds": 1});
    bed.apply(
        "cmd",
        json!({"containers": [{"name": "c", "image": "busybox", "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", STAY], "readinessProbe": cat}]}),
    )
    .await;

    let pod = bed.until("live", |p| p["status"]["containerStatuses"][0]["restartCount"] == 1).await;
    assert_eq!(pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["exitCode"], 0, "nginx ends well");
    // A first probe may come before nginx listens, and counts as well; which of them fail so is the machine's affair.
    bed.says(&[
        "Liveness probe failed: HTTP probe failed with statuscode: 404",
        "Normal Killing x1: Container nginx failed liveness probe, will be restarted",
        "Readiness probe failed: HTTP probe failed with statuscode: 404",
        "Readiness probe failed: cat: can't open '/tmp/ready': No such file or directory",
    ])
    .await;
    assert!(!is_ready(&bed.pod("ready").unwrap()) && !is_ready(&bed.pod("cmd").unwrap()));
    bed.exec("ready", "nginx", &["touch", "/usr/share/nginx/html/ready"]).await;
    bed.exec("cmd", "c", &["touch", "/tmp/ready"]).await;
    bed.ready("ready").await;
    bed.ready("cmd").await;
    assert!(bed.log("ready", "nginx", false).await.unwrap().contains("\"GET /ready HTTP/1.1\" 404"));
    bed.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn init_containers_sidecars_and_hooks() {
    let bed = Bed::new(1.0).await;
    let container = |name: &str, script: &str| {
        json!({"name": name, "image": "busybox", "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", script],
            "volumeMounts": [{"name": "w", "mountPath": "/w"}]})
    };
    let mut sidecar = container(
        "side",
        "echo side >> /w/log; trap 'echo side-end >> /w/log; exit' TERM; while true; do sleep 0.1; done",
    );
    sidecar["restartPolicy"] = "Always".into();
    let mut main = container(
        "main",
        "echo main >> /w/log; trap 'echo main-end >> /w/log; exit' TERM; while true; do sleep 0.1; done",
    );
    main["lifecycle"] = json!({"postStart": {"exec": {"command": ["sh", "-c", "sleep 0.5; echo hook >> /w/log"]}},
        "preStop": {"exec": {"command": ["sh", "-c", "echo stop >> /w/log"]}}});
    bed.run(&bed.node_id, &["mkdir", "-p", "/tmp/w"]).await;
    bed.apply("p", json!({"volumes": [{"name": "w", "hostPath": {"path": "/tmp/w"}}], "containers": [main],
        "initContainers": [container("first", "echo first >> /w/log"), sidecar, container("second", "echo second >> /w/log")]})).await;
    bed.ready("p").await;
    assert_eq!(bed.run(&bed.node_id, &["cat", "/tmp/w/log"]).await, "first\nside\nsecond\nmain\nhook\n");
    bed.delete("p", 10).await;
    bed.until("p", Value::is_null).await;
    let log = bed.run(&bed.node_id, &["cat", "/tmp/w/log"]).await;
    assert!(log.ends_with("stop\nmain-end\nside-end\n"), "{log}");
    bed.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn containers_share_a_network_and_a_limit_kills() {
    let bed = Bed::new(1.0).await;
    bed.apply(
        "two",
        json!({"restartPolicy": "Never", "containers": [
        {"name": "nginx", "image": "nginx", "imagePullPolicy": "IfNotPresent"},
        {"name": "curl", "image": "curlimages/curl", "imagePullPolicy": "IfNotPresent", "command": ["sh"],
            "args": ["-c", "sleep 1; curl -s localhost; sleep 3600"]}]}),
    )
    .await;
    bed.apply(
        "oom",
        json!({"restartPolicy": "Never", "containers": [{"name": "c", "image": "python:3.7",
        "imagePullPolicy": "IfNotPresent", "command": ["python"],
        "args": ["-c", "arr = []\nwhile True: arr.append(bytearray(1 << 20))"],
        "resources": {"limits": {"cpu": "500m", "memory": "64Mi"}}}]}),
    )
    .await;
    let pod = bed.phase("oom", "Failed").await;
    let terminated = &pod["status"]["containerStatuses"][0]["state"]["terminated"];
    assert_eq!((&terminated["reason"], &terminated["exitCode"]), (&json!("OOMKilled"), &json!(137)));
    bed.ready("two").await;
    let began = std::time::Instant::now();
    while !bed.log("two", "curl", false).await.unwrap().to_lowercase().contains("nginx") {
        assert!(began.elapsed().as_secs() < 20, "{:?}", bed.log("two", "curl", false).await);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    bed.end().await;
}
