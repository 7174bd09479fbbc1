//! What the scheduler tells of a Pod: the condition `PodScheduled`, and the Events `Scheduled` and `FailedScheduling`.

use serde_json::{Value, json};
use shared::api::kind::known;
use shared::api::object;

use super::NAME;
use super::queue::Pending;
use super::recorder::{Recorder, Subject};
use crate::apiserver::{Client, PatchType};
use crate::clock::now;

/// Writes both; a cheap handle.
#[derive(Clone)]
pub(super) struct Reporter {
    client: Client,
    recorder: Recorder,
}

impl Reporter {
    pub(super) fn new(client: Client) -> Self {
        Self { recorder: Recorder::new(client.clone(), NAME), client }
    }

    /// The Pod has its node.
    pub(super) async fn assigned(&self, pending: &Pending, node: &str) {
        let pod = &pending.pod;
        let message = format!("Successfully assigned {}/{} to {node}", pod.namespace, pod.name);
        self.recorder.record(&subject(pending), "Normal", "Scheduled", "Binding", message, now()).await;
    }

    /// No node will do. The condition is written only when its message is a new one; the Event is counted each time.
    pub(super) async fn refused(&self, pending: &mut Pending, message: String) {
        let now = now();
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
            let patch = json!({"metadata": {"uid": &*pending.pod.uid}, "status": {"conditions": [condition]}});
            let (namespace, name) = (&*pending.pod.namespace, &*pending.pod.name);
            let pods = known("pods");
            let done = self.client.patch(pods, namespace, name, Some("status"), PatchType::Strategic, patch).await;
            match done {
                Ok(_) => pending.reported.clone_from(&message),
                Err(status) => tracing::debug!(pod = name, %status, "the condition could not be written"),
            }
        }
        self.recorder.record(&subject(pending), "Warning", "FailedScheduling", "Scheduling", message, now).await;
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

fn subject(pending: &Pending) -> Subject {
    Subject {
        api_version: "v1",
        kind: "Pod",
        namespace: pending.pod.namespace.to_string(),
        name: pending.pod.name.to_string(),
        uid: pending.pod.uid.to_string(),
        resource_version: pending.resource_version.clone(),
    }
}
