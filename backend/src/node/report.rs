//! A Pod's status on its way to the API: one change at a time, beside what the Pod's worker goes on with.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;
use shared::api::{Status, Timestamp};
use tokio::task::JoinHandle;

use super::{Node, now, status};

/// Seconds after which a status that could not be written is tried again.
const RETRY: i64 = 1;

/// What the API has been told, and what it is to know.
pub(super) struct Report {
    /// `status` as it is in the API.
    known: Value,
    wanted: Value,
    under_way: Option<JoinHandle<Result<Value, Status>>>,
    retry: Option<Timestamp>,
}

impl Report {
    /// Of a Pod as the API has it.
    pub fn new(pod: &Value) -> Self {
        let known = pod.get("status").cloned().unwrap_or_default();
        Self { wanted: known.clone(), known, under_way: None, retry: None }
    }

    /// The API has the Pod so.
    pub fn know(&mut self, pod: &Value) {
        self.known = pod.get("status").cloned().unwrap_or_default();
    }

    /// What the status is to be.
    pub fn want(&mut self, status: Value) {
        self.wanted = status;
    }

    /// Writes what has changed, unless something is being written: this then waits for that. Whether an answer is to come.
    pub fn send(&mut self, node: &Arc<Node>, pod: &Arc<Pod>) -> bool {
        if self.under_way.is_none() && self.retry.is_none_or(|at| at <= now()) {
            self.retry = None;
            let changes = status::changes(&self.known, &self.wanted);
            let (api, pod) = (node.api.clone(), pod.clone());
            self.under_way =
                changes.map(|changes| node.tasks.spawn(async move { api.patch_status(&pod, changes).await }));
        }
        self.under_way.is_some()
    }

    /// Whether an answer is to come.
    pub fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// When to send again what could not be written.
    pub fn retry(&self) -> Option<Timestamp> {
        self.retry
    }

    /// Waits for the answer: the Pod with its new status, which is to be [`know`](Self::know)n. May be given up and
    /// called again.
    pub async fn answer(&mut self) -> Option<Value> {
        let answer = self.under_way.as_mut()?.await;
        self.under_way = None;
        let why = match answer {
            Ok(Ok(pod)) => return Some(pod),
            // Gone, or another Pod of that name: the watch will tell.
            Ok(Err(error)) if matches!(error.code, 404 | 409) => {
                self.known.clone_from(&self.wanted);
                return None;
            }
            Ok(Err(error)) => error.message,
            Err(error) => error.to_string(),
        };
        tracing::warn!(message = why, "a Pod's status could not be written");
        self.retry = Some(now().plus_seconds(RETRY));
        None
    }
}
