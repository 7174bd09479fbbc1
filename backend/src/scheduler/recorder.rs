//! Events about Pods and other objects, counted where they repeat as client-go's recorder counts them.
//!
//! An Event is news, not state: what cannot be written is dropped, and nothing waits for it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use shared::api::Timestamp;
use shared::api::kind::known;

use crate::apiserver::{Client, PatchType};

/// Events remembered for counting; the oldest are forgotten and then begin anew.
const REMEMBERED: usize = 4_096;

/// What an Event is about.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) api_version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) resource_version: String,
}

/// Writes Events in one component's name.
#[derive(Clone)]
pub(crate) struct Recorder {
    client: Client,
    component: &'static str,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    events: HashMap<Fingerprint, Written>,
    order: VecDeque<Fingerprint>,
    serial: i64,
}

/// What makes two Events the same: the subject, the reason and the message.
type Fingerprint = (String, &'static str, String);

#[derive(Clone)]
struct Written {
    name: String,
    count: i64,
}

impl Recorder {
    pub(crate) fn new(client: Client, component: &'static str) -> Self {
        Self { client, component, seen: Arc::default() }
    }

    /// Records an Event: `ty` is `Normal` or `Warning`, `action` what was being done.
    pub(crate) async fn record(
        &self,
        subject: &Subject,
        ty: &'static str,
        reason: &'static str,
        action: &'static str,
        message: String,
        now: Timestamp,
    ) {
        let fingerprint = (subject.uid.clone(), reason, message);
        let namespace = if subject.namespace.is_empty() { "default" } else { &subject.namespace };
        let (written, again) = self.count(&fingerprint, &subject.name, now);
        if again {
            let patch = json!({"count": written.count, "lastTimestamp": now.to_string()});
            let done =
                self.client.patch(known("events"), namespace, &written.name, None, PatchType::Merge, patch).await;
            if done.is_ok() {
                return;
            }
        }
        let event = self.event(subject, namespace, ty, reason, action, &fingerprint.2, &written, now);
        if let Err(status) = self.client.create(known("events"), namespace, event).await {
            tracing::debug!(%status, reason, "an Event could not be written");
        }
    }

    /// Counts it; whether it was written before.
    fn count(&self, fingerprint: &Fingerprint, subject: &str, now: Timestamp) -> (Written, bool) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(written) = seen.events.get_mut(fingerprint) {
            written.count += 1;
            return (written.clone(), true);
        }
        seen.serial += 1;
        // client-go names Events by the time in nanoseconds; the serial number keeps two of one moment apart.
        let stamp = now.0.wrapping_mul(1_000).wrapping_add(seen.serial % 1_000);
        let written = Written { name: format!("{subject}.{stamp:x}"), count: 1 };
        seen.events.insert(fingerprint.clone(), written.clone());
        seen.order.push_back(fingerprint.clone());
        if seen.order.len() > REMEMBERED
            && let Some(oldest) = seen.order.pop_front()
        {
            seen.events.remove(&oldest);
        }
        (written, false)
    }

    #[allow(clippy::too_many_arguments, reason = "the fields of one Event, in one place")]
    fn event(
        &self,
        subject: &Subject,
        namespace: &str,
        ty: &str,
        reason: &str,
        action: &str,
        message: &str,
        written: &Written,
        now: Timestamp,
    ) -> Value {
        let mut involved = json!({
            "apiVersion": subject.api_version,
            "kind": subject.kind,
            "name": subject.name,
            "uid": subject.uid,
        });
        for (field, text) in [("namespace", &subject.namespace), ("resourceVersion", &subject.resource_version)] {
            if !text.is_empty() {
                involved[field] = text.as_str().into();
            }
        }
        json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": written.name, "namespace": namespace},
            "involvedObject": involved,
            "type": ty,
            "reason": reason,
            "action": action,
            "message": message,
            "source": {"component": self.component},
            "reportingComponent": self.component,
            "reportingInstance": "",
            "count": written.count,
            "firstTimestamp": now.to_string(),
            "lastTimestamp": now.to_string(),
            "eventTime": null,
        })
    }
}
