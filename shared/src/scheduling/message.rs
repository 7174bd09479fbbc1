//! Why no node will do, in one line: `FitError` and the tail that preemption adds to it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::cluster::Cluster;
use super::pod::PodInfo;
use super::verdict::Rejection;

/// `0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: …`
///
/// The part about claims is DynamicResources' word on every Pod that has none, on by default since v1.34.
pub(super) fn unschedulable(cluster: &Cluster, pod: &PodInfo, rejections: &[(usize, Rejection)]) -> String {
    let count = rejections.len();
    if count == 0 {
        return "no nodes available to schedule pods".to_owned();
    }
    let reasons = histogram(rejections.iter().flat_map(|(_, rejection)| rejection.reasons.iter().cloned()));
    let preemption = match pod.never_preempts {
        true => "not eligible due to preemptionPolicy=Never.".to_owned(),
        false => {
            let words = rejections.iter().map(|(at, rejection)| preempting(cluster, pod, *at, rejection));
            format!("0/{count} nodes are available: {}.", histogram(words))
        }
    };
    format!("0/{count} nodes are available: {reasons}. no new claims to deallocate, preemption: {preemption}")
}

/// What preemption on one node would come to. Nobody is evicted here: where victims are, Kubernetes would choose some.
fn preempting(cluster: &Cluster, pod: &PodInfo, at: usize, rejection: &Rejection) -> Cow<'static, str> {
    let victims = || cluster.node(at).pods.values().any(|other| other.priority < pod.priority);
    match (rejection.resolvable, rejection.resolvable && victims()) {
        (false, _) => "Preemption is not helpful for scheduling".into(),
        (true, false) => "No preemption victims found for incoming pod".into(),
        (true, true) => "Preemption is not done in this cluster".into(),
    }
}

/// `1 Insufficient cpu, 2 node(s) were unschedulable`: counted, and sorted as texts.
fn histogram(reasons: impl Iterator<Item = Cow<'static, str>>) -> String {
    let mut counts: BTreeMap<Cow<'static, str>, usize> = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason).or_insert(0) += 1;
    }
    let mut lines: Vec<String> = counts.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    lines.sort_unstable();
    lines.join(", ")
}
