//! A node's loop: gives each Pod of its node a worker and passes on what happens to the one it concerns.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use futures::{Stream, StreamExt as _};
use serde_json::Value;
use shared::api::kind::known;
use shared::api::object;

use super::convert::{is, label, sandbox};
use super::handle::Input;
use super::pod_dir::PodDir;
use super::power::Machine;
use super::worker;
use super::{Node, host_ports, pool, power, volumes};
use crate::runtime::{ContainerEvent, ContainerInfo, EventKind, Labels, Role, RunState, labels};
use crate::store::EventType;

/// How often the engine is asked for everything, whatever its events said.
const RELIST: Duration = Duration::from_secs(60);
/// How often tokens in Pods are written anew: half of the least time that one may be good for.
const ROTATE: Duration = Duration::from_secs(300);
/// How long to wait before an engine that does not answer is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs until the node is told to stop: from each boot of its machine to the next loss of power.
pub(super) async fn run(node: Arc<Node>) {
    // Before any list, so that nothing happens between the two.
    let mut events = node.runtime().events(&labels_of(&node));
    while let Some(machine) = power::on(&node, &mut events).await {
        let session = node.begin();
        node.tasks.spawn(host_ports::run(node.clone(), machine.pid, session.clone()));
        work(&node, machine, &mut events).await;
        session.cancel();
        if node.cancel.is_cancelled() {
            return;
        }
        tracing::info!(node = node.config.name, "the node's container does not run, nor does anything on it");
        node.workers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        node.host_ports.clear();
    }
}

/// The kubelet's work while its machine is on.
async fn work(node: &Arc<Node>, machine: Machine, events: &mut (impl Stream<Item = ContainerEvent> + Unpin)) {
    // Members of the pool that waited on the machine as it was before its boot are no more.
    for member in node.pool.waiting() {
        if let Some(member) = node.pool.lose(&member.id) {
            pool::remove(node.clone(), member).await;
        }
    }
    let Some(found) = first_list(node, machine).await else { return };
    let useless = pool::adopt(node, &found);
    pool::name_unnamed(node, &found).await;
    let mut found = by_pod(node, found);
    adopt(node, &found);
    for member in useless {
        node.tasks.spawn(pool::remove(node.clone(), member));
    }
    node.tasks.spawn(pool::run(node.clone(), node.session()));
    let mine = |pod: &Value| pod.pointer("/spec/nodeName").and_then(Value::as_str) == Some(&node.config.name);
    let mut bound = HashSet::new();
    // One that is deleted from here on is told by the changes.
    let (pods, mut changes) = node.api.client.list_then_watch(known("pods"));
    for pod in pods {
        if mine(pod.value()) {
            bound.insert(object::uid(pod.value()).to_owned());
            pod_changed(node, pod.value(), &mut found);
        }
    }
    let of_node = PodDir::of_node(&node.config.data_dir, &node.config.sandbox, &node.config.name);
    remove_orphans(node, std::mem::take(&mut found), &bound).await;
    node.tasks.spawn(volumes::clear_others(of_node, bound));

    let mut config_maps = std::pin::pin!(node.api.client.list_watch(known("configmaps")));
    let mut secrets = std::pin::pin!(node.api.client.list_watch(known("secrets")));
    let mut relist = tokio::time::interval_at(tokio::time::Instant::now() + RELIST, RELIST);
    relist.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut rotate = tokio::time::interval_at(tokio::time::Instant::now() + ROTATE, ROTATE);
    loop {
        tokio::select! {
            () = node.cancel.cancelled() => return,
            Some(event) = changes.next() => {
                let pod = event.object.value();
                if event.ty == EventType::Deleted {
                    tell(node, object::uid(pod), Input::Gone);
                } else if mine(pod) {
                    pod_changed(node, pod, &mut found);
                }
            }
            Some(event) = config_maps.next() => source(node, false, &event.key.namespace, &event.key.name),
            Some(event) = secrets.next() => source(node, true, &event.key.namespace, &event.key.name),
            Some(event) = events.next() => {
                if power::lost(node, machine, &event).await {
                    return;
                }
                happened(node, event);
            }
            _ = rotate.tick() => {
                let workers = node.workers.lock().unwrap_or_else(PoisonError::into_inner);
                for worker in workers.values() {
                    let _ = worker.inputs.send(Input::Tokens);
                }
            }
            _ = relist.tick() => drop(node.tasks.spawn(look_at_everything(node.clone()))),
        }
    }
}

pub(super) fn labels_of(node: &Node) -> Labels {
    let config = &node.config;
    let pairs =
        [(labels::INSTANCE, &config.instance), (labels::SANDBOX, &config.sandbox), (labels::NODE, &config.name)];
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value.clone())).collect()
}

type ByPod = HashMap<String, Vec<ContainerInfo>>;

fn by_pod(node: &Node, found: Vec<ContainerInfo>) -> ByPod {
    let mut out = ByPod::new();
    for container in found.into_iter().filter_map(|c| node.pool.as_pod(c)) {
        if !is(&container, Role::Node) {
            out.entry(label(&container, labels::POD_UID).to_owned()).or_default().push(container);
        }
    }
    out
}

