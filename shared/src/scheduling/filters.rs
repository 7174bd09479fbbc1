//! The filters, in kube-scheduler's order, and those of a few lines each.

use super::cluster::Cluster;
use super::inter_pod::{self, PodAffinityState};
use super::node::NodeInfo;
use super::pod::PodInfo;
use super::spread::{self, SpreadState};
use super::verdict::Rejection;
use super::{fit, node_affinity};

/// What a filter that looks beyond one node has computed for this Pod beforehand (`PreFilter`).
pub(super) struct State {
    pub(super) spread: SpreadState,
    pub(super) inter_pod: PodAffinityState,
}

impl State {
    pub(super) fn new(cluster: &Cluster, pod: &PodInfo) -> Self {
        Self { spread: SpreadState::new(cluster, pod), inter_pod: PodAffinityState::new(cluster, pod) }
    }
}

type Filter = fn(&State, &PodInfo, &NodeInfo) -> Result<(), Rejection>;

/// Names and filters; the first that rejects is the one that counts.
pub(super) const FILTERS: &[(&str, Filter)] = &[
    ("NodeUnschedulable", |_, pod, node| unschedulable(pod, node)),
    ("NodeName", |_, pod, node| node_name(pod, node)),
    ("TaintToleration", |_, pod, node| taints(pod, node)),
    ("NodeAffinity", |_, pod, node| node_affinity::filter(pod, node)),
    ("NodePorts", |_, pod, node| ports(pod, node)),
    ("NodeResourcesFit", |_, pod, node| fit::filter(pod, node)),
    ("PodTopologySpread", |state, pod, node| spread::filter(&state.spread, pod, node)),
    ("InterPodAffinity", |state, pod, node| inter_pod::filter(&state.inter_pod, pod, node)),
];

/// The first rejection, or none.
pub(super) fn first(state: &State, pod: &PodInfo, node: &NodeInfo) -> Result<(), Rejection> {
    FILTERS.iter().try_for_each(|(_, filter)| filter(state, pod, node))
}

/// A cordoned node takes only Pods that tolerate the taint which cordoning stands for.
fn unschedulable(pod: &PodInfo, node: &NodeInfo) -> Result<(), Rejection> {
    match node.unschedulable && !pod.tolerates("node.kubernetes.io/unschedulable", "", "NoSchedule") {
        true => Err(Rejection::unresolvable("node(s) were unschedulable")),
        false => Ok(()),
    }
}

fn node_name(pod: &PodInfo, node: &NodeInfo) -> Result<(), Rejection> {
    match pod.node_name.is_empty() || *pod.node_name == *node.name {
        true => Ok(()),
        false => Err(Rejection::unresolvable("node(s) didn't match the requested node name")),
    }
}

/// The reason names no taint since v1.34.2; the detail does.
fn taints(pod: &PodInfo, node: &NodeInfo) -> Result<(), Rejection> {
    let bad = node.taints.iter().find(|taint| {
        matches!(&*taint.effect, "NoSchedule" | "NoExecute") && !pod.tolerates(&taint.key, &taint.value, &taint.effect)
    });
    let Some(taint) = bad else { return Ok(()) };
    let value = if taint.value.is_empty() { String::new() } else { format!("={}", taint.value) };
    let detail = format!("taint {}{value}:{} is not tolerated", taint.key, taint.effect);
    Err(Rejection::unresolvable("node(s) had untolerated taint(s)").with(detail))
}

/// `0.0.0.0` takes the port of all addresses.
pub(super) fn ports(pod: &PodInfo, node: &NodeInfo) -> Result<(), Rejection> {
    let clash = pod.host_ports.iter().find(|want| {
        node.ports.iter().any(|taken| {
            let meets = want.ip == taken.ip || &*want.ip == "0.0.0.0" || &*taken.ip == "0.0.0.0";
            want.port == taken.port && want.protocol == taken.protocol && meets
        })
    });
    let Some(port) = clash else { return Ok(()) };
    let detail = format!("host port {}/{} is taken", port.port, port.protocol);
    Err(Rejection::resolvable("node(s) didn't have free ports for the requested pod ports").with(detail))
}
