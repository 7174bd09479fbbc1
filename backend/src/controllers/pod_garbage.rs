//! Pod garbage: Pods whose node is gone, unbound Pods that are being deleted, and ended ones beyond a number.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use serde_json::{Value, json};
use shared::api::kind::known;
use shared::api::object;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::apiserver::{Client, DeleteOptions, PatchType};
use crate::clock::now;

const PERIOD: Duration = Duration::from_secs(20);
/// A node may be coming back: how long it must have been away.
const QUARANTINE: Duration = Duration::from_secs(40);
/// `--terminated-pod-gc-threshold`
const MAX_ENDED: usize = 12_500;

/// Collects until told to stop.
pub(super) async fn run(client: Client, cancel: CancellationToken) {
    let mut away: BTreeMap<String, Instant> = BTreeMap::new();
    let mut look = tokio::time::interval(PERIOD);
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            _ = look.tick() => {}
        }
        let nodes: HashSet<String> =
            client.list(known("nodes"), None).0.iter().map(|node| object::name(node.value()).to_owned()).collect();
        let pods = client.list(known("pods"), None).0;
        let bound = pods.iter().map(|pod| node_of(pod.value()).to_owned());
        let missing: HashSet<String> = bound.filter(|node| !node.is_empty() && !nodes.contains(node)).collect();
        away.retain(|node, _| missing.contains(node));
        for node in missing {
            away.entry(node).or_insert_with(Instant::now);
        }
        let gone: HashSet<&str> =
            away.iter().filter(|(_, since)| since.elapsed() >= QUARANTINE).map(|(node, _)| node.as_str()).collect();
        let values: Vec<&Value> = pods.iter().map(|pod| pod.value()).collect();
        for (pod, why) in garbage(&values, &gone, MAX_ENDED) {
            collect(&client, pod, why).await;
        }
    }
}

fn node_of(pod: &Value) -> &str {
    pod.pointer("/spec/nodeName").and_then(Value::as_str).unwrap_or_default()
}

fn ended(pod: &Value) -> bool {
    matches!(pod.pointer("/status/phase").and_then(Value::as_str), Some("Succeeded" | "Failed"))
}

/// Why a Pod is garbage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Orphaned,
    Unbound,
    Ended,
}

/// The Pods to collect; of the ended ones the oldest beyond the number.
fn garbage<'p>(pods: &[&'p Value], gone: &HashSet<&str>, max_ended: usize) -> Vec<(&'p Value, Why)> {
    let mut found = Vec::new();
    let mut over = Vec::new();
    for pod in pods {
        let node = node_of(pod);
        if gone.contains(node) {
            found.push((*pod, Why::Orphaned));
        } else if node.is_empty() && object::deletion_timestamp(pod).is_some() {
            found.push((*pod, Why::Unbound));
        } else if ended(pod) {
            over.push(*pod);
        }
    }
    over.sort_by_key(|pod| (object::creation_timestamp(pod).unwrap_or_default(), object::name(pod)));
    over.truncate(over.len().saturating_sub(max_ended));
    found.extend(over.into_iter().map(|pod| (pod, Why::Ended)));
    found
}

async fn collect(client: &Client, pod: &Value, why: Why) {
    let (namespace, name) = (object::namespace(pod), object::name(pod));
    if why == Why::Orphaned && !ended(pod) {
        let patch = json!({"metadata": {"uid": object::uid(pod)}, "status": {"phase": "Failed", "conditions": [{
            "type": "DisruptionTarget", "status": "True", "reason": "DeletionByPodGC",
            "message": "PodGC: node no longer exists", "lastTransitionTime": now().to_string()}]}});
        let _ = client.patch(known("pods"), namespace, name, Some("status"), PatchType::Strategic, patch).await;
    }
    let options = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
    if let Err(status) = client.delete(known("pods"), namespace, name, options).await
        && !status.is("NotFound")
    {
        tracing::warn!(pod = name, %status, "garbage stays");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_garbage() {
        let pod = |name: &str, node: &str, phase: &str, deleting: bool| {
            json!({"metadata": {"name": name, "creationTimestamp": name,
                "deletionTimestamp": deleting.then_some("t")}, "spec": {"nodeName": node}, "status": {"phase": phase}})
        };
        let pods = [
            pod("a", "here", "Running", false),
            pod("b", "gone", "Running", false),
            pod("c", "", "Pending", true),
            pod("d", "", "Pending", false),
            pod("f", "here", "Failed", false),
            pod("e", "here", "Succeeded", false),
        ];
        let pods: Vec<&Value> = pods.iter().collect();
        let found: Vec<_> = garbage(&pods, &HashSet::from(["gone"]), 1)
            .into_iter()
            .map(|(pod, why)| (object::name(pod).to_owned(), why))
            .collect();
        assert_eq!(found, [("b".into(), Why::Orphaned), ("c".into(), Why::Unbound), ("e".into(), Why::Ended)]);
    }
}
