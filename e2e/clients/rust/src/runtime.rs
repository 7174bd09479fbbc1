//! What controllers are made of: watcher, reflector, Controller, finalizers, Events.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::events::v1::Event as Recorded;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::runtime::controller::{Action, Controller};
use kube::runtime::events::{Event as News, EventType, Recorder, Reporter};
use kube::runtime::finalizer::{Event as Turn, finalizer};
use kube::runtime::{WatchStreamExt, conditions, reflector, wait, watcher};
use kube::{Api, Resource, ResourceExt};
use serde_json::json;

use crate::Cluster;
use crate::objects::map;

/// Waits until a probe is content.
async fn eventually<F: Future<Output = Result<bool>>>(mut probe: impl FnMut() -> F) -> Result<()> {
    while !probe().await? {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

async fn watches(cluster: &Cluster, name: &str, config: watcher::Config) -> Result<()> {
    let config = config.fields(&format!("metadata.name={name}"));
    cluster.maps.create(&PostParams::default(), &map(name, &json!({"a": "1"}))?).await?;
    let mut events = watcher(cluster.maps.clone(), config).boxed();
    let mut seen = Vec::new();
    while let Some(event) = events.try_next().await? {
        match event {
            watcher::Event::Init => seen.push("init"),
            watcher::Event::InitApply(_) => seen.push("there"),
            watcher::Event::InitDone => {
                seen.push("done");
                let patch = json!({"data": {"a": "2"}});
                cluster.maps.patch(name, &PatchParams::default(), &Patch::Merge(patch)).await?;
            }
            watcher::Event::Apply(_) => {
                seen.push("changed");
                cluster.maps.delete(name, &DeleteParams::default()).await?;
            }
            watcher::Event::Delete(_) => {
                seen.push("gone");
                break;
            }
        }
    }
    ensure!(seen == ["init", "there", "done", "changed", "gone"], "{seen:?}");
    Ok(())
}

pub async fn watcher_lists(cluster: &Cluster) -> Result<()> {
    watches(cluster, "watched", watcher::Config::default().page_size(1)).await
}

pub async fn watcher_streams(cluster: &Cluster) -> Result<()> {
    watches(cluster, "streamed", watcher::Config::default().streaming_lists()).await
}

pub async fn reflects(cluster: &Cluster) -> Result<()> {
    let (store, writer) = reflector::store::<ConfigMap>();
    let changes = watcher(cluster.maps.clone(), watcher::Config::default().labels("reflected=yes"));
    let following = tokio::spawn(changes.default_backoff().reflect(writer).applied_objects().for_each(async |_| ()));
    let mut labelled = map("reflected", &json!({}))?;
    labelled.labels_mut().insert("reflected".into(), "yes".into());
    cluster.maps.create(&PostParams::default(), &labelled).await?;
    store.wait_until_ready().await?;
    eventually(async || Ok(store.len() == 1)).await?;
    // What loses its label is gone for who selects by it.
    let patch = json!({"metadata": {"labels": {"reflected": null}}});
    cluster.maps.patch("reflected", &PatchParams::default(), &Patch::Merge(patch)).await?;
    eventually(async || Ok(store.is_empty())).await?;
    following.abort();
    Ok(())
}

/// Each ConfigMap labelled `owner` gets another with the same data, which it owns.
async fn reconcile(owner: Arc<ConfigMap>, maps: Arc<Api<ConfigMap>>) -> Result<Action, kube::Error> {
    let mut owned = ConfigMap { data: owner.data.clone(), ..ConfigMap::default() };
    owned.metadata.name = Some(format!("{}-owned", owner.name_any()));
    owned.metadata.owner_references = Some(owner.controller_owner_ref(&()).into_iter().collect());
    let name = owned.name_any();
    maps.patch(&name, &PatchParams::apply("controller").force(), &Patch::Apply(&owned)).await?;
    Ok(Action::await_change())
}

pub async fn controls(cluster: &Cluster) -> Result<()> {
    let maps = cluster.maps.clone();
    let controller = Controller::new(maps.clone(), watcher::Config::default().labels("role=owner"))
        .owns(maps.clone(), watcher::Config::default())
        .run(reconcile, |_, _, _| Action::requeue(Duration::from_secs(1)), Arc::new(maps.clone()));
    let running = tokio::spawn(controller.for_each(async |_| ()));
    let mut owner = map("boss", &json!({"a": "1"}))?;
    owner.labels_mut().insert("role".into(), "owner".into());
    let owner = maps.create(&PostParams::default(), &owner).await?;
    let owned = async || Ok::<_, anyhow::Error>(maps.get_opt("boss-owned").await?);
    eventually(async || Ok(owned().await?.is_some())).await?;
    // What somebody changes is put right, since the controller watches what it owns.
    maps.patch("boss-owned", &PatchParams::default(), &Patch::Merge(json!({"data": {"a": "9"}}))).await?;
    eventually(async || Ok(owned().await?.and_then(|map| map.data).is_some_and(|data| data["a"] == "1"))).await?;
    running.abort();
    maps.delete("boss", &DeleteParams::background()).await?;
    eventually(async || Ok(owned().await?.is_none())).await?;
    let uid = owner.metadata.uid.context("no uid")?;
    wait::await_condition(maps.clone(), "boss", conditions::is_deleted(&uid)).await?;
    Ok(())
}

pub async fn finalizes(cluster: &Cluster) -> Result<()> {
    const NAME: &str = "podground.example/cleanup";
    cluster.maps.create(&PostParams::default(), &map("final", &json!({}))?).await?;
    let turn = async || -> Result<&'static str> {
        let object = Arc::new(cluster.maps.get("final").await?);
        let said = Arc::new(std::sync::Mutex::new("nothing"));
        let says = said.clone();
        let reconcile = async move |turn| {
            *says.lock().unwrap() = match turn {
                Turn::Apply(_) => "apply",
                Turn::Cleanup(_) => "cleanup",
            };
            Ok::<_, std::convert::Infallible>(Action::await_change())
        };
        finalizer(&cluster.maps, NAME, object, reconcile).await?;
        let said = *said.lock().unwrap();
        Ok(said)
    };
    ensure!(turn().await? == "nothing", "the finalizer was there before it was set");
    ensure!(turn().await? == "apply");
    let deleted = cluster.maps.delete("final", &DeleteParams::default()).await?.left();
    ensure!(deleted.is_some_and(|map| map.metadata.deletion_timestamp.is_some()), "gone in spite of its finalizer");
    ensure!(turn().await? == "cleanup");
    ensure!(cluster.maps.get_opt("final").await?.is_none(), "still there without a finalizer");
    Ok(())
}

pub async fn records(cluster: &Cluster) -> Result<()> {
    let pod = cluster.pods.get("box").await?;
    let reporter = Reporter { controller: "podground.example/client".into(), instance: None };
    let recorder = Recorder::new(cluster.client.clone(), reporter);
    for _ in 0..2 {
        let news = News {
            type_: EventType::Normal,
            reason: "Greeting".into(),
            note: Some("hello".into()),
            action: "Greeting".into(),
            secondary: None,
        };
        recorder.publish(&news, &pod.object_ref(&())).await?;
    }
    let events: Api<Recorded> = Api::namespaced(cluster.client.clone(), crate::SPACE);
    let found = events.list(&ListParams::default().fields("reason=Greeting")).await?;
    ensure!(found.items.len() == 1, "{} Events", found.items.len());
    let series = found.items[0].series.as_ref().map(|series| series.count);
    ensure!(series == Some(2), "{series:?}");
    Ok(())
}
