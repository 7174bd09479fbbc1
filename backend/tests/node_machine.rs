//! A node's container as a machine: its ports, its loss of power, its reboot.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[allow(dead_code, reason = "each test binary uses a part of it")]
mod node;

use std::time::{Duration, Instant};

use node::Bed;
use podground::runtime::{ContainerInfo, RunState};
use serde_json::{Value, json};
use shared::api::kind::known;

fn busybox(script: &str) -> Value {
    json!({"name": "c", "image": "busybox", "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", script]})
}

fn pod(container: Value) -> Value {
    json!({"terminationGracePeriodSeconds": 0, "containers": [container]})
}

/// Waits until `found` gives what is wanted.
async fn until<T: std::fmt::Debug>(what: &str, mut found: impl AsyncFnMut() -> T, wanted: impl Fn(&T) -> bool) {
    let began = Instant::now();
    loop {
        let now = found().await;
        if wanted(&now) {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(40), "{what}: still {now:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn runs(container: &ContainerInfo) -> bool {
    matches!(container.state, RunState::Running { .. })
}

fn restarts(pod: &Value) -> i64 {
    pod["status"]["containerStatuses"][0]["restartCount"].as_i64().unwrap_or(-1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_of_the_node_leads_to_its_pod() {
    let mut bed = Bed::new(1.0).await;
    let mut server = busybox("while :; do echo it is $(hostname) | nc -l -p 80; done");
    server["ports"] = json!([{"containerPort": 80, "hostPort": 8080}]);
    bed.apply("server", pod(server)).await;
    bed.apply("client", pod(busybox("sleep 3600"))).await;
    bed.ready("server").await;
    bed.ready("client").await;
    let ip = bed.node_ip();
    let ask = format!("nc -w 2 {ip} 8080 </dev/null");
    let from_pod = async |bed: &Bed| bed.exec("client", "c", &["sh", "-c", &ask]).await;
    let served = |text: &String| text == "it is server\n";
    until("from another Pod", async || from_pod(&bed).await, served).await;
    until("from the Pod itself", async || bed.exec("server", "c", &["sh", "-c", &ask]).await, served).await;
    for address in [ip.as_str(), "127.0.0.1"] {
        let ask = format!("exec 3<>/dev/tcp/{address}/8080 && cat <&3");
        let id = bed.node_id.clone();
        until("from the node", async || bed.run(&id, &["bash", "-c", &ask]).await, served).await;
    }
    let on_host = std::net::TcpStream::connect_timeout(&([127, 0, 0, 1], 8080).into(), Duration::from_secs(1));
    assert!(on_host.is_err(), "no port of the real host is opened");
    bed.restart(1.0).await;
    bed.ready("server").await;
    until("after a restart of the backend", async || from_pod(&bed).await, served).await;
    bed.delete("server", 0).await;
    bed.until("server", Value::is_null).await;
    until("after the Pod's end", async || from_pod(&bed).await, |text| !served(text)).await;
    bed.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_loses_its_power() {
    let mut bed = Bed::new(1.0).await;
    let mut spec = pod(busybox("date >> /data/boots; sleep 3600"));
    spec["containers"][0]["volumeMounts"] = json!([{"name": "data", "mountPath": "/data"}]);
    spec["volumes"] = json!([{"name": "data", "hostPath": {"path": "/data", "type": "DirectoryOrCreate"}}]);
    bed.apply("p", spec).await;
    let mut never = pod(busybox("sleep 3600"));
    never["restartPolicy"] = "Never".into();
    bed.apply("never", never).await;
    let before = bed.ready("p").await;
    bed.ready("never").await;

    bed.runtime.kill(&bed.node_id, "SIGKILL").await.unwrap();
    until("all ends with the node", async || bed.containers().await.iter().filter(|c| runs(c)).count(), |n| *n == 0)
        .await;
    let lease =
        |bed: &Bed| bed.client.get(known("leases"), "kube-node-lease", "master").unwrap().value()["spec"].clone();
    let silent = lease(&bed);
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(lease(&bed), silent, "a machine that is off says nothing");
    assert_eq!(bed.pod("p").unwrap()["status"], before["status"], "nobody has told otherwise");
    assert!(bed.log("p", "c", false).await.unwrap_err().contains("no route to host"));
    assert!(!bed.containers().await.iter().any(runs), "nothing is started meanwhile");

    bed.power_on().await;
    let booted = bed.until("p", |pod| restarts(pod) == 1 && node::is_ready(pod)).await;
    let last = &booted["status"]["containerStatuses"][0]["lastState"]["terminated"];
    assert_eq!((&last["exitCode"], &last["reason"]), (&json!(137), &json!("Error")));
    bed.phase("never", "Failed").await;
    until("the lease", async || lease(&bed), |now| *now != silent).await;
    let node_file = bed.run(&bed.node_id, &["wc", "-l", "/data/boots"]).await;
    assert_eq!(node_file, "2 /data/boots\n", "both boots wrote to the node's own file system");

    // While no backend looks: it finds out by the times of the starts.
    let id = bed.node_id.clone();
    bed.restart_after(1.0, async |runtime| {
        runtime.kill(&id, "SIGKILL").await.unwrap();
        runtime.start_container(&id).await.unwrap();
    })
    .await;
    bed.until("p", |pod| restarts(pod) == 2 && node::is_ready(pod)).await;

    // Removed and made anew: another machine of that name, whose files are its own.
    let gone = bed.node_id.clone();
    bed.runtime.remove(&gone).await.unwrap();
    until("all ends with the node", async || bed.containers().await.iter().filter(|c| runs(c)).count(), |n| *n == 0)
        .await;
    bed.power_on().await;
    bed.restart(1.0).await;
    bed.until("p", |pod| restarts(pod) == 3 && node::is_ready(pod)).await;
    assert_eq!(bed.run(&bed.node_id, &["wc", "-l", "/data/boots"]).await, "1 /data/boots\n");
    bed.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_takes_what_fits() {
    let mut bed = Bed::new(1.0).await;
    let node = async || bed.client.get(known("nodes"), "", "master").map_or(Value::Null, |n| n.value().clone());
    until("registered", node, |node| node["status"]["allocatable"]["cpu"] == "2").await;
    let asks = |cpu: &str| {
        let mut container = busybox("sleep 3600");
        container["resources"] = json!({"requests": {"cpu": cpu}});
        pod(container)
    };
    bed.apply("first", asks("1500m")).await;
    bed.ready("first").await;
    bed.apply("second", asks("600m")).await;
    let mut elsewhere = asks("1m");
    elsewhere["nodeSelector"] = json!({"disk": "ssd"});
    bed.apply("elsewhere", elsewhere).await;
    let check = |bed: &Bed| {
        let status = bed.pod("second").unwrap()["status"].clone();
        let message = "Node didn't have enough resource: cpu, requested: 600, used: 1500, capacity: 2000";
        assert_eq!(status["reason"], "OutOfcpu");
        assert_eq!(status["message"], format!("Pod was rejected: {message}"));
        assert!(status["containerStatuses"].is_null() && status["startTime"].is_string(), "{status}");
        message
    };
    bed.phase("second", "Failed").await;
    let message = check(&bed);
    bed.says(&[&format!("Warning OutOfcpu x1: {message}")]).await;
    assert_eq!(bed.phase("elsewhere", "Failed").await["status"]["reason"], "NodeAffinity");
    bed.restart(1.0).await;
    bed.ready("first").await;
    check(&bed);
    // What has been refused counts for nothing.
    bed.apply("third", asks("500m")).await;
    bed.ready("third").await;
    bed.delete("second", 0).await;
    bed.until("second", Value::is_null).await;
    bed.end().await;
}
