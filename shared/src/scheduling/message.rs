//! Why no node will do, in one line: `FitError` and the tail that preemption adds to it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::verdict::Rejection;

/// `0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: …`
///
/// The part about claims is DynamicResources' word on every Pod that has none, on by default since v1.34.
/// The tail is missing where preemption makes room.
pub(super) fn unschedulable(rejections: &[(usize, Rejection)], preemption: Option<&str>) -> String {
    let count = rejections.len();
    if count == 0 {
        return "no nodes available to schedule pods".to_owned();
    }
    let reasons = histogram(rejections.iter().flat_map(|(_, rejection)| rejection.reasons.iter().cloned()));
    let tail = preemption.map(|words| format!(" no new claims to deallocate, preemption: {words}")).unwrap_or_default();
    format!("0/{count} nodes are available: {reasons}.{tail}")
}

/// `1 Insufficient cpu, 2 node(s) were unschedulable`: counted, and sorted as texts.
pub(super) fn histogram(reasons: impl Iterator<Item = Cow<'static, str>>) -> String {
    let mut counts: BTreeMap<Cow<'static, str>, usize> = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason).or_insert(0) += 1;
    }
    let mut lines: Vec<String> = counts.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    lines.sort_unstable();
    lines.join(", ")
}
