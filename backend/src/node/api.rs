//! All that a node asks of the API, in one place: its Pods, their statuses and Events, what they refer to.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};
use shared::api::kind::known;
use shared::api::{Status, Timestamp};
use shared::lifecycle::Event;

use super::env::Sources;
use super::identity;
use super::volumes::projection::TokenRequest;
use crate::apiserver::{Client, DeleteOptions, PatchType};

/// Events remembered for counting.
const REMEMBERED: usize = 4096;

/// The API, as one node.
#[derive(Clone)]
pub(super) struct Api {
    pub client: Client,
    node: Arc<str>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    written: HashMap<(String, Event), (String, i64)>,
    order: VecDeque<(String, Event)>,
    serial: i64,
}

impl Api {
    pub fn new(client: Client, node: &str) -> Self {
        Self { client, node: node.into(), seen: Arc::default() }
    }

    /// Writes a part of a Pod's status, if it is still the same Pod. The Pod as it is then.
    pub async fn patch_status(&self, pod: &Pod, status: Value) -> Result<Value, Status> {
        let (uid, name, namespace) = identity(pod);
        let patch = json!({"metadata": {"uid": uid}, "status": status});
        let done = self.client.patch(known("pods"), namespace, name, Some("status"), PatchType::Merge, patch).await?;
        Ok(done.value().clone())
    }

    /// Removes a Pod's object, if it is still the same Pod.
    pub async fn finalize(&self, pod: &Pod) -> Result<(), Status> {
        let (uid, name, namespace) = identity(pod);
        let options =
            DeleteOptions { grace_period_seconds: Some(0), uid: Some(uid.to_owned()), ..DeleteOptions::default() };
        match self.client.delete(known("pods"), namespace, name, options).await {
            Ok(_) => Ok(()),
            Err(status) if matches!(status.code, 404 | 409) => Ok(()),
            Err(status) => Err(status),
        }
    }

    /// ConfigMaps and Secrets of a namespace, those that exist.
    pub fn sources(&self, namespace: &str, (config_maps, secrets): &(BTreeSet<String>, BTreeSet<String>)) -> Sources {
        let find = |plural: &str, names: &BTreeSet<String>| -> BTreeMap<String, Value> {
            let found = names.iter().filter_map(|name| {
                let object = self.client.get(known(plural), namespace, name)?;
                Some((name.clone(), object.value().clone()))
            });
            found.collect()
        };
        Sources { config_maps: find("configmaps", config_maps), secrets: find("secrets", secrets) }
    }

    /// A token of the Pod's service account, bound to the Pod.
    ///
    /// # Errors
    /// The API's words.
    pub async fn token(&self, pod: &Pod, request: &TokenRequest) -> Result<String, String> {
        let (uid, name, namespace) = identity(pod);
        let account = pod.spec.as_ref().and_then(|s| s.service_account_name.as_deref()).unwrap_or("default");
        let audiences: Vec<&str> = Some(request.audience.as_str()).filter(|a| !a.is_empty()).into_iter().collect();
        let body = json!({
            "spec": {
                "audiences": audiences,
                "expirationSeconds": request.seconds,
                "boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": name, "uid": uid},
            },
        });
        let answer = self.client.create_token(namespace, account, body).await.map_err(|status| status.message)?;
        let token = answer.pointer("/status/token").and_then(Value::as_str);
        token.map(str::to_owned).ok_or_else(|| "the API gave no token".to_owned())
    }

    /// Writes an Event about a Pod, or counts it up. News, not state: what cannot be written is dropped.
    pub async fn event(&self, pod: &Pod, event: &Event, now: Timestamp) {
        let (uid, name, namespace) = identity(pod);
        let (written, count) = self.count(uid, name, event, now);
        if count > 1 {
            let patch = json!({"count": count, "lastTimestamp": now.to_string()});
            let done = self.client.patch(known("events"), namespace, &written, None, PatchType::Merge, patch).await;
            if done.is_ok() {
                return;
            }
        }
        let mut involved = json!({
            "apiVersion": "v1", "kind": "Pod", "name": name, "namespace": namespace, "uid": uid,
            "resourceVersion": pod.metadata.resource_version.clone().unwrap_or_default(),
        });
        if !event.field_path.is_empty() {
            involved["fieldPath"] = event.field_path.as_str().into();
        }
        let object = json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": written, "namespace": namespace},
            "involvedObject": involved,
            "type": if event.warning { "Warning" } else { "Normal" },
            "reason": event.reason,
            "message": event.message,
            "source": {"component": "kubelet", "host": &*self.node},
            "reportingComponent": "kubelet",
            "reportingInstance": &*self.node,
            "count": count,
            "firstTimestamp": now.to_string(),
            "lastTimestamp": now.to_string(),
            "eventTime": null,
        });
        if let Err(status) = self.client.create(known("events"), namespace, object).await {
            tracing::debug!(
                pod = name,
                reason = event.reason,
                message = status.message,
                "an Event could not be written"
            );
        }
    }

    /// The name under which an Event is written, and how often it has happened.
    fn count(&self, uid: &str, name: &str, event: &Event, now: Timestamp) -> (String, i64) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (uid.to_owned(), event.clone());
        if let Some((written, count)) = seen.written.get_mut(&key) {
            *count += 1;
            return (written.clone(), *count);
        }
        seen.serial += 1;
        // client-go names Events by the time in nanoseconds; the serial number keeps two of one moment apart.
        let written = format!("{name}.{:x}", now.0 * 1000 + seen.serial % 1000);
        seen.written.insert(key.clone(), (written.clone(), 1));
        seen.order.push_back(key);
        if seen.order.len() > REMEMBERED
            && let Some(oldest) = seen.order.pop_front()
        {
            seen.written.remove(&oldest);
        }
        (written, 1)
    }
}
