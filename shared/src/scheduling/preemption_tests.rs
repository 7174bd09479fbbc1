//! Preemption as a table: who is on the nodes, and who has to go.

use serde_json::{Value, json};

use super::{Choice, Cluster, PodInfo, Preemption};

fn node(name: &str, spec: Value) -> Value {
    json!({"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}, "spec": spec,
        "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "110"}}})
}

/// `name node priority cpu`, and in turn when it started.
fn pod(line: &str, started: usize) -> Value {
    let [name, node, priority, cpu] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
    json!({"metadata": {"name": name, "namespace": "default", "uid": name, "labels": {"app": name}},
        "spec": {"nodeName": node, "priority": priority.parse::<i64>().unwrap(),
            "containers": [{"name": "c", "resources": {"requests": {"cpu": cpu}}}]},
        "status": {"startTime": format!("2026-01-01T00:00:{started:02}Z")}})
}

fn cluster(pods: &[&str]) -> Cluster {
    let mut cluster = Cluster::default();
    cluster.set_node(&node("a", json!({})));
    cluster.set_node(&node("b", json!({})));
    for (at, line) in pods.iter().enumerate() {
        cluster.set_pod(PodInfo::new(&pod(line, at)));
    }
    cluster
}

/// What is done for a Pod: `node`, `node: victims` or the message's tail.
fn outcome(cluster: &mut Cluster, new: &Value) -> String {
    let before = format!("{:?}", cluster.nodes().collect::<Vec<_>>());
    let choice = cluster.decide(&PodInfo::new(new), 0);
    assert_eq!(format!("{:?}", cluster.nodes().collect::<Vec<_>>()), before, "thinking changes nothing");
    match choice {
        Choice::Node(name) => name.to_string(),
        Choice::None { message, preemption: Preemption::Node { node, victims, displaced } } => {
            assert!(!message.contains("preemption:"), "{message}");
            let names = |pods: &[std::sync::Arc<PodInfo>]| pods.iter().map(|p| &*p.name).collect::<Vec<_>>().join(" ");
            let displaced =
                if displaced.is_empty() { String::new() } else { format!(" instead of {}", names(&displaced)) };
            format!("{node}: {}{displaced}", names(&victims))
        }
        Choice::None { message, .. } => message.split_once("preemption: ").unwrap().1.to_owned(),
    }
}

#[test]
fn victims() {
    let check = |pods: &[&str], line: &str, expected: &str| {
        let found = outcome(&mut cluster(pods), &pod(line, 0));
        assert_eq!(found, expected, "{line} among {pods:?}");
    };
    // Nobody has to go where there is room.
    check(&["x a 0 2"], "new  9 1", "b");
    // Those of lowest priority go, and of these as few as will do.
    check(&["x a 5 2", "y b 3 2"], "new  9 1", "b: y");
    check(&["x a 0 1", "y a 0 1", "z b 0 2"], "new  9 1", "b: z");
    check(&["x a 0 500m", "y a 0 1500m", "z b 7 2"], "new  9 500m", "a: y");
    check(&["x a 0 1", "y a 1 1", "z b 7 2"], "new  9 1", "a: x");
    check(&["x a 0 1", "y a 0 1", "z b 7 2"], "new  9 2", "a: x y");
    // The most important victim decides, then the sum, then how many they are.
    check(&["x a 1 1", "y a 3 1", "z b 2 1", "w b 2 1"], "new  9 2", "b: z w");
    check(&["x a 3 1", "y a 1 1", "z b 3 1", "w b 2 1"], "new  9 2", "a: x y");
    check(&["x a 1 500m", "y a 1 500m", "w a 1 1", "z b 1 2"], "new  9 2", "b: z");
    // Among equals the one goes that has run for the shortest time, on the node as on all of them.
    check(&["x a 0 1", "y a 0 1", "z b 7 2"], "new  9 1", "a: y");
    check(&["x a 0 2", "y b 0 2"], "new  9 2", "b: y");
    check(&["y b 0 2", "x a 0 2"], "new  9 2", "a: x");
}

#[test]
fn the_tails_words() {
    let check = |pods: &[&str], mut change: Value, expected: &str| {
        let mut new = pod("new  9 1", 0);
        let fields = change.as_object_mut().unwrap();
        new["spec"].as_object_mut().unwrap().append(fields);
        assert_eq!(outcome(&mut cluster(pods), &new), expected);
    };
    let equals = ["x a 9 2", "y b 9 2"];
    check(&equals, json!({}), "0/2 nodes are available: 2 No preemption victims found for incoming pod.");
    check(&["x a 0 2", "y b 0 2"], json!({"preemptionPolicy": "Never"}), "not eligible due to preemptionPolicy=Never.");
    // Evicting who may be evicted is not enough.
    check(
        &["x a 0 1", "w a 9 1500m", "y b 9 2"],
        json!({}),
        "0/2 nodes are available: 1 Insufficient cpu, 1 No preemption victims found for incoming pod.",
    );
    check(
        &["x a 0 2", "y b 9 2"],
        json!({"nodeSelector": {"kubernetes.io/hostname": "b"}}),
        "0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.",
    );
}

#[test]
fn a_pod_far_from_others_displaces_those_it_must_be_far_from() {
    let mut cluster = cluster(&["near a 0 100m", "calm a 0 100m", "y b 9 2"]);
    let mut new = pod("new  9 100m", 0);
    new["spec"]["affinity"] = json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
        [{"labelSelector": {"matchLabels": {"app": "near"}}, "topologyKey": "kubernetes.io/hostname"}]}});
    assert_eq!(outcome(&mut cluster, &new), "a: near");
}

#[test]
fn a_nominated_node_is_kept_for_its_pod() {
    let mut cluster = cluster(&["x a 0 2", "y b 9 2"]);
    let mut first = pod("first  5 2", 0);
    assert_eq!(outcome(&mut cluster, &first), "a: x");
    first["status"]["nominatedNodeName"] = json!("a");
    cluster.nominate(&PodInfo::new(&first), "a");
    let mut leaving = pod("x a 0 2", 0);
    leaving["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    leaving["status"]["conditions"] =
        json!([{"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}]);
    cluster.set_pod(PodInfo::new(&leaving));
    assert_eq!(outcome(&mut cluster, &first), "not eligible due to a terminating pod on the nominated node.");
    cluster.remove_pod("x");
    // Neither one below nor an equal gets the place, one above does.
    let none = "0/2 nodes are available: 2 No preemption victims found for incoming pod.";
    assert_eq!(outcome(&mut cluster, &pod("low  1 1", 0)), none);
    assert_eq!(outcome(&mut cluster, &pod("equal  5 1", 0)), none);
    assert_eq!(outcome(&mut cluster, &pod("high  6 1", 0)), "a");
    assert_eq!(outcome(&mut cluster, &first), "a");
    assert!(cluster.renounce("first"));
    assert_eq!(outcome(&mut cluster, &pod("low  1 1", 0)), "a");
    // Whoever makes room where another waits for it, takes its nomination.
    cluster.set_pod(PodInfo::new(&pod("z a 0 2", 0)));
    cluster.nominate(&PodInfo::new(&first), "a");
    assert_eq!(outcome(&mut cluster, &pod("high  6 1", 0)), "a: z instead of first");
}
