//! InterPodAffinity: near these Pods, far from those; and what Pods already there say of the new one.

use std::collections::HashMap;

use super::cluster::Cluster;
use super::node::NodeInfo;
use super::pod::{PodInfo, PodTerm};
use super::verdict::Rejection;

/// A domain: a node label and its value.
type Domain = (Box<str>, Box<str>);

/// Counts by domain, computed once for a Pod (`PreFilter`); empty for Pods to which none of this applies.
#[derive(Default)]
pub(super) struct PodAffinityState {
    /// Pods there that match all the required terms together.
    near: HashMap<Domain, usize>,
    /// Pods there that the new one must not be near to.
    far: HashMap<Domain, usize>,
    /// Pods there that will not have the new one near.
    refused: HashMap<Domain, usize>,
    /// The new Pod matches its own terms: the first of a group may go anywhere.
    matches_itself: bool,
}

impl PodAffinityState {
    pub(super) fn new(cluster: &Cluster, pod: &PodInfo) -> Self {
        let mut state = Self::default();
        for (node, other) in cluster.pods_with_anti_affinity() {
            for term in other.affinity_terms().into_iter().flat_map(|affinity| &affinity.anti_required) {
                if term.selects(pod) {
                    count(&mut state.refused, node, term);
                }
            }
        }
        let Some(affinity) = pod.affinity_terms() else { return state };
        if affinity.required.is_empty() && affinity.anti_required.is_empty() {
            return state;
        }
        state.matches_itself = affinity.required.iter().all(|term| term.selects(pod));
        for node in cluster.nodes() {
            for other in node.pods.values().filter(|other| !other.terminating || other.uid != pod.uid) {
                if !affinity.required.is_empty() && affinity.required.iter().all(|term| term.selects(other)) {
                    affinity.required.iter().for_each(|term| count(&mut state.near, node, term));
                }
                for term in affinity.anti_required.iter().filter(|term| term.selects(other)) {
                    count(&mut state.far, node, term);
                }
            }
        }
        state
    }
}

fn count(counts: &mut HashMap<Domain, usize>, node: &NodeInfo, term: &PodTerm) {
    if let Some(value) = node.label(&term.topology_key) {
        *counts.entry((term.topology_key.clone(), value.into())).or_insert(0) += 1;
    }
}

fn there(counts: &HashMap<Domain, usize>, node: &NodeInfo, key: &str) -> bool {
    node.label(key).is_some_and(|value| counts.contains_key(&(key.into(), value.into())))
}

/// The three rules in kube-scheduler's order.
pub(super) fn filter(state: &PodAffinityState, pod: &PodInfo, node: &NodeInfo) -> Result<(), Rejection> {
    if let Some(affinity) = pod.affinity_terms() {
        let all_near = affinity.required.iter().all(|term| there(&state.near, node, &term.topology_key));
        if !all_near {
            let has_keys = affinity.required.iter().all(|term| node.label(&term.topology_key).is_some());
            let first_of_group = state.near.is_empty() && state.matches_itself && has_keys;
            if !first_of_group {
                return Err(Rejection::unresolvable("node(s) didn't match pod affinity rules"));
            }
        }
        if affinity.anti_required.iter().any(|term| there(&state.far, node, &term.topology_key)) {
            return Err(Rejection::resolvable("node(s) didn't match pod anti-affinity rules"));
        }
    }
    let refused = !state.refused.is_empty() && state.refused.keys().any(|(key, value)| node.label(key) == Some(value));
    match refused {
        true => Err(Rejection::resolvable("node(s) didn't satisfy existing pods anti-affinity rules")),
        false => Ok(()),
    }
}

/// Each node's raw score: weights of preferred terms, the new Pod's and those of Pods already there.
/// `None` when nothing of it applies.
pub(super) fn scores(cluster: &Cluster, pod: &PodInfo, nodes: &[&NodeInfo]) -> Option<Vec<i64>> {
    let own = pod.affinity_terms().filter(|own| !own.preferred.is_empty() || !own.anti_preferred.is_empty());
    if own.is_none() && !cluster.any_affinity() {
        return None;
    }
    let mut weights: HashMap<Domain, i64> = HashMap::new();
    let mut add = |node: &NodeInfo, term: &PodTerm, weight: i64| {
        if let Some(value) = node.label(&term.topology_key) {
            *weights.entry((term.topology_key.clone(), value.into())).or_insert(0) += weight;
        }
    };
    for node in cluster.nodes() {
        for other in node.pods.values() {
            if let Some(own) = own {
                own.preferred.iter().filter(|(_, t)| t.selects(other)).for_each(|(w, t)| add(node, t, *w));
                own.anti_preferred.iter().filter(|(_, t)| t.selects(other)).for_each(|(w, t)| add(node, t, -w));
            }
            let Some(theirs) = other.affinity_terms() else { continue };
            // Required affinity of others pulls with weight 1 (`hardPodAffinityWeight`).
            theirs.required.iter().filter(|t| t.selects(pod)).for_each(|t| add(node, t, 1));
            theirs.preferred.iter().filter(|(_, t)| t.selects(pod)).for_each(|(w, t)| add(node, t, *w));
            theirs.anti_preferred.iter().filter(|(_, t)| t.selects(pod)).for_each(|(w, t)| add(node, t, -w));
        }
    }
    if weights.is_empty() {
        return None;
    }
    let score = |node: &&NodeInfo| {
        weights.iter().filter(|((key, value), _)| node.label(key) == Some(value)).map(|(_, weight)| weight).sum()
    };
    Some(nodes.iter().map(score).collect())
}
