//! A node on a real engine: environment and volumes, and an attack on the host through a volume.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[allow(dead_code, reason = "each test binary uses a part of it")]
mod node;

use node::Bed;
use serde_json::{Value, json};

fn shell(script: &str, mounts: Value, volumes: Value) -> Value {
    json!({"restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "volumes": volumes, "containers": [
        {"name": "c", "image": "busybox", "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", script],
            "volumeMounts": mounts}]})
}

const STAY: &str = "trap exit TERM; while true; do sleep 1; done";

#[tokio::test(flavor = "multi_thread")]
async fn host_paths_stay_in_the_node() {
    let bed = Bed::new(1.0).await;
    let secret = "only-on-the-real-host";
    std::fs::write("/tmp/podground-attack", secret).unwrap();
    // A learner is root on the node, and points out of it.
    bed.run(&bed.node_id, &["sh", "-c", "ln -s / /home/evil; ln -s /tmp/podground-attack /home/file; ln -s /proc/1/root /home/magic; mkdir -p /tmp/below; ln -s ../../../../../../.. /tmp/below/up"]).await;
    let host_path = |path: &str, ty: &str| json!([{"name": "v", "hostPath": {"path": path, "type": ty}}]);
    let mount = json!([{"name": "v", "mountPath": "/v"}]);

    bed.apply("home", shell(STAY, mount.clone(), host_path("/home", ""))).await;
    bed.ready("home").await;
    assert!(bed.exec("home", "c", &["ls", "/v"]).await.contains("ubuntu"));
    bed.exec("home", "c", &["touch", "/v/from-the-pod"]).await;
    assert!(bed.run(&bed.node_id, &["ls", "/home"]).await.contains("from-the-pod"));
    bed.run(&bed.node_id, &["touch", "/home/from-the-node"]).await;
    assert!(bed.exec("home", "c", &["ls", "/v"]).await.contains("from-the-node"));

    for path in ["/home/evil", "/tmp/below/up", "/home/evil/home/evil"] {
        let name = format!("attack{}", path.len());
        bed.apply(&name, shell(STAY, mount.clone(), host_path(path, ""))).await;
        bed.ready(&name).await;
        let seen = bed
            .exec(&name, "c", &["sh", "-c", "cat /v/tmp/podground-attack; cat /v/etc/hostname; ls /v/var/lib/docker"])
            .await;
        assert!(!seen.contains(secret), "{path}: {seen}");
        assert!(seen.contains("master"), "{path} is the node's own root: {seen}");
        bed.delete(&name, 0).await;
    }
    for (path, ty, words) in [
        ("/home/magic", "", "Too many levels of symbolic links"),
        ("/nosuch", "Directory", "hostPath type check failed: /nosuch is not a directory"),
        ("/etc", "File", "hostPath type check failed: /etc is not a file"),
        ("/home/file", "File", "hostPath type check failed: /home/file is not a file"),
    ] {
        let name = format!("refused{}{}", path.len(), ty.to_lowercase());
        bed.apply(&name, shell(STAY, mount.clone(), host_path(path, ty))).await;
        bed.says(&[words]).await;
        bed.delete(&name, 0).await;
        bed.until(&name, Value::is_null).await;
    }
    // What is removed with a Pod is the Pod's, never what was bound into it.
    bed.delete("home", 0).await;
    bed.until("home", Value::is_null).await;
    assert!(bed.run(&bed.node_id, &["ls", "/home"]).await.contains("ubuntu"));
    assert_eq!(std::fs::read_to_string("/tmp/podground-attack").unwrap(), secret);
    std::fs::remove_file("/tmp/podground-attack").unwrap();
    bed.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn config_maps_secrets_and_the_pod_itself() {
    let bed = Bed::new(1.0).await;
    bed.create(
        "configmaps",
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": {"a": "1"}}),
    )
    .await;
    bed.create(
        "secrets",
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"user": "YWRtaW4="}}),
    )
    .await;
    let mounts = json!([{"name": "m", "mountPath": "/m"}, {"name": "s", "mountPath": "/s"}, {"name": "d", "mountPath": "/d"},
        {"name": "e", "mountPath": "/e"}, {"name": "t", "mountPath": "/t"}, {"name": "e", "mountPath": "/sub", "subPath": "x/y"}]);
    let volumes = json!([{"name": "m", "configMap": {"name": "m"}}, {"name": "s", "secret": {"secretName": "s"}},
        {"name": "d", "downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
        {"name": "e", "emptyDir": {}}, {"name": "t", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}]);
    let mut spec = shell(STAY, mounts, volumes);
    spec["containers"][0]["env"] = json!([
        {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "a"}}},
        {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
        {"name": "B", "value": "$(A)-$(NODE)"}]);
    spec["containers"][0]["envFrom"] = json!([{"secretRef": {"name": "s"}}]);
    bed.apply("p", spec).await;
    let pod = bed.ready("p").await;
    let run = async |script: &str| bed.exec("p", "c", &["sh", "-c", script]).await;
    assert_eq!(
        run("echo $A $B $user $IP").await,
        format!("1 1-master admin {}\n", pod["status"]["podIP"].as_str().unwrap())
    );
    assert_eq!(run("cat /m/a /s/user /d/labels").await, "1adminzone=\"a\"");
    assert_eq!(run("touch /m/b 2>&1").await, "touch: /m/b: Read-only file system\n");
    assert_eq!(run("echo hi > /sub/f; cat /e/x/y/f").await, "hi\n");
    assert!(run("mount | grep ' /s '").await.contains("tmpfs"));
    assert!(run("dd if=/dev/zero of=/t/f bs=1M count=2 2>&1").await.contains("No space left"));
    // Changes are followed.
    bed.merge("configmaps", "m", json!({"data": {"a": "2", "n": "3"}})).await;
    bed.merge("pods", "p", json!({"metadata": {"labels": {"zone": "b"}}})).await;
    let began = std::time::Instant::now();
    while run("cat /m/a /m/n /d/labels").await != "23zone=\"b\"" {
        assert!(began.elapsed().as_secs() < 10);
    }
    bed.delete("p", 0).await;
    bed.until("p", Value::is_null).await;
    bed.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_waited_for() {
    let bed = Bed::new(1.0).await;
    let mut spec = shell(STAY, json!([]), json!([]));
    spec["containers"][0]["envFrom"] = json!([{"configMapRef": {"name": "late"}}]);
    bed.apply("env", spec).await;
    let mount = json!([{"name": "v", "mountPath": "/v"}]);
    bed.apply("volume", shell(STAY, mount, json!([{"name": "v", "configMap": {"name": "late"}}]))).await;
    let pod = bed
        .until("env", |p| {
            p["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "CreateContainerConfigError"
        })
        .await;
    assert_eq!(pod["status"]["containerStatuses"][0]["state"]["waiting"]["message"], "configmap \"late\" not found");
    let words = "MountVolume.SetUp failed for volume \"v\" : configmap \"late\" not found";
    bed.says(&[words]).await;
    bed.create(
        "configmaps",
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "late"}, "data": {"a": "1"}}),
    )
    .await;
    let began = std::time::Instant::now();
    bed.ready("env").await;
    bed.ready("volume").await;
    assert!(began.elapsed().as_secs() < 5, "at once, not at the next retry");
    bed.end().await;
}
