//! Every ResourceQuota says what is used of it.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::SelectAll;
use shared::api::Kind;
use shared::api::kind::{KINDS, known};
use shared::api::object;
use shared::quota;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::apiserver::Client;

/// Changes come in bursts; each namespace is counted once for all of them.
const PAUSE: Duration = Duration::from_millis(100);

/// Counts until told to stop.
pub(super) async fn run(client: Client, cancel: CancellationToken) {
    let countable =
        |kind: &&Kind| kind.namespaced && kind.verbs.contains(&"watch") && !matches!(kind.kind, "Event" | "Lease");
    let mut changes: SelectAll<_> = KINDS.iter().filter(countable).map(|kind| client.list_watch(kind)).collect();
    let mut namespaces = BTreeSet::new();
    let mut pause = tokio::time::interval(PAUSE);
    pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            Some(event) = changes.next() => drop(namespaces.insert(event.key.namespace)),
            _ = pause.tick(), if !namespaces.is_empty() => {
                for namespace in std::mem::take(&mut namespaces) {
                    count(&client, &namespace).await;
                }
            }
        }
    }
}

async fn count(client: &Client, namespace: &str) {
    for found in client.list(known("resourcequotas"), Some(namespace)).0 {
        let status = quota::status(found.value(), &client.quota_used(namespace, found.value()));
        if found.value().get("status") == Some(&status) {
            continue;
        }
        let mut value = found.value().clone();
        value["status"] = status;
        if let Err(error) = client.update_status(known("resourcequotas"), value).await
            && !error.is("Conflict")
            && !error.is("NotFound")
        {
            tracing::warn!(namespace, quota = object::name(found.value()), error = %error.message, "not counted");
        }
    }
}
