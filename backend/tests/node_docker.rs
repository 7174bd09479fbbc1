//! A node on a real engine: run, crash, delete, take over.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[allow(dead_code, reason = "each test binary uses a part of it")]
mod node;

use std::collections::BTreeMap;
use std::time::Instant;

use node::Bed;
use serde_json::json;

fn sleeper(grace: i64) -> serde_json::Value {
    json!({"terminationGracePeriodSeconds": grace, "containers": [
        {"name": "c", "image": "busybox", "imagePullPolicy": "IfNotPresent", "command": ["sleep", "3600"]}]})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_runs_and_is_removed_without_a_trace() {
    let bed = Bed::new(1.0).await;
    let began = Instant::now();
    bed.apply("p", sleeper(1)).await;
    let pod = bed.ready("p").await;
    println!("ready after {:?}", began.elapsed());
    let status = &pod["status"];
    assert_eq!(status["phase"], "Running");
    assert_eq!(status["containerStatuses"][0]["restartCount"], 0);
    assert!(status["podIP"].as_str().unwrap().starts_with("10.46."), "{status:#}");
    assert_eq!(bed.exec("p", "c", &["hostname"]).await, "p\n");
    let hosts = bed.exec("p", "c", &["cat", "/etc/hosts"]).await;
    assert!(hosts.starts_with("# Kubernetes-managed hosts file."), "{hosts}");
    let began = Instant::now();
    bed.delete("p", 1).await;
    bed.until("p", serde_json::Value::is_null).await;
    println!("gone after {:?}", began.elapsed());
    assert_eq!(bed.containers().await, []);
    let words = bed.events();
    let expected = [
        "Normal Pulled x1: Container image \"busybox\" already present on machine and can be accessed by the pod",
        "Normal Created x1: Container created",
        "Normal Started x1: Container started",
        "Normal Killing x1: Stopping container c",
    ];
    assert_eq!(words, expected);
    bed.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crashes_back_off_and_keep_their_logs() {
    let mut bed = Bed::new(5.0).await;
    bed.apply(
        "p",
        json!({"containers": [{"name": "c", "image": "busybox", "imagePullPolicy": "IfNotPresent",
            "command": ["sh", "-c", "echo run; echo why > /dev/termination-log; exit 3"]}]}),
    )
    .await;
    let waiting = |pod: &serde_json::Value| pod["status"]["containerStatuses"][0]["state"]["waiting"].clone();
    let pod = bed.until("p", |pod| waiting(pod)["reason"] == "CrashLoopBackOff").await;
    let container = &pod["status"]["containerStatuses"][0];
    assert_eq!(container["restartCount"], 1);
    assert!(
        waiting(&pod)["message"]
            .as_str()
            .unwrap()
            .starts_with("back-off 2s restarting failed container=c pod=p_default(")
    );
    let last = &container["lastState"]["terminated"];
    assert_eq!((&last["exitCode"], &last["reason"], &last["message"]), (&json!(3), &json!("Error"), &json!("why\n")));
    assert_eq!(bed.log("p", "c", true).await.unwrap(), "run\n");
    // The back-off goes on over a restart of the backend.
    bed.restart(5.0).await;
    let pod = bed.until("p", |pod| pod["status"]["containerStatuses"][0]["restartCount"] == 2).await;
    assert_eq!(pod["status"]["phase"], "Running");
    bed.until("p", |pod| waiting(pod)["message"].as_str().is_some_and(|m| m.starts_with("back-off 4s"))).await;
    bed.delete("p", 0).await;
    bed.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_backend_takes_over() {
    let mut bed = Bed::new(1.0).await;
    bed.apply("p", sleeper(0)).await;
    let before = bed.ready("p").await;
    bed.apply("gone", sleeper(0)).await;
    bed.ready("gone").await;
    bed.restart(1.0).await;
    // Removed while nobody looked: what is left of it goes.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let after = bed.ready("p").await;
    assert_eq!(before["status"], after["status"]);
    let ip = before["status"]["podIP"].clone();
    bed.apply("q", sleeper(0)).await;
    let other = bed.ready("q").await;
    assert_ne!(other["status"]["podIP"], ip);
    bed.delete("p", 0).await;
    for _ in 0..200 {
        if bed.containers().await.len() == 4 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(bed.containers().await.len(), 4, "two Pods of two containers are left");
    bed.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pods_that_end() {
    let bed = Bed::new(1.0).await;
    let end = |script: &str| {
        json!({"restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox",
            "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", script]}]})
    };
    bed.apply("good", end("echo hello")).await;
    bed.apply("bad", end("exit 7")).await;
    let good = bed.phase("good", "Succeeded").await;
    assert_eq!(good["status"]["containerStatuses"][0]["state"]["terminated"]["reason"], "Completed");
    assert_eq!(bed.log("good", "c", false).await.unwrap(), "hello\n");
    let bad = bed.phase("bad", "Failed").await;
    assert_eq!(bad["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"], 7);
    bed.apply("no-image", json!({"containers": [{"name": "c", "image": "nosuch.invalid/x", "command": ["x"]}]})).await;
    bed.until("no-image", |p| p["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "ErrImagePull")
        .await;
    bed.until("no-image", |p| p["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "ImagePullBackOff")
        .await;
    bed.apply(
        "no-command",
        json!({"containers": [{"name": "c", "image": "busybox", "command": ["/nosuch"],
        "imagePullPolicy": "IfNotPresent"}]}),
    )
    .await;
    let pod =
        bed.until("no-command", |p| !p["status"]["containerStatuses"][0]["lastState"]["terminated"].is_null()).await;
    assert_eq!(pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["reason"], "StartError");
    bed.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_do_to_containers_is_mended() {
    let bed = Bed::new(10.0).await;
    bed.apply("p", sleeper(1)).await;
    let before = bed.ready("p").await;
    let id = |pod: &serde_json::Value| {
        let id = pod["status"]["containerStatuses"][0]["containerID"].as_str().unwrap_or_default();
        id.trim_start_matches("docker://").to_owned()
    };
    let restarted = |count: i64| {
        move |pod: &serde_json::Value| {
            pod["status"]["containerStatuses"][0]["restartCount"] == count && node::is_ready(pod)
        }
    };
    bed.runtime.kill(&id(&before), "SIGKILL").await.unwrap();
    let killed = bed.until("p", restarted(1)).await;
    let last = &killed["status"]["containerStatuses"][0]["lastState"]["terminated"];
    assert_eq!((&last["reason"], &last["exitCode"]), (&json!("Error"), &json!(137)));
    bed.runtime.remove(&id(&killed)).await.unwrap();
    let removed = bed.until("p", restarted(2)).await;
    // The pod sandbox takes the whole Pod with it; its address stays.
    let pause = bed.containers().await.into_iter().find(|c| c.ip.is_some()).unwrap();
    bed.runtime.remove(&pause.id).await.unwrap();
    let renewed = bed.until("p", restarted(3)).await;
    assert_eq!(before["status"]["podIP"], renewed["status"]["podIP"]);
    assert_ne!(id(&removed), id(&renewed));
    assert_eq!(bed.exec("p", "c", &["cat", "/proc/sys/kernel/hostname"]).await, "p\n");
    bed.delete("p", 1).await;
    bed.until("p", serde_json::Value::is_null).await;
    assert_eq!(bed.containers().await, []);
    bed.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_resolved_as_the_pod_says() {
    let bed = Bed::new(1.0).await;
    let mut spec = sleeper(0);
    spec["dnsPolicy"] = "None".into();
    spec["dnsConfig"] = json!({"nameservers": ["8.8.8.8"], "searches": ["default.svc.cluster.local"]});
    spec["hostAliases"] = json!([{"ip": "1.2.3.4", "hostnames": ["there"]}]);
    bed.apply("p", spec).await;
    bed.ready("p").await;
    let found = bed.exec("p", "c", &["cat", "/etc/resolv.conf"]).await;
    assert_eq!(found, "search default.svc.cluster.local\nnameserver 8.8.8.8\n");
    assert!(bed.exec("p", "c", &["cat", "/etc/hosts"]).await.ends_with("1.2.3.4\tthere\n"));
    bed.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_log_is_the_message_of_a_failure() {
    let mut bed = Bed::new(1.0).await;
    let container = |name: &str, script: &str| {
        json!({"name": name, "image": "busybox", "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", script],
            "terminationMessagePolicy": "FallbackToLogsOnError"})
    };
    let spec = json!({"restartPolicy": "Never", "containers": [
        container("short", "echo no; echo database >&2; exit 1"),
        container("long", "for i in $(seq 100); do echo line $i; done; exit 1"),
        container("wide", "head -c 5000 /dev/zero | tr '\\0' x; exit 1"),
        container("own", "echo log; echo file > /dev/termination-log; exit 1"),
        container("good", "echo log"),
    ]});
    bed.apply("p", spec).await;
    let messages = |pod: &serde_json::Value| {
        let statuses = pod["status"]["containerStatuses"].as_array().unwrap().iter();
        let message = |c: &serde_json::Value| c["state"]["terminated"]["message"].as_str().unwrap_or("-").to_owned();
        let found: BTreeMap<_, _> = statuses.map(|c| (c["name"].as_str().unwrap().to_owned(), message(c))).collect();
        found
    };
    let found = messages(&bed.phase("p", "Failed").await);
    // Standard output and error are two streams: their order is the engine's.
    let mut short: Vec<&str> = found["short"].lines().collect();
    short.sort_unstable();
    assert_eq!(short, ["database", "no"]);
    let last: String = (21..=100).map(|i| format!("line {i}\n")).collect();
    assert_eq!((&found["long"], &found["wide"]), (&last, &"x".repeat(2048)));
    assert_eq!((found["own"].as_str(), found["good"].as_str()), ("file\n", "-"));
    bed.restart(1.0).await;
    bed.merge("pods", "p", json!({"metadata": {"labels": {"seen": "again"}}})).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(messages(&bed.pod("p").unwrap()), found);
    bed.end().await;
}
