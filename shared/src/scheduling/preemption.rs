//! DefaultPreemption: which Pods have to go so that one that fits nowhere gets a node.
//!
//! Source: `pkg/scheduler/framework/preemption` and `…/plugins/defaultpreemption`. There are no PodDisruptionBudgets
//! here that a choice could violate.

use std::cmp::Reverse;
use std::sync::Arc;

use super::cluster::Cluster;
use super::message::histogram;
use super::pod::PodInfo;
use super::verdict::{Preemption, Reasons, Rejection};

/// How many candidates are enough in a large cluster: a tenth of the nodes, and never fewer than this.
const MIN_CANDIDATES: usize = 100;

/// A node, by its place, and the Pods that have to go from it.
type Candidate = (usize, Vec<Arc<PodInfo>>);

/// Chooses a node and its victims; where there are none, the words for that.
pub(super) fn preempt(
    cluster: &mut Cluster,
    pod: &PodInfo,
    rejections: &[(usize, Rejection)],
) -> (Preemption, Option<String>) {
    if pod.never_preempts {
        return (Preemption::NotEligible, Some("not eligible due to preemptionPolicy=Never.".to_owned()));
    }
    if waits_for_victims(cluster, pod, rejections) {
        let why = "not eligible due to a terminating pod on the nominated node.";
        return (Preemption::NotEligible, Some(why.to_owned()));
    }
    let enough = (rejections.len() / 10).max(MIN_CANDIDATES);
    let (mut candidates, mut words) = (Vec::new(), Vec::new());
    for (at, rejection) in rejections {
        if !rejection.resolvable {
            words.push("Preemption is not helpful for scheduling".into());
            continue;
        }
        match victims(cluster, pod, *at) {
            Ok(victims) => candidates.push((*at, victims)),
            Err(reasons) => words.extend(reasons),
        }
        if candidates.len() >= enough {
            break;
        }
    }
    let Some((at, victims)) = pick(candidates) else {
        let count = rejections.len();
        return (
            Preemption::Hopeless,
            Some(format!("0/{count} nodes are available: {}.", histogram(words.into_iter()))),
        );
    };
    let node = cluster.node(at).name.clone();
    let displaced = cluster.nominated_to(&node, pod, |other| other.priority < pod.priority);
    (Preemption::Node { node, victims, displaced }, None)
}

/// Whether the Pod has been given room that is still being made.
fn waits_for_victims(cluster: &Cluster, pod: &PodInfo, rejections: &[(usize, Rejection)]) -> bool {
    let nominated = rejections.iter().find(|(at, _)| cluster.node(*at).name == pod.nominated_node);
    nominated.is_some_and(|(at, rejection)| {
        let mut others = cluster.node(*at).pods.values();
        rejection.resolvable && others.any(|other| other.priority < pod.priority && other.being_preempted)
    })
}

/// The Pods that have to go from a node: all below in priority are thought away, and taken back one by one, the most
/// important first, as long as the Pod still fits.
fn victims(cluster: &mut Cluster, pod: &PodInfo, at: usize) -> Result<Vec<Arc<PodInfo>>, Reasons> {
    let below = cluster.node(at).pods.values().filter(|other| other.priority < pod.priority);
    let mut below: Vec<Arc<PodInfo>> = below.cloned().collect();
    let none = || vec!["No preemption victims found for incoming pod".into()];
    if below.is_empty() {
        return Err(none());
    }
    below.sort_by_key(|other| (Reverse(other.priority), other.started));
    for other in &below {
        cluster.remove_pod(&other.uid);
    }
    let fits = cluster.fits(pod, at);
    let mut victims = Vec::new();
    for other in below {
        cluster.insert(other.clone());
        if fits.is_ok() && cluster.fits(pod, at).is_err() {
            cluster.remove_pod(&other.uid);
            victims.push(other);
        }
    }
    for victim in &victims {
        cluster.insert(victim.clone());
    }
    match fits {
        Err(rejection) => Err(rejection.reasons),
        Ok(()) if victims.is_empty() => Err(none()),
        Ok(()) => Ok(victims),
    }
}

/// The node whose most important victim is the least so; then that with the least priority in sum, the fewest victims,
/// and the one whose most important victims started last.
fn pick(candidates: Vec<Candidate>) -> Option<Candidate> {
    candidates.into_iter().min_by_key(|(_, victims)| {
        let highest = victims.iter().map(|victim| victim.priority).max();
        // Each counts as above zero, so that many of low priority are more than few.
        let sum: i64 = victims.iter().map(|victim| victim.priority + i64::from(i32::MAX) + 1).sum();
        let first = victims.iter().filter(|victim| Some(victim.priority) == highest).map(|victim| victim.started).min();
        (highest, sum, victims.len(), Reverse(first))
    })
}
