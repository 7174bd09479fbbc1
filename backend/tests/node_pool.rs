//! Pod sandboxes made ahead, on a real engine: a Pod cannot tell that its own was.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[allow(dead_code, reason = "each test binary uses a part of it")]
mod node;

use node::Bed;
use podground::runtime::{ContainerSpec, RunState, labels};
use serde_json::{Value, json};

fn runs(command: &[&str]) -> Value {
    json!({"name": "c", "image": "busybox", "imagePullPolicy": "IfNotPresent", "command": command})
}

fn sleeper() -> Value {
    json!({"terminationGracePeriodSeconds": 0, "containers": [runs(&["sleep", "3600"])]})
}

/// The pod sandbox of the only Pod there is.
async fn sandbox(bed: &Bed) -> String {
    let found = bed.containers().await;
    found.iter().find_map(|c| c.labels.get(labels::POD_SANDBOX)).expect("there is one").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_pods_see_their_own_name_only() {
    let bed = Bed::new(1.0).await;
    for n in 0..20 {
        let name = format!("p{n}");
        let members = bed.pooled(1).await;
        let command = "hostname; cat /etc/hostname; echo $HOSTNAME; hostname -i";
        bed.apply(&name, json!({"restartPolicy": "Never", "containers": [runs(&["sh", "-c", command])]})).await;
        let pod = bed.phase(&name, "Succeeded").await;
        let ip = pod["status"]["podIP"].as_str().unwrap();
        assert_eq!(bed.log(&name, "c", false).await.unwrap(), format!("{name}\n{name}\n{name}\n{ip}\n"));
        let sandbox = sandbox(&bed).await;
        assert!(members.iter().any(|member| member.id == sandbox), "it is one that waited");
        assert_eq!(pod["status"]["containerStatuses"][0]["restartCount"], 0);
        bed.delete(&name, 0).await;
        bed.left(0).await;
    }
    bed.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_container_of_a_pod_has_its_name() {
    let bed = Bed::new(20.0).await;
    let member = bed.pooled(1).await.remove(0).id;
    let named = |name: &str, script: &str| {
        json!({"name": name, "image": "busybox", "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", script]})
    };
    let spec = json!({"hostname": "own", "terminationGracePeriodSeconds": 0, "shareProcessNamespace": true,
        "initContainers": [named("i", "hostname")],
        "containers": [named("a", "hostname; sleep 3600"), named("b", "hostname; exit 1")]});
    bed.apply("p", spec).await;
    bed.until("p", |pod| {
        let statuses = pod["status"]["containerStatuses"].as_array();
        statuses.into_iter().flatten().any(|c| c["name"] == "b" && c["restartCount"].as_i64() >= Some(2))
    })
    .await;
    assert_eq!(sandbox(&bed).await, member);
    for name in ["i", "a", "b"] {
        assert_eq!(bed.log("p", name, false).await.unwrap(), "own\n", "{name}");
    }
    assert_eq!(bed.log("p", "b", true).await.unwrap(), "own\n");
    bed.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_backend_takes_the_pool_over() {
    let mut bed = Bed::new(1.0).await;
    bed.pooled(1).await;
    bed.apply("p", sleeper()).await;
    let before = bed.ready("p").await["status"].clone();
    let mut containers = bed.containers().await;
    let waiting = bed.pooled(1).await.remove(0);
    bed.restart(1.0).await;
    bed.says(&["Started"]).await;
    // Whose the member that waited was last, nobody can know.
    while bed.runtime.inspect(&waiting.id).await.unwrap().is_some() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    bed.pooled(1).await;
    bed.apply("q", sleeper()).await;
    let q = bed.ready("q").await;
    assert_eq!(bed.pod("p").unwrap()["status"], before);
    assert_eq!(bed.exec("p", "c", &["hostname"]).await, "p\n");
    assert_eq!(bed.exec("q", "c", &["hostname"]).await, "q\n");
    assert_ne!(q["status"]["podIP"], before["podIP"]);
    bed.delete("q", 0).await;
    // Of a Pod removed by force the object goes first.
    bed.left(2).await;
    let mut now = bed.containers().await;
    for list in [&mut containers, &mut now] {
        list.sort_by(|a, b| a.id.cmp(&b.id));
    }
    assert_eq!(now, containers);
    bed.delete("p", 0).await;
    bed.left(0).await;
    bed.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_backend_left_is_put_right() {
    let mut bed = Bed::new(1.0).await;
    bed.pooled(1).await;
    bed.apply("p", sleeper()).await;
    let pod = bed.ready("p").await;
    let sandbox = sandbox(&bed).await;
    let left = bed.pooled(1).await.remove(0).id;
    let before = bed.containers().await;
    bed.restart_after(1.0, async |runtime| {
        // Killed between the start of the container and its name; and a member has died.
        let app = before.iter().find(|c| c.labels.contains_key(labels::CONTAINER)).unwrap();
        runtime.remove(&app.id).await.unwrap();
        let spec = ContainerSpec {
            name: app.name.clone(),
            image: "busybox".to_owned(),
            pod_sandbox: sandbox.clone(),
            command: Some(["sh", "-c", "echo run; sleep 3600"].map(str::to_owned).to_vec()),
            labels: app.labels.clone(),
            ..ContainerSpec::default()
        };
        let id = runtime.create_container(&spec).await.unwrap();
        runtime.start_container(&id).await.unwrap();
        assert_ne!(runtime.hostname(&id).await.unwrap(), "p");
        runtime.kill(&left, "SIGKILL").await.unwrap();
        while matches!(runtime.inspect(&left).await.unwrap().unwrap().state, RunState::Running { .. }) {}
    })
    .await;
    let id = &pod["status"]["containerStatuses"][0]["containerID"];
    bed.until("p", |pod| pod["status"]["containerStatuses"][0]["containerID"] != *id && node::is_ready(pod)).await;
    assert_eq!(bed.exec("p", "c", &["hostname"]).await, "p\n");
    assert_eq!(bed.log("p", "c", false).await.unwrap(), "run\n", "the same that the killed one started");
    assert_ne!(bed.pooled(1).await.remove(0).id, left);
    assert!(bed.runtime.inspect(&left).await.unwrap().is_none());
    bed.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn grows_with_demand_and_replaces_what_dies() {
    let bed = Bed::new(1.0).await;
    let member = bed.pooled(1).await.remove(0).id;
    bed.runtime.kill(&member, "SIGKILL").await.unwrap();
    while bed.runtime.inspect(&member).await.unwrap().is_some() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    bed.pooled(1).await;
    for name in ["a", "b", "c"] {
        bed.apply(name, sleeper()).await;
    }
    let mut addresses = Vec::new();
    for name in ["a", "b", "c"] {
        addresses.push(bed.ready(name).await["status"]["podIP"].to_string());
        assert_eq!(bed.exec(name, "c", &["hostname"]).await, format!("{name}\n"));
    }
    addresses.extend(bed.pooled(3).await.into_iter().map(|c| format!("{:?}", c.labels[labels::POD_IP])));
    addresses.sort();
    addresses.dedup();
    assert_eq!(addresses.len(), 6, "{addresses:?}");
    bed.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_with_kernel_parameters_gets_its_own() {
    let bed = Bed::new(1.0).await;
    let member = bed.pooled(1).await.remove(0).id;
    let mut spec = sleeper();
    spec["securityContext"] = json!({"sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "7"}]});
    bed.apply("p", spec).await;
    bed.ready("p").await;
    assert_eq!(bed.exec("p", "c", &["cat", "/proc/sys/net/ipv4/ip_unprivileged_port_start"]).await, "7\n");
    assert_eq!(bed.exec("p", "c", &["hostname"]).await, "p\n");
    assert_eq!(bed.pool().await.remove(0).id, member);
    bed.end().await;
}
