//! The scheduler against the real API over a store in memory.

use std::time::Duration;

use serde_json::{Value, json};
use shared::api::kind::known;
use shared::api::object;
use tokio_util::sync::CancellationToken;

use super::{Explanations, run};
use crate::apiserver::{Api, Client, DeleteOptions, PatchType};
use crate::store::Store;

struct Cluster {
    client: Client,
    explanations: Explanations,
    cancel: CancellationToken,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

impl Cluster {
    /// A sandbox with these nodes and a scheduler at work.
    async fn with(nodes: &[&str]) -> Self {
        let client = Api::new(Store::memory()).client("default", "system:admin");
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}});
        client.create(known("namespaces"), "", namespace).await.unwrap();
        for node in nodes {
            add_node(&client, node).await;
        }
        let cluster = Self { client, explanations: Explanations::default(), cancel: CancellationToken::new() };
        tokio::spawn(run(cluster.client.clone(), cluster.explanations.clone(), cluster.cancel.clone()));
        cluster
    }

    async fn pod(&self, name: &str, spec: Value) -> Value {
        let mut all = json!({"containers": [{"name": "c", "image": "busybox"}]});
        for (field, value) in spec.as_object().into_iter().flatten() {
            all[field] = value.clone();
        }
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": all});
        self.client.create(known("pods"), "default", pod).await.unwrap().value().clone()
    }

    /// Waits until the Pod is as wanted.
    async fn until(&self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..500 {
            if let Some(found) = self.client.get(known("pods"), "default", name)
                && wanted(found.value())
            {
                return found.value().clone();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!(
            "{name} never became as wanted: {:?}",
            self.client.get(known("pods"), "default", name).map(|p| p.value().clone())
        )
    }

    /// Reason and message of the Pod's Events, each with its count.
    async fn events(&self, name: &str) -> Vec<String> {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let text = |event: &Value, pointer: &str| {
            event.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let events = self.client.list(known("events"), Some("default")).0;
        events
            .iter()
            .map(|event| event.value())
            .filter(|event| text(event, "/involvedObject/name") == name)
            .map(|event| format!("{} {} x{}", text(event, "/reason"), text(event, "/message"), event["count"]))
            .collect()
    }
}

async fn add_node(client: &Client, name: &str) {
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": {
        "allocatable": {"cpu": "2", "memory": "4Gi", "pods": "110"}}});
    client.create(known("nodes"), "", node).await.unwrap();
    // Admission has tainted it as not ready; the node controller would take that off.
    let patch = json!({"spec": {"taints": null}});
    client.patch(known("nodes"), "", name, None, PatchType::Merge, patch).await.unwrap();
}

fn node_of(pod: &Value) -> &str {
    pod.pointer("/spec/nodeName").and_then(Value::as_str).unwrap_or_default()
}

#[tokio::test]
async fn pods_get_nodes_and_events_say_so() {
    let cluster = Cluster::with(&["master", "worker"]).await;
    cluster.pod("a", json!({})).await;
    let a = cluster.until("a", |pod| !node_of(pod).is_empty()).await;
    cluster.pod("b", json!({})).await;
    let b = cluster.until("b", |pod| !node_of(pod).is_empty()).await;
    assert_ne!(node_of(&a), node_of(&b), "two equal Pods spread over two equal nodes");
    assert_eq!(a.pointer("/status/conditions/0/status"), Some(&json!("True")));
    assert_eq!(cluster.events("a").await, [format!("Scheduled Successfully assigned default/a to {} x1", node_of(&a))]);
    let explanation = cluster.explanations.get(object::uid(&a)).unwrap();
    assert_eq!(explanation.node.as_deref(), Some(node_of(&a)));
    assert_eq!(explanation.verdicts.len(), 2);
}

#[tokio::test]
async fn a_refused_pod_says_why_and_is_woken_by_a_label() {
    let cluster = Cluster::with(&["master", "worker"]).await;
    cluster.pod("a", json!({"nodeSelector": {"disk": "ssd"}})).await;
    let message = "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.";
    let a = cluster.until("a", |pod| !object::list(pod, "/status/conditions").is_empty()).await;
    let condition = &object::list(&a, "/status/conditions")[0];
    assert_eq!(
        (&condition["type"], &condition["status"], &condition["reason"], &condition["message"]),
        (&json!("PodScheduled"), &json!("False"), &json!("Unschedulable"), &json!(message))
    );
    assert_eq!(cluster.events("a").await, [format!("FailedScheduling {message} x1")]);
    assert_eq!(cluster.explanations.get(object::uid(&a)).unwrap().message, message);
    let patch = json!({"metadata": {"labels": {"disk": "ssd"}}});
    cluster.client.patch(known("nodes"), "", "worker", None, PatchType::Merge, patch).await.unwrap();
    let a = cluster.until("a", |pod| !node_of(pod).is_empty()).await;
    assert_eq!(node_of(&a), "worker");
}

#[tokio::test]
async fn who_wants_to_be_near_a_pod_is_woken_when_it_gets_its_node() {
    let cluster = Cluster::with(&["master", "worker"]).await;
    let near = json!({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{
        "labelSelector": {"matchLabels": {"app": "db"}}, "topologyKey": "kubernetes.io/hostname"}]}}});
    for node in ["master", "worker"] {
        let patch = json!({"metadata": {"labels": {"kubernetes.io/hostname": node}}});
        cluster.client.patch(known("nodes"), "", node, None, PatchType::Merge, patch).await.unwrap();
    }
    cluster.pod("near", near).await;
    cluster.until("near", |pod| !object::list(pod, "/status/conditions").is_empty()).await;
    let db = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "db", "labels": {"app": "db"}},
        "spec": {"containers": [{"name": "c", "image": "busybox"}]}});
    cluster.client.create(known("pods"), "default", db).await.unwrap();
    let db = cluster.until("db", |pod| !node_of(pod).is_empty()).await;
    let near = cluster.until("near", |pod| !node_of(pod).is_empty()).await;
    assert_eq!(node_of(&near), node_of(&db));
}

