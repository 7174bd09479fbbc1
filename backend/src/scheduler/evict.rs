//! Carries out a preemption: victims are marked, told of in an Event, and deleted with their own grace periods.

use serde_json::json;
use shared::api::kind::known;
use shared::api::object;
use shared::scheduling::PodInfo;

use super::NAME;
use super::queue::Pending;
use super::recorder::Recorder;
use super::report::subject;
use crate::apiserver::{Client, DeleteOptions, PatchType};
use crate::clock::now;

/// Deletes a victim on a node, unless it is on its way out already.
pub(super) async fn evict(client: &Client, recorder: &Recorder, preemptor: &Pending, victim: &PodInfo, node: &str) {
    let pods = known("pods");
    let (namespace, name) = (&*victim.namespace, &*victim.name);
    let found = client.get(pods, namespace, name).filter(|found| object::uid(found.value()) == &*victim.uid);
    let Some(found) = found.filter(|found| object::deletion_timestamp(found.value()).is_none()) else { return };
    let now = now();
    let condition = json!({
        "type": "DisruptionTarget",
        "status": "True",
        "reason": "PreemptionByScheduler",
        "message": format!("{NAME}: preempting to accommodate a higher priority pod"),
        "lastProbeTime": null,
        "lastTransitionTime": now.to_string(),
        "observedGeneration": found.value().pointer("/metadata/generation"),
    });
    let patch = json!({"metadata": {"uid": &*victim.uid}, "status": {"conditions": [condition]}});
    if let Err(status) = client.patch(pods, namespace, name, Some("status"), PatchType::Strategic, patch).await {
        tracing::debug!(pod = name, %status, "the condition of a victim could not be written");
    }
    let options = DeleteOptions { uid: Some(victim.uid.to_string()), ..DeleteOptions::default() };
    if let Err(status) = client.delete(pods, namespace, name, options).await {
        tracing::warn!(pod = name, %status, "a victim could not be deleted");
        return;
    }
    let message = format!("Preempted by pod {} on node {node}", preemptor.pod.uid);
    let revision = object::resource_version(found.value());
    recorder.record(&subject(victim, revision), "Normal", "Preempted", "Preempting", message, now).await;
}

/// Takes back the nomination of a Pod whose place another of higher priority gets.
pub(super) async fn displace(client: &Client, pod: &PodInfo) {
    let patch = json!({"metadata": {"uid": &*pod.uid}, "status": {"nominatedNodeName": null}});
    let (namespace, name) = (&*pod.namespace, &*pod.name);
    if let Err(status) = client.patch(known("pods"), namespace, name, Some("status"), PatchType::Merge, patch).await {
        tracing::debug!(pod = name, %status, "a nomination could not be taken back");
    }
}
