//! PodTopologySpread: how far the numbers of matching Pods in the domains may differ, or should.

use std::collections::HashMap;

use super::cluster::Cluster;
use super::node::NodeInfo;
use super::node_affinity;
use super::pod::{PodInfo, SpreadConstraint};
use super::verdict::Rejection;

/// For each hard constraint of the Pod, matching Pods by domain.
#[derive(Default)]
pub(super) struct SpreadState(Vec<HashMap<Box<str>, i64>>);

impl SpreadState {
    pub(super) fn new(cluster: &Cluster, pod: &PodInfo) -> Self {
        let hard: Vec<&SpreadConstraint> = pod.spread.iter().filter(|one| one.hard).collect();
        Self(hard.iter().map(|one| domains(cluster, pod, one, &hard)).collect())
    }
}

/// Matching Pods of the namespace by domain, over the nodes that count for this Pod: those with all the topology
/// keys, that its affinity allows and (where asked for) whose taints it tolerates.
fn domains(
    cluster: &Cluster,
    pod: &PodInfo,
    constraint: &SpreadConstraint,
    all: &[&SpreadConstraint],
) -> HashMap<Box<str>, i64> {
    let mut counts = HashMap::new();
    for node in cluster.nodes() {
        let counts_here = all.iter().all(|one| node.label(&one.topology_key).is_some())
            && (!constraint.honor_affinity || node_affinity::allows(pod, node))
            && (!constraint.honor_taints || tolerated(pod, node));
        let Some(value) = node.label(&constraint.topology_key).filter(|_| counts_here) else { continue };
        *counts.entry(value.into()).or_insert(0) += matching(pod, constraint, node);
    }
    counts
}

fn matching(pod: &PodInfo, constraint: &SpreadConstraint, node: &NodeInfo) -> i64 {
    let Some(selector) = &constraint.selector else { return 0 };
    let one = |other: &&std::sync::Arc<PodInfo>| {
        !other.terminating && other.namespace == pod.namespace && selector.matches(Some(&other.labels))
    };
    node.pods.values().filter(one).count() as i64
}

fn tolerated(pod: &PodInfo, node: &NodeInfo) -> bool {
    node.taints.iter().all(|taint| {
        !matches!(&*taint.effect, "NoSchedule" | "NoExecute") || pod.tolerates(&taint.key, &taint.value, &taint.effect)
    })
}

/// After the Pod came here, the domain must not be more than `maxSkew` above the emptiest.
pub(super) fn filter(state: &SpreadState, pod: &PodInfo, node: &NodeInfo) -> Result<(), Rejection> {
    let hard = pod.spread.iter().filter(|one| one.hard);
    for (constraint, counts) in hard.zip(&state.0) {
        let Some(value) = node.label(&constraint.topology_key) else {
            let reason = "node(s) didn't match pod topology spread constraints (missing required label)";
            return Err(
                Rejection::unresolvable(reason).with(format!("the node has no label {}", constraint.topology_key))
            );
        };
        let fewest = match (counts.len() as i64) < constraint.min_domains {
            true => 0,
            false => counts.values().copied().min().unwrap_or(0),
        };
        let own = i64::from(constraint.selector.as_ref().is_some_and(|selector| selector.matches(Some(&pod.labels))));
        let here = counts.get(value).copied().unwrap_or(0);
        if here + own - fewest > constraint.max_skew {
            let detail = format!(
                "{}={value} would have {} matching pods, the emptiest domain has {fewest}, maxSkew is {}",
                constraint.topology_key,
                here + own,
                constraint.max_skew
            );
            return Err(Rejection::resolvable("node(s) didn't match pod topology spread constraints").with(detail));
        }
    }
    Ok(())
}

/// Each node's score 0 to 100 by the soft constraints: fewer matching Pods in its domains is better.
/// `None` when the Pod has none.
pub(super) fn scores(cluster: &Cluster, pod: &PodInfo, nodes: &[&NodeInfo]) -> Option<Vec<i64>> {
    let soft: Vec<&SpreadConstraint> = pod.spread.iter().filter(|one| !one.hard).collect();
    if soft.is_empty() {
        return None;
    }
    let counts: Vec<_> = soft.iter().map(|one| domains(cluster, pod, one, &soft)).collect();
    let raw = |node: &&NodeInfo| -> Option<f64> {
        soft.iter()
            .zip(&counts)
            .map(|(one, counts)| {
                let here = *counts.get(node.label(&one.topology_key)?)? as f64;
                // Few domains must not drown many: `topologyNormalizingWeight`.
                Some(here * ((counts.len() + 2) as f64).ln() + (one.max_skew - 1) as f64)
            })
            .sum()
    };
    let raw: Vec<Option<i64>> = nodes.iter().map(|node| raw(node).map(|score| score.round() as i64)).collect();
    let (max, min) = (raw.iter().flatten().max().copied()?, raw.iter().flatten().min().copied()?);
    Some(
        raw.iter()
            .map(|score| match score {
                // Without the label the constraint cannot be judged: the worst score.
                None => 0,
                Some(_) if max == 0 => 100,
                Some(score) => 100 * (max + min - score) / max,
            })
            .collect(),
    )
}
