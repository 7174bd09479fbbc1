//! What containers on a real engine use, as the real kubectl shows it.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[allow(dead_code, reason = "each test binary uses a part of it")]
mod node;

use std::time::Duration;

use node::Bed;
use serde_json::json;

/// Runs a kubectl against the bed's API.
async fn kubectl(version: &str, server: &str, words: &'static str) -> String {
    let home = std::env::var("HOME").unwrap();
    let path = format!("{home}/.cache/podground/kubectl/{version}/kubectl");
    assert!(std::path::Path::new(&path).exists(), "no kubectl at {path}: run `cargo xtask setup`");
    let mut command = tokio::process::Command::new(path);
    command.args(words.split(' ')).arg(format!("--server={server}")).env("KUBECONFIG", "/dev/null");
    let output = command.env("KUBECACHEDIR", "/dev/null").output().await.unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The cells of each line.
fn cells(text: &str) -> Vec<Vec<&str>> {
    text.lines().map(|line| line.split_whitespace().collect()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn kubectl_top() {
    let bed = Bed::new(15.0).await;
    let server = bed.serve().await;
    assert_eq!(kubectl("v1.35", &server, "top pod").await, "No resources found in default namespace.\n");
    let container = |name: &str, script: &str| json!({"name": name, "image": "busybox", "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", script]});
    // 40 MB that are held, and a CPU that is kept busy.
    let hold = "x=$(head -c 40000000 /dev/zero | tr '\\0' x); while :; do sleep 3600; done";
    let spec = json!({"terminationGracePeriodSeconds": 0, "containers": [
        container("busy", "while :; do :; done"), container("holds", hold)]});
    bed.apply("works", spec).await;
    bed.apply("ended", json!({"restartPolicy": "Never", "containers": [container("c", "exit 0")]})).await;
    bed.ready("works").await;
    bed.phase("ended", "Succeeded").await;
    let used = |text: &str| -> Option<(u64, u64)> {
        let [.., cpu, memory] = *cells(text).last()?.as_slice() else { return None };
        Some((cpu.strip_suffix('m')?.parse().ok()?, memory.strip_suffix("Mi")?.parse().ok()?))
    };
    for version in ["v1.35", "v1.28"] {
        let began = std::time::Instant::now();
        let text = loop {
            let text = kubectl(version, &server, "top pod").await;
            // Before it has been measured, and before the second reading with everything in it.
            if used(&text).is_some_and(|(cpu, memory)| cpu > 0 && memory >= 38) {
                break text;
            }
            assert!(began.elapsed() < Duration::from_secs(40), "still {text}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        let lines = cells(&text);
        assert_eq!(lines[0], ["NAME", "CPU(cores)", "MEMORY(bytes)"]);
        assert_eq!((lines.len(), lines[1][0]), (2, "works"), "what has ended uses nothing: {text}");
        let parts = kubectl(version, &server, "top pod works --containers --sort-by=memory").await;
        assert_eq!(cells(&parts)[1][..2], ["works", "holds"], "{parts}");
        assert_eq!(cells(&parts)[2][..2], ["works", "busy"], "{parts}");
        assert_eq!(
            cells(&kubectl(version, &server, "top pod -A -l zone=a --no-headers").await)[0][..2],
            ["default", "works"]
        );
        let none = kubectl(version, &server, "top pod -l zone=b").await;
        assert_eq!(none, "No resources found in default namespace.\n");
        assert_eq!(cells(&kubectl(version, &server, "top pod --sum").await).len(), 4);
        let ended = kubectl(version, &server, "top pod ended").await;
        assert_eq!(ended, "Error from server (NotFound): podmetrics.metrics.k8s.io \"default/ended\" not found\n");
        let node = kubectl(version, &server, "top node --no-headers").await;
        let node = cells(&node);
        let [name, cpu, share, memory, _] = *node[0].as_slice() else { panic!("{node:?}") };
        assert_eq!(name, "master");
        let number = |text: &str, unit: &str| text.strip_suffix(unit).unwrap().parse::<u64>().unwrap();
        assert!(number(cpu, "m") > 0 && number(memory, "Mi") >= 38, "{node:?}");
        // Of two CPUs, rounded down.
        assert_eq!(number(share, "%"), number(cpu, "m") / 20);
    }
    bed.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_takes_too_much_disk_is_evicted() {
    let bed = Bed::new(50.0).await;
    let container = |script: &str, limits: serde_json::Value| {
        json!([{"name": "c", "image": "busybox", "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", script], "resources": {"limits": limits},
        "volumeMounts": [{"name": "v", "mountPath": "/v"}]}])
    };
    let volumes = |limit: &str| json!([{"name": "v", "emptyDir": {"sizeLimit": limit}}]);
    let write =
        |path: &str, kilobytes: u32| format!("head -c {kilobytes}000 /dev/zero > {path}; while :; do sleep 1; done");
    let none = || json!({});
    bed.apply("volume", json!({"containers": container(&write("/v/f", 2000), none()), "volumes": volumes("1Mi")}))
        .await;
    let own = container(&write("/f", 2000), json!({"ephemeral-storage": "1Mi"}));
    bed.apply("own", json!({"containers": own, "volumes": volumes("1Mi")})).await;
    let small = container(&write("/v/f", 500), json!({"ephemeral-storage": "1Mi"}));
    bed.apply("small", json!({"containers": small, "volumes": volumes("1Mi")})).await;
    for (name, message) in [
        ("volume", "Usage of EmptyDir volume \"v\" exceeds the limit \"1Mi\". "),
        ("own", "Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. "),
    ] {
        let status = bed.phase(name, "Failed").await["status"].clone();
        assert_eq!((status["reason"].as_str(), status["message"].as_str()), (Some("Evicted"), Some(message)));
        let conditions = status["conditions"].as_array().unwrap();
        let condition = conditions.iter().find(|c| c["type"] == "DisruptionTarget").expect("a condition");
        assert_eq!((&condition["status"], &condition["reason"]), (&json!("True"), &json!("TerminationByKubelet")));
        bed.says(&["Evicted", message.trim_end()]).await;
    }
    // Looked at as often as the others, and left alone.
    assert_eq!(bed.ready("small").await["status"]["reason"], json!(null));
    bed.end().await;
}
