//! The resources that a node has given a Pod: those it came with, and later ones once the node has them
//! (`pkg/kubelet/allocation`). A Pod that asks for more keeps what it has until then.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, ContainerStatus, Pod, ResourceRequirements};
use shared::api::kind::known;
use shared::api::object;
use shared::scheduling::{self, Refusal};

use super::{Node, admission, identity};

/// How often a change of resources that waits is looked at, seconds.
pub(super) const LOOK: i64 = 3;

/// By container.
pub(super) type Resources = BTreeMap<String, Option<ResourceRequirements>>;

fn containers(pod: &mut Pod) -> impl Iterator<Item = &mut Container> {
    let spec = pod.spec.iter_mut();
    spec.flat_map(|s| s.containers.iter_mut().chain(s.init_containers.iter_mut().flatten()))
}

/// What a Pod asks for.
pub(super) fn asked(pod: &Pod) -> Resources {
    let spec = pod.spec.iter();
    let containers = spec.flat_map(|s| s.containers.iter().chain(s.init_containers.iter().flatten()));
    containers.map(|c| (c.name.clone(), c.resources.clone())).collect()
}

/// What a Pod has: as its status says of what runs, else what it asks for.
pub(super) fn given(pod: &Pod) -> Resources {
    let mut given = asked(pod);
    let status = pod.status.iter();
    let lists = status.flat_map(|s| [&s.container_statuses, &s.init_container_statuses]);
    let running = |s: &&ContainerStatus| s.state.as_ref().is_some_and(|state| state.running.is_some());
    for status in lists.flatten().flatten().filter(running) {
        if let (Some(known), Some(reported)) = (given.get_mut(&status.name), &status.resources) {
            *known = Some(reported.clone());
        }
    }
    given
}

/// Puts resources into a Pod's spec.
pub(super) fn set(pod: &mut Pod, resources: &Resources) {
    for container in containers(pod) {
        if let Some(given) = resources.get(&container.name) {
            container.resources.clone_from(given);
        }
    }
}

/// Whether the node has what a Pod asks for.
///
/// # Errors
/// What there is too little of, now or for ever.
pub(super) fn fits(node: &Node, pod: &Pod) -> Result<(), Refusal> {
    let client = &node.api.client;
    let (Some(own), Ok(mut wanted)) = (client.get(known("nodes"), "", &node.config.name), serde_json::to_value(pod))
    else {
        return Ok(());
    };
    // Its status tells of what it has.
    wanted["status"] = serde_json::Value::Null;
    let pods = client.list(known("pods"), None).0;
    let (uid, _, _) = identity(pod);
    let others = pods.iter().map(|p| p.value()).filter(|other| object::uid(other) != uid);
    scheduling::admit_resize(&wanted, own.value(), admission::taken(node, others))
}
