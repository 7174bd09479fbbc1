//! What the scheduler tells of a Pod: the condition `PodScheduled`, and the Events `Scheduled` and `FailedScheduling`.

use serde_json::{Value, json};
use shared::api::kind::known;
use shared::api::object;
use shared::scheduling::PodInfo;

use super::NAME;
use super::queue::Pending;
use super::recorder::{Recorder, Subject};
use crate::apiserver::{Client, PatchType};
use crate::clock::now;

/// Writes both; a cheap handle.
#[derive(Clone)]
pub(super) struct Reporter {
    client: Client,
    pub(super) recorder: Recorder,
}

impl Reporter {
    pub(super) fn new(client: Client) -> Self {
        Self { recorder: Recorder::new(client.clone(), NAME), client }
    }

    /// The Pod has its node.
    pub(super) async fn assigned(&self, pending: &Pending, node: &str) {
        let pod = &pending.pod;
        let message = format!("Successfully assigned {}/{} to {node}", pod.namespace, pod.name);
        self.recorder
            .record(&subject(pod, &pending.resource_version), "Normal", "Scheduled", "Binding", message, now())
            .await;
    }

    /// No node will do; `nominated` is the one that it gets when others are gone. The status is written only where it
    /// says something new; the Event is counted each time.
    pub(super) async fn refused(&self, pending: &mut Pending, message: String, nominated: &str) {
        let now = now();
        let mut status = json!({});
        if *pending.pod.nominated_node != *nominated {
            status["nominatedNodeName"] = if nominated.is_empty() { Value::Null } else { nominated.into() };
        }
        if pending.reported != message {
            let mut condition = json!({
                "type": "PodScheduled",
                "status": "False",
                "reason": "Unschedulable",
                "message": message,
                "lastProbeTime": null,
                "observedGeneration": pending.generation,
            });
            if pending.reported.is_empty() {
                condition["lastTransitionTime"] = now.to_string().into();
            }
            status["conditions"] = json!([condition]);
        }
        if status != json!({}) {
            let patch = json!({"metadata": {"uid": &*pending.pod.uid}, "status": status});
            let (namespace, name) = (&*pending.pod.namespace, &*pending.pod.name);
            let pods = known("pods");
            let done = self.client.patch(pods, namespace, name, Some("status"), PatchType::Strategic, patch).await;
            match done {
                Ok(_) => {
                    pending.reported.clone_from(&message);
                    pending.pod.nominated_node = nominated.into();
                }
                Err(status) => tracing::debug!(pod = name, %status, "the condition could not be written"),
            }
        }
        let subject = subject(&pending.pod, &pending.resource_version);
        self.recorder.record(&subject, "Warning", "FailedScheduling", "Scheduling", message, now).await;
    }
}

/// The message already in the Pod's status: after a restart it is not written again.
pub(super) fn reported(pod: &Value) -> String {
    let text =
        |condition: &Value, field: &str| condition.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    object::list(pod, "/status/conditions")
        .iter()
        .find(|condition| text(condition, "type") == "PodScheduled" && text(condition, "reason") == "Unschedulable")
        .map(|condition| text(condition, "message"))
        .unwrap_or_default()
}

/// What an Event on a Pod points at.
pub(super) fn subject(pod: &PodInfo, resource_version: &str) -> Subject {
    Subject {
        api_version: "v1",
        kind: "Pod",
        namespace: pod.namespace.to_string(),
        name: pod.name.to_string(),
        uid: pod.uid.to_string(),
        resource_version: resource_version.to_owned(),
    }
}