#[tokio::test]
async fn room_is_made_by_deletion() {
    let cluster = Cluster::with(&["worker"]).await;
    let big = json!({"containers": [{"name": "c", "image": "busybox", "resources": {"requests": {"cpu": "1500m"}}}]});
    cluster.pod("a", big.clone()).await;
    cluster.until("a", |pod| !node_of(pod).is_empty()).await;
    cluster.pod("b", big).await;
    cluster.until("b", |pod| !object::list(pod, "/status/conditions").is_empty()).await;
    let now = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
    cluster.client.delete(known("pods"), "default", "a", now).await.unwrap();
    cluster.until("b", |pod| node_of(pod) == "worker").await;
}

#[tokio::test]
async fn a_pod_of_higher_priority_displaces_others() {
    let cluster = Cluster::with(&["worker"]).await;
    for (name, value, default) in [("high", 1000, false), ("low", 10, true)] {
        let class = json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
            "value": value, "globalDefault": default});
        cluster.client.create(known("priorityclasses"), "", class).await.unwrap();
    }
    let big = |class: Value| {
        json!({"priorityClassName": class, "containers": [{"name": "c", "image": "busybox",
            "resources": {"requests": {"cpu": "1500m"}}}]})
    };
    cluster.pod("a", big(Value::Null)).await;
    let a = cluster.until("a", |pod| !node_of(pod).is_empty()).await;
    assert_eq!((&a["spec"]["priority"], &a["spec"]["priorityClassName"]), (&json!(10), &json!("low")));
    // An equal waits.
    cluster.pod("equal", big(json!("low"))).await;
    let equal = cluster.until("equal", |pod| !object::list(pod, "/status/conditions").is_empty()).await;
    let tail = "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.";
    assert!(equal["status"]["conditions"][0]["message"].as_str().unwrap().ends_with(tail), "{equal}");
    let b = cluster.pod("b", big(json!("high"))).await;
    assert_eq!(b["spec"]["priority"], 1000);
    let b = cluster.until("b", |pod| pod.pointer("/status/nominatedNodeName") == Some(&json!("worker"))).await;
    let message = "0/1 nodes are available: 1 Insufficient cpu.";
    assert_eq!(b["status"]["conditions"][0]["message"], message);
    assert_eq!(cluster.events("b").await, [format!("FailedScheduling {message} x1")]);
    let a = cluster.until("a", |pod| object::deletion_timestamp(pod).is_some()).await;
    let conditions = object::list(&a, "/status/conditions");
    let target = conditions.iter().find(|condition| condition["type"] == "DisruptionTarget").unwrap();
    assert_eq!(
        (&target["status"], &target["reason"], &target["message"]),
        (
            &json!("True"),
            &json!("PreemptionByScheduler"),
            &json!("default-scheduler: preempting to accommodate a higher priority pod")
        )
    );
    assert_eq!(a["metadata"]["deletionGracePeriodSeconds"], 30, "a victim has its own grace period");
    let told = format!("Preempted Preempted by pod {} on node worker x1", object::uid(&b));
    assert_eq!(cluster.events("a").await.last(), Some(&told));
    let now = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
    cluster.client.delete(known("pods"), "default", "a", now).await.unwrap();
    let b = cluster.until("b", |pod| node_of(pod) == "worker").await;
    assert_eq!(b["status"].get("nominatedNodeName"), None);
    assert_eq!(node_of(cluster.client.get(known("pods"), "default", "equal").unwrap().value()), "");
}

#[tokio::test]
async fn what_is_not_ours_stays() {
    let cluster = Cluster::with(&["worker"]).await;
    cluster.pod("other", json!({"schedulerName": "mine"})).await;
    cluster.pod("gated", json!({"schedulingGates": [{"name": "example.com/wait"}]})).await;
    cluster.pod("named", json!({"nodeName": "elsewhere"})).await;
    cluster.pod("a", json!({})).await;
    cluster.until("a", |pod| !node_of(pod).is_empty()).await;
    for (name, node) in [("other", ""), ("gated", ""), ("named", "elsewhere")] {
        assert_eq!(node_of(cluster.client.get(known("pods"), "default", name).unwrap().value()), node);
    }
    let patch = json!({"spec": {"schedulingGates": null}});
    cluster.client.patch(known("pods"), "default", "gated", None, PatchType::Merge, patch).await.unwrap();
    cluster.until("gated", |pod| node_of(pod) == "worker").await;
}

#[tokio::test]
async fn a_thousand_pods_fill_the_nodes_evenly() {
    let names: Vec<String> = (0..20).map(|index| format!("node-{index}")).collect();
    let cluster = Cluster::with(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for index in 0..1_000 {
        let small = json!({"containers": [{"name": "c", "image": "busybox", "resources": {"requests": {"cpu": "10m", "memory": "10Mi"}}}]});
        cluster.pod(&format!("p{index}"), small).await;
    }
    for index in 0..1_000 {
        cluster.until(&format!("p{index}"), |pod| !node_of(pod).is_empty()).await;
    }
    let mut counts = std::collections::BTreeMap::new();
    for pod in cluster.client.list(known("pods"), None).0 {
        *counts.entry(node_of(pod.value()).to_owned()).or_insert(0) += 1;
    }
    assert_eq!(counts.values().copied().collect::<Vec<i32>>(), [50; 20]);
}
