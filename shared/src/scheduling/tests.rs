//! Decisions as a table: a Pod, nodes with Pods, and where it goes or why not.

use serde_json::{Value, json};

use super::{Cluster, PodInfo, schedule};

fn node(name: &str, spec: Value, labels: Value) -> Value {
    let mut all = json!({"kubernetes.io/hostname": name});
    for (key, value) in labels.as_object().into_iter().flatten() {
        all[key] = value.clone();
    }
    json!({"metadata": {"name": name, "labels": all}, "spec": spec,
        "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "ephemeral-storage": "10Gi", "pods": "110"}}})
}

fn pod(name: &str, spec: Value) -> Value {
    json!({"metadata": {"name": name, "namespace": "default", "uid": name, "labels": {"app": name}}, "spec": spec})
}

fn requests(cpu: &str, memory: &str) -> Value {
    json!([{"name": "c", "resources": {"requests": {"cpu": cpu, "memory": memory}}}])
}

/// The chosen node, or the message.
fn check(spec: Value, nodes: &[(Value, Vec<Value>)], expected: &str) {
    let borrowed: Vec<(&Value, Vec<&Value>)> = nodes.iter().map(|(node, pods)| (node, pods.iter().collect())).collect();
    let nodes: Vec<(&Value, &[&Value])> = borrowed.iter().map(|(node, pods)| (*node, pods.as_slice())).collect();
    let decision = schedule(&pod("new", spec.clone()), &nodes, 0);
    let found = decision.node.as_deref().unwrap_or(&decision.message);
    assert_eq!(found, expected, "{spec:#}");
}

/// master and worker, both empty.
fn two() -> Vec<(Value, Vec<Value>)> {
    let labels = json!({"gpu": "true", "generation": "3"});
    vec![(node("master", json!({}), json!({})), vec![]), (node("worker", json!({}), labels), vec![])]
}

#[test]
fn filters_and_their_words() {
    check(json!({}), &two(), "master");
    check(json!({}), &[], "no nodes available to schedule pods");
    check(json!({"nodeSelector": {"gpu": "true"}}), &two(), "worker");
    check(
        json!({"nodeSelector": {"gpu": "no"}}),
        &two(),
        "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    );
    let required = |expressions: Value| {
        json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
        {"nodeSelectorTerms": [{"matchExpressions": expressions}]}}}})
    };
    check(required(json!([{"key": "generation", "operator": "Gt", "values": ["2"]}])), &two(), "worker");
    check(required(json!([{"key": "gpu", "operator": "DoesNotExist"}])), &two(), "master");
    check(
        json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms":
        [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["worker"]}]}]}}}}),
        &two(),
        "worker",
    );
    let mut nodes = two();
    nodes[0].0["spec"] = json!({"unschedulable": true});
    nodes[1].0["spec"] = json!({"taints": [{"key": "k", "value": "v", "effect": "NoSchedule"}]});
    check(
        json!({}),
        &nodes,
        "0/2 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    );
    check(json!({"tolerations": [{"key": "k", "operator": "Equal", "value": "v"}]}), &nodes, "worker");
    check(
        json!({"tolerations": [{"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}]}),
        &nodes,
        "master",
    );
}

#[test]
fn resources() {
    let busy = pod("busy", json!({"nodeName": "worker", "containers": requests("1500m", "1Gi")}));
    let mut nodes = two();
    nodes[1].1.push(busy);
    check(json!({"containers": requests("1", "1Gi")}), &nodes, "master");
    nodes[0].0["spec"] = json!({"unschedulable": true});
    check(
        json!({"containers": requests("1", "1Gi")}),
        &nodes,
        "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.",
    );
    check(
        json!({"containers": requests("3", "8Gi")}),
        &two(),
        "0/2 nodes are available: 2 Insufficient cpu, 2 Insufficient memory. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    );
    check(
        json!({"preemptionPolicy": "Never", "containers": requests("3", "1Gi")}),
        &two(),
        "0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.",
    );
    // An init container counts by itself, a sidecar together with the others.
    let init = |policy: Value| {
        json!({"containers": requests("1", "1Gi"),
        "initContainers": [{"name": "i", "restartPolicy": policy, "resources": {"requests": {"cpu": "1500m"}}}]})
    };
    check(init(Value::Null), &two(), "master");
    check(
        init(json!("Always")),
        &two(),
        "0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    );
    let mut full = two();
    for (node, _) in &mut full {
        node["status"]["allocatable"]["pods"] = json!("0");
    }
    check(
        json!({}),
        &full,
        "0/2 nodes are available: 2 Too many pods. no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.",
    );
    let port = json!([{"name": "c", "ports": [{"containerPort": 80, "hostPort": 80}]}]);
    let mut nodes = two();
    nodes[0].1.push(pod("taken", json!({"nodeName": "master", "containers": port})));
    check(json!({"containers": port}), &nodes, "worker");
}

#[test]
fn other_pods() {
    let term = |app: &str| {
        json!({"requiredDuringSchedulingIgnoredDuringExecution":
        [{"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": "kubernetes.io/hostname"}]})
    };
    let mut nodes = two();
    nodes[1].1.push(pod("db", json!({"nodeName": "worker"})));
    check(json!({"affinity": {"podAffinity": term("db")}}), &nodes, "worker");
    check(json!({"affinity": {"podAntiAffinity": term("db")}}), &nodes, "master");
    check(json!({"affinity": {"podAffinity": term("new")}}), &nodes, "master");
    check(
        json!({"affinity": {"podAffinity": term("nobody")}}),
        &nodes,
        "0/2 nodes are available: 2 node(s) didn't match pod affinity rules. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    );
    nodes[0].1.push(pod("alone", json!({"nodeName": "master", "affinity": {"podAntiAffinity": term("new")}})));
    check(json!({}), &nodes, "worker");
    let soft = |weight: i64| {
        json!({"affinity": {"podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution":
        [{"weight": weight, "podAffinityTerm": {"labelSelector": {"matchLabels": {"app": "db"}}, "topologyKey": "kubernetes.io/hostname"}}]}}})
    };
    nodes[0].1.clear();
    check(soft(100), &nodes, "worker");
    let spread = |action: &str| {
        json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": action, "labelSelector": {"matchLabels": {"app": "db"}}}]})
    };
    let mut like = pod("new", spread("DoNotSchedule"));
    like["metadata"]["labels"]["app"] = json!("db");
    let decision = schedule(&like, &[(&nodes[0].0, &[]), (&nodes[1].0, &[&nodes[1].1[0]])], 0);
    assert_eq!(decision.node.as_deref(), Some("master"));
    let failing: Vec<_> = decision.verdicts[1].filters.iter().filter(|filter| !filter.passed).collect();
    assert_eq!(failing[0].name, "PodTopologySpread");
    assert_eq!(failing[0].reasons, ["node(s) didn't match pod topology spread constraints"]);
}

#[test]
fn scores() {
    let mut nodes = two();
    nodes[0].1.push(pod("busy", json!({"nodeName": "master", "containers": requests("1", "1Gi")})));
    check(json!({"containers": [{"name": "c"}]}), &nodes, "worker");
    let preferred = json!({"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution":
        [{"weight": 1, "preference": {"matchExpressions": [{"key": "gpu", "operator": "DoesNotExist"}]}}]}}});
    check(preferred, &nodes, "master");
    nodes[1].0["spec"] = json!({"taints": [{"key": "k", "effect": "PreferNoSchedule"}]});
    check(json!({"containers": [{"name": "c"}]}), &nodes, "master");
    // Containers that request nothing still count: two Pods go to two nodes.
    let mut nodes = two();
    nodes[0].1.push(pod("first", json!({"nodeName": "master", "containers": [{"name": "c"}]})));
    check(json!({"containers": [{"name": "c"}]}), &nodes, "worker");
}

#[test]
fn what_is_known_already_changes_nothing() {
    let mut cluster = Cluster::default();
    let mut seen = pod("a", json!({"nodeName": "worker", "containers": requests("1", "1Gi")}));
    assert!(cluster.set_pod(PodInfo::new(&seen)));
    seen["status"] = json!({"conditions": [{"type": "Ready", "status": "True"}]});
    assert!(!cluster.set_pod(PodInfo::new(&seen)), "its readiness is nothing to the scheduler");
    seen["metadata"]["labels"]["app"] = json!("b");
    assert!(cluster.set_pod(PodInfo::new(&seen)));
    seen["metadata"]["deletionTimestamp"] = json!("2026-11-24T08:00:00Z");
    assert!(cluster.set_pod(PodInfo::new(&seen)));
}

#[test]
fn ties_are_broken_by_the_argument() {
    let nodes = two();
    let nodes: Vec<(&Value, &[&Value])> = nodes.iter().map(|(node, _)| (node, &[][..])).collect();
    let chosen = |tie| schedule(&pod("new", json!({})), &nodes, tie).node;
    assert_eq!([chosen(0), chosen(1), chosen(2)].map(Option::unwrap), ["master", "worker", "master"]);
}

#[test]
fn the_explanation_is_data() {
    let nodes = two();
    let nodes: Vec<(&Value, &[&Value])> = nodes.iter().map(|(node, _)| (node, &[][..])).collect();
    let decision =
        schedule(&pod("new", json!({"nodeSelector": {"gpu": "true"}, "containers": requests("1", "1Gi")})), &nodes, 0);
    let shown = serde_json::to_value(&decision).unwrap();
    assert_eq!(shown["node"], "worker");
    assert_eq!(shown["verdicts"][0]["total"], 149);
    assert_eq!(
        shown["verdicts"][0]["scores"],
        json!([
            {"name": "NodeResourcesFit", "value": 62, "weight": 1},
            {"name": "NodeResourcesBalancedAllocation", "value": 87, "weight": 1},
        ])
    );
    assert_eq!(
        shown["verdicts"][1]["filters"][3],
        json!({"name": "NodeAffinity", "passed": false,
        "reasons": ["node(s) didn't match Pod's node affinity/selector"],
        "detail": "nodeSelector gpu=true: the node has no label gpu"})
    );
}