async fn first_list(node: &Arc<Node>, machine: Machine) -> Option<Vec<ContainerInfo>> {
    loop {
        match node.runtime().list(&labels_of(node)).await {
            // The machine was off and on again while nobody looked.
            Ok(found) if found.iter().any(|c| power::outlived(machine, c)) => power::off(node).await,
            Ok(found) => return Some(found),
            Err(error) => tracing::warn!(node = node.config.name, %error, "the engine's containers cannot be listed"),
        }
        tokio::select! {
            () = node.cancel.cancelled() => return None,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Notes which Pod addresses are in use.
fn adopt(node: &Node, found: &ByPod) {
    let mut addresses = node.addresses.lock().unwrap_or_else(PoisonError::into_inner);
    for (uid, containers) in found {
        let running = containers.iter().filter(|c| is(c, Role::Pod)).map(sandbox).filter(|s| s.ready);
        for ip in running.filter_map(|s| s.ip?.parse().ok()) {
            addresses.adopt(ip, uid);
        }
    }
}

fn tell(node: &Node, uid: &str, input: Input) {
    if let Some(worker) = node.worker(uid) {
        // A worker that has just ended needs no news.
        let _ = worker.inputs.send(input);
    }
}

fn pod_changed(node: &Arc<Node>, pod: &Value, found: &mut ByPod) {
    let uid = object::uid(pod);
    if node.worker(uid).is_some() {
        return tell(node, uid, Input::Pod(pod.clone()));
    }
    // The last news of a Pod that has just been removed here.
    if node.api.client.get(known("pods"), object::namespace(pod), object::name(pod)).is_none() {
        return;
    }
    let containers = found.remove(uid).unwrap_or_default();
    if let Some(handle) = worker::spawn(node, pod, &containers) {
        node.workers.lock().unwrap_or_else(PoisonError::into_inner).insert(uid.to_owned(), handle);
    }
}

fn source(node: &Node, secret: bool, namespace: &str, name: &str) {
    let workers = node.workers.lock().unwrap_or_else(PoisonError::into_inner);
    for worker in workers.values().filter(|w| w.namespace == namespace) {
        let _ = worker.inputs.send(Input::Source { secret, name: name.to_owned() });
    }
}

/// A hint of the engine: the truth is asked for.
fn happened(node: &Arc<Node>, event: ContainerEvent) {
    if event.kind == EventKind::Resync {
        return drop(node.tasks.spawn(look_at_everything(node.clone())));
    }
    if matches!(event.kind, EventKind::Died | EventKind::Removed)
        && let Some(member) = node.pool.lose(&event.id)
    {
        return drop(node.tasks.spawn(pool::remove(node.clone(), member)));
    }
    if node.pool.hides(&event.id) {
        return;
    }
    let of_label = event.labels.get(labels::POD_UID).cloned();
    let uid = of_label.or_else(|| node.pool.owner(&event.id)).unwrap_or_default();
    if event.kind == EventKind::Removed {
        node.pool.forget(&event.id);
        return tell(node, &uid, Input::Container(event.id, None));
    }
    // A start is known here already, unless somebody else's hand did it.
    if node.worker(&uid).is_none() {
        return;
    }
    look_at(node, event.id, uid);
}

/// Tells a Pod's worker how one of its containers is.
pub(super) fn look_at(node: &Arc<Node>, id: String, uid: String) {
    let node = node.clone();
    node.tasks.clone().spawn(async move {
        match node.runtime().inspect(&id).await {
            Ok(found) => tell(&node, &uid, Input::Container(id, found.and_then(|f| node.pool.as_pod(f)).map(Box::new))),
            Err(error) => tracing::debug!(%error, "a container could not be looked at; the next list will tell"),
        }
    });
}

async fn look_at_everything(node: Arc<Node>) {
    let began = Instant::now();
    let waiting = node.pool.waiting();
    let found = match node.runtime().list(&labels_of(&node)).await {
        Ok(found) => found,
        Err(error) => return tracing::warn!(%error, "the engine's containers cannot be listed"),
    };
    let runs = |id: &str| found.iter().any(|c| c.id == id && matches!(c.state, RunState::Running { .. }));
    for member in waiting.iter().filter(|member| !runs(&member.id)) {
        if let Some(member) = node.pool.lose(&member.id) {
            pool::remove(node.clone(), member).await;
        }
    }
    let mut found = by_pod(&node, found.into_iter().filter(|c| !node.pool.hides(&c.id)).collect());
    let workers: Vec<String> = node.workers.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect();
    for uid in &workers {
        tell(&node, uid, Input::All(began, found.remove(uid).unwrap_or_default()));
    }
    // A Pod whose worker ended meanwhile, or which has none yet, is looked up before its containers are touched.
    let bound: HashSet<String> =
        node.api.client.list(known("pods"), None).0.iter().map(|p| object::uid(p.value()).to_owned()).collect();
    remove_orphans(&node, found, &bound).await;
}

/// Removes the containers of Pods that are no longer there.
async fn remove_orphans(node: &Node, found: ByPod, bound: &HashSet<String>) {
    for (uid, containers) in found {
        if bound.contains(&uid) || node.worker(&uid).is_some() {
            continue;
        }
        for container in containers {
            if matches!(container.state, RunState::Running { .. }) {
                tracing::info!(container = container.name, "removing a container whose Pod is gone");
            }
            if let Err(error) = node.runtime().remove(&container.id).await {
                tracing::warn!(%error, container = container.name, "an orphan could not be removed");
            }
        }
    }
}
