//! Objects: discovery, errors, patches, apply, metadata, eviction.

use anyhow::{Context, Result, bail, ensure};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{EvictParams, ListParams, Patch, PatchParams, PostParams};
use kube::core::Status;
use kube::discovery::{Discovery, Scope};
use kube::runtime::{conditions, wait};
use serde_json::{Value, json};

use crate::Cluster;

/// A ConfigMap with this data.
pub fn map(name: &str, data: &Value) -> Result<ConfigMap> {
    let value = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data});
    Ok(serde_json::from_value(value)?)
}

fn data(map: &ConfigMap) -> Value {
    json!(map.data.clone().unwrap_or_default())
}

/// The Status of a call that must be refused.
fn refused<T>(called: kube::Result<T>, code: u16) -> Result<Status> {
    match called {
        Ok(_) => bail!("was not refused with {code}"),
        Err(kube::Error::Api(status)) if status.code == code => Ok(*status),
        Err(error) => Err(error).context(format!("was not refused with {code}")),
    }
}

pub async fn discovery(cluster: &Cluster) -> Result<()> {
    for found in [
        Discovery::new(cluster.client.clone()).run().await?,
        Discovery::new(cluster.client.clone()).run_aggregated().await?,
    ] {
        let core = found.groups().find(|group| group.name().is_empty()).context("no core group")?;
        let (pod, can) = core.recommended_kind("Pod").context("no Pod")?;
        ensure!(pod.plural == "pods" && can.scope == Scope::Namespaced, "{pod:?} {can:?}");
        ensure!(can.subresources.iter().any(|(sub, _)| sub.plural == "status"), "no status: {:?}", can.subresources);
        let lease = found.groups().find(|group| group.name() == "coordination.k8s.io").context("no leases")?;
        ensure!(lease.recommended_kind("Lease").is_some(), "no Lease");
    }
    Ok(())
}

pub async fn errors(cluster: &Cluster) -> Result<()> {
    let missing = refused(cluster.pods.get("nobody").await, 404)?;
    ensure!(missing.message == "pods \"nobody\" not found", "{missing:?}");
    ensure!(cluster.pods.get_opt("nobody").await?.is_none());
    let bad = refused(cluster.maps.create(&PostParams::default(), &map("A_b", &json!({}))?).await, 422)?;
    let causes = bad.details.context("no details")?.causes;
    ensure!(causes.iter().any(|cause| cause.field == "metadata.name"), "{causes:?}");
    let mut old = cluster.maps.create(&PostParams::default(), &map("old", &json!({}))?).await?;
    let fresh = cluster.maps.replace("old", &PostParams::default(), &map("old", &json!({"a": "1"}))?).await?;
    ensure!(fresh.metadata.resource_version != old.metadata.resource_version);
    old.data = Some([("a".to_owned(), "2".to_owned())].into());
    let conflict = refused(cluster.maps.replace("old", &PostParams::default(), &old).await, 409)?;
    ensure!(conflict.reason == "Conflict", "{conflict:?}");
    Ok(())
}

pub async fn patches(cluster: &Cluster) -> Result<()> {
    cluster.maps.create(&PostParams::default(), &map("patched", &json!({"a": "1", "b": "2"}))?).await?;
    let patch = async |patch: Patch<Value>| cluster.maps.patch("patched", &PatchParams::default(), &patch).await;
    let merged = patch(Patch::Merge(json!({"data": {"a": null}}))).await?;
    ensure!(data(&merged) == json!({"b": "2"}), "{merged:?}");
    let strategic = patch(Patch::Strategic(json!({"data": {"$patch": "replace", "d": "4"}}))).await?;
    ensure!(data(&strategic) == json!({"d": "4"}), "{strategic:?}");
    Ok(())
}

pub async fn apply(cluster: &Cluster) -> Result<()> {
    let apply = async |manager: &str, force: bool, data: Value| -> kube::Result<ConfigMap> {
        let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"}, "data": data});
        let parameters = PatchParams { force, ..PatchParams::apply(manager) };
        cluster.maps.patch("applied", &parameters, &Patch::Apply(&body)).await
    };
    apply("one", false, json!({"a": "1", "b": "1"})).await?;
    let conflict = refused(apply("two", false, json!({"a": "2"})).await, 409)?;
    ensure!(conflict.message.starts_with("Apply failed with 1 conflict: conflict with \"one\""), "{conflict:?}");
    let forced = apply("two", true, json!({"a": "2"})).await?;
    ensure!(data(&forced) == json!({"a": "2", "b": "1"}), "{forced:?}");
    let given_up = apply("one", false, json!({})).await?;
    ensure!(data(&given_up) == json!({"a": "2"}), "{given_up:?}");
    Ok(())
}

pub async fn metadata(cluster: &Cluster) -> Result<()> {
    let list = cluster.maps.list_metadata(&ListParams::default().fields("metadata.name=applied")).await?;
    ensure!(list.items.len() == 1 && list.items[0].metadata.name.as_deref() == Some("applied"), "{list:?}");
    let one = cluster.maps.get_metadata("applied").await?;
    ensure!(one.metadata.uid == list.items[0].metadata.uid);
    Ok(())
}

pub async fn evict(cluster: &Cluster) -> Result<()> {
    let pod = cluster.run("evicted", "sleep 600", json!({})).await?;
    cluster.pods.evict("evicted", &EvictParams::default()).await?;
    let uid = pod.metadata.uid.context("no uid")?;
    wait::await_condition(cluster.pods.clone(), "evicted", conditions::is_deleted(&uid)).await?;
    Ok(())
}
