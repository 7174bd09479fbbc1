//! The two PriorityClasses that every cluster has (the API server's hook `scheduling/bootstrap-system-priority-classes`).

use serde_json::json;
use shared::api::kind::known;
use shared::defaulting::SYSTEM_PRIORITIES;

use crate::apiserver::Client;

/// Makes those that are missing; none of them can be deleted.
pub(super) async fn run(client: Client) {
    for (name, value, description) in SYSTEM_PRIORITIES {
        let class = json!({
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
            "metadata": {"name": name}, "value": value, "description": description,
        });
        if let Err(status) = client.create(known("priorityclasses"), "", class).await
            && !status.is("AlreadyExists")
        {
            tracing::error!(name, %status, "a system PriorityClass could not be made");
        }
    }
}
