//! The controllers against the real API over a store in memory, in a time that runs as fast as it may.

use std::time::Duration;

use serde_json::{Value, json};
use shared::api::kind::known;
use shared::api::object;
use tokio_util::sync::CancellationToken;

use super::run;
use crate::apiserver::{Api, Client, DeleteOptions};
use crate::store::{Object, Store};

struct Sandbox {
    client: Client,
    cancel: CancellationToken,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

impl Sandbox {
    async fn new() -> Self {
        let api = Api::new(Store::memory());
        api.set_root_ca("PEM");
        let sandbox = Self { client: api.client("default", "system:admin"), cancel: CancellationToken::new() };
        tokio::spawn(run(sandbox.client.clone(), sandbox.cancel.clone()));
        sandbox
            .until("the account", |client| client.get(known("serviceaccounts"), "default", "default").is_some())
            .await;
        sandbox
    }

    /// Waits, in the tests' time, for at most an hour.
    async fn until(&self, what: &str, wanted: impl Fn(&Client) -> bool) {
        for _ in 0..36_000 {
            if wanted(&self.client) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{what} never came to be");
    }

    async fn make(&self, plural: &str, namespace: &str, name: &str, fields: Value) -> Object {
        let kind = known(plural);
        let mut object = json!({"apiVersion": kind.api_version(), "kind": kind.kind, "metadata": {"name": name}});
        for (field, value) in fields.as_object().into_iter().flatten() {
            match field.as_str() {
                "metadata" => {
                    for (field, value) in value.as_object().into_iter().flatten() {
                        object["metadata"][field] = value.clone();
                    }
                }
                _ => object[field] = value.clone(),
            }
        }
        self.client.create(kind, namespace, object).await.unwrap()
    }

    fn get(&self, plural: &str, namespace: &str, name: &str) -> Option<Value> {
        self.client.get(known(plural), namespace, name).map(|found| found.value().clone())
    }

    async fn delete(&self, plural: &str, namespace: &str, name: &str, policy: Option<&str>) {
        let options = DeleteOptions { propagation_policy: policy.map(str::to_owned), ..DeleteOptions::default() };
        self.client.delete(known(plural), namespace, name, options).await.unwrap();
    }
}

fn pod_on(node: &str) -> Value {
    json!({"spec": {"nodeName": node, "containers": [{"name": "c", "image": "busybox"}]}})
}

fn owned_by(owner: &Object, kind: &str) -> Value {
    let value = owner.value();
    json!({"metadata": {"ownerReferences": [
        {"apiVersion": "v1", "kind": kind, "name": object::name(value), "uid": object::uid(value)}]}})
}

fn ready(status: &str) -> Value {
    json!({"status": {"conditions": [{"type": "Ready", "status": status, "reason": "KubeletReady",
        "lastHeartbeatTime": "2026-01-01T00:00:00Z"}]}})
}

#[tokio::test(start_paused = true)]
async fn every_namespace_has_its_account_and_certificate() {
    let sandbox = Sandbox::new().await;
    sandbox.make("namespaces", "", "mine", json!({})).await;
    for namespace in ["default", "kube-node-lease", "kube-public", "kube-system", "mine"] {
        sandbox
            .until(namespace, |client| client.get(known("configmaps"), namespace, "kube-root-ca.crt").is_some())
            .await;
        assert!(sandbox.get("serviceaccounts", namespace, "default").is_some(), "{namespace}");
    }
    sandbox.delete("serviceaccounts", "mine", "default", None).await;
    sandbox.delete("configmaps", "mine", "kube-root-ca.crt", None).await;
    sandbox
        .until("both", |client| {
            client.get(known("serviceaccounts"), "mine", "default").is_some()
                && client.get(known("configmaps"), "mine", "kube-root-ca.crt").is_some()
        })
        .await;
    assert_eq!(sandbox.get("configmaps", "mine", "kube-root-ca.crt").unwrap()["data"], json!({"ca.crt": "PEM"}));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_namespace_is_emptied_first() {
    let sandbox = Sandbox::new().await;
    sandbox.make("namespaces", "", "mine", json!({})).await;
    sandbox.make("configmaps", "mine", "a", json!({"metadata": {"finalizers": ["example.com/held"]}})).await;
    sandbox.make("pods", "mine", "p", pod_on("")).await;
    sandbox.delete("namespaces", "", "mine", None).await;
    sandbox.until("the Pod", |client| client.get(known("pods"), "mine", "p").is_none()).await;
    let waits = sandbox.get("namespaces", "", "mine").expect("it waits for the held ConfigMap");
    assert_eq!(waits["status"]["phase"], "Terminating");
    let mut held = sandbox.get("configmaps", "mine", "a").unwrap();
    held["metadata"]["finalizers"] = json!([]);
    sandbox.client.update(known("configmaps"), held).await.unwrap();
    sandbox.until("the end", |client| client.get(known("namespaces"), "", "mine").is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_node_loses_its_pods() {
    let sandbox = Sandbox::new().await;
    let started = tokio::time::Instant::now();
    sandbox.make("nodes", "", "worker", ready("True")).await;
    sandbox.make("pods", "default", "p", pod_on("worker")).await;
    let has = |node: &Value, key: &str| object::list(node, "/spec/taints").iter().any(|taint| taint["key"] == key);
    sandbox
        .until("the taint", |client| {
            client
                .get(known("nodes"), "", "worker")
                .is_some_and(|node| has(node.value(), "node.kubernetes.io/unreachable"))
        })
        .await;
    let silence = started.elapsed().as_secs();
    assert!((50..=56).contains(&silence), "{silence} s");
    let node = sandbox.get("nodes", "", "worker").unwrap();
    let condition = object::list(&node, "/status/conditions").iter().find(|one| one["type"] == "Ready").unwrap();
    assert_eq!((&condition["status"], &condition["reason"]), (&json!("Unknown"), &json!("NodeStatusUnknown")));
    // Admission gave the Pod five minutes.
    sandbox
        .until("the eviction", |client| {
            client
                .get(known("pods"), "default", "p")
                .is_none_or(|pod| object::deletion_timestamp(pod.value()).is_some())
        })
        .await;
    let stayed = started.elapsed().as_secs() - silence;
    assert!((299..=302).contains(&stayed), "{stayed} s");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_speaks_keeps_them() {
    let sandbox = Sandbox::new().await;
    sandbox.make("nodes", "", "worker", ready("True")).await;
    for second in 0..60 {
        let lease = json!({"spec": {"holderIdentity": "worker", "leaseDurationSeconds": 40,
            "renewTime": format!("2026-01-01T00:00:{second:02}.000000Z")}});
        match sandbox.get("leases", "kube-node-lease", "worker") {
            None => drop(sandbox.make("leases", "kube-node-lease", "worker", lease).await),
            Some(mut found) => {
                found["spec"] = lease["spec"].clone();
                sandbox.client.update(known("leases"), found).await.unwrap();
            }
        }
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    let node = sandbox.get("nodes", "", "worker").unwrap();
    assert!(object::list(&node, "/spec/taints").is_empty(), "{node:#}");
}

#[tokio::test(start_paused = true)]
async fn pods_of_a_node_that_is_gone_go() {
    let sandbox = Sandbox::new().await;
    sandbox.make("pods", "default", "p", pod_on("nowhere")).await;
    sandbox.until("the end", |client| client.get(known("pods"), "default", "p").is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_owned_goes_with_its_owner() {
    let sandbox = Sandbox::new().await;
    for (policy, stays) in [(Some("Background"), false), (Some("Foreground"), false), (Some("Orphan"), true)] {
        let owner = sandbox.make("configmaps", "default", "owner", json!({})).await;
        sandbox.make("secrets", "default", "owned", owned_by(&owner, "ConfigMap")).await;
        sandbox.make("secrets", "default", "other", json!({})).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        sandbox.delete("configmaps", "default", "owner", policy).await;
        sandbox.until("the owner's end", |client| client.get(known("configmaps"), "default", "owner").is_none()).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let owned = sandbox.get("secrets", "default", "owned");
        assert_eq!(owned.is_some(), stays, "{policy:?}");
        if let Some(owned) = owned {
            assert!(object::list(&owned, "/metadata/ownerReferences").is_empty());
            sandbox.delete("secrets", "default", "owned", None).await;
        }
        sandbox.delete("secrets", "default", "other", None).await;
    }
    // One whose owner was gone before it came.
    let ghost =
        json!({"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "ghost", "uid": "u"}]}});
    sandbox.make("secrets", "default", "late", ghost).await;
    sandbox.until("its end", |client| client.get(known("secrets"), "default", "late").is_none()).await;
    // An owner of a kind that is not served may well be there.
    let unknown = json!({"metadata": {"ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": "u"}]}});
    sandbox.make("secrets", "default", "kept", unknown).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(sandbox.get("secrets", "default", "kept").is_some());
}
