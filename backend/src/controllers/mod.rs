//! The controllers: what keeps the objects of a sandbox in order, each a loop of its own and a client of the API.
//!
//! | file | what it keeps |
//! |---|---|
//! | `namespace.rs` | the system's namespaces exist; a deleted one is emptied, then gone |
//! | `accounts.rs` | every namespace has the service account `default` and the ConfigMap `kube-root-ca.crt` |
//! | `node_health.rs` | a silent node is `Unknown` and tainted |
//! | `eviction.rs` | Pods leave nodes whose `NoExecute` taints they do not tolerate, or no longer |
//! | `pod_garbage.rs` | no Pods of nodes that are gone, not too many that have ended |
//! | `event_expiry.rs` | Events last an hour |
//! | `quota.rs` | every ResourceQuota says what is used of it |
//! | `owners.rs` | what is owned goes when its owners go |
//! | `system_classes.rs` | the system's PriorityClasses exist |
//!
//! None may write the store, talk to an engine, or know another controller.

mod accounts;
mod event_expiry;
mod eviction;
mod namespace;
mod node_health;
mod owners;
mod pod_garbage;
mod quota;
mod system_classes;

use tokio_util::sync::CancellationToken;

use crate::apiserver::Client;

/// Runs all of them until told to stop.
pub async fn run(client: Client, cancel: CancellationToken) {
    tokio::join!(
        namespace::run(client.clone(), cancel.clone()),
        accounts::run(client.clone(), cancel.clone()),
        node_health::run(client.clone(), cancel.clone()),
        eviction::run(client.clone(), cancel.clone()),
        pod_garbage::run(client.clone(), cancel.clone()),
        event_expiry::run(client.clone(), cancel.clone()),
        quota::run(client.clone(), cancel.clone()),
        system_classes::run(client.clone()),
        owners::run(client, cancel),
    );
}

#[cfg(test)]
mod tests;
