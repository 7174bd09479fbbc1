//! Who waits for which container to end: the worker learns of an end first, whoever stopped the container waits for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::runtime::{ContainerInfo, RunState, Runtime, RuntimeError};

/// How often the engine is asked when no event tells.
const LOOK: Duration = Duration::from_secs(1);

/// Ends of containers, by id.
#[derive(Clone, Default)]
pub(super) struct Exits(Arc<Mutex<HashMap<String, Arc<Notify>>>>);

impl Exits {
    /// A container has ended, or may have.
    pub fn tell(&self, id: &str) {
        if let Some(waiting) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id) {
            waiting.notify_waiters();
        }
    }

    /// Waits until a container has ended, `limit` at most. What it is then; `None` when it is gone.
    ///
    /// # Errors
    /// The engine's.
    pub async fn wait(
        &self,
        runtime: &Arc<dyn Runtime>,
        id: &str,
        limit: Duration,
    ) -> Result<Option<ContainerInfo>, RuntimeError> {
        let notify = self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(id.to_owned()).or_default().clone();
        let deadline = tokio::time::Instant::now() + limit;
        let result = loop {
            let told = notify.notified();
            tokio::pin!(told);
            // Registered before looking: an end between the look and the wait is not missed.
            told.as_mut().enable();
            match runtime.inspect(id).await {
                Ok(Some(found)) if matches!(found.state, RunState::Running { .. }) => {
                    let now = tokio::time::Instant::now();
                    if now >= deadline {
                        break Ok(Some(found));
                    }
                    let _ = tokio::time::timeout(LOOK.min(deadline - now), told).await;
                }
                other => break other,
            }
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        result
    }
}
