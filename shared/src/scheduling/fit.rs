//! NodeResourcesFit: whether the requests still fit into what the node has.

use std::borrow::Cow;

use super::node::NodeInfo;
use super::pod::PodInfo;
use super::verdict::Rejection;

/// Requests against allocatable, what is already requested taken off; and one more Pod against the node's limit.
pub(super) fn filter(pod: &PodInfo, node: &NodeInfo) -> Result<(), Rejection> {
    let (want, used, all) = (&pod.requests, &node.requested, &node.allocatable);
    let fits = |want: i64, used: i64, all: i64| want <= 0 || want <= all - used;
    let plain = (node.pods.len() as i64) < node.allowed_pods
        && fits(want.milli_cpu, used.milli_cpu, all.milli_cpu)
        && fits(want.memory, used.memory, all.memory)
        && fits(want.ephemeral_storage, used.ephemeral_storage, all.ephemeral_storage);
    if plain && want.extended.is_empty() {
        return Ok(());
    }
    let mut rejection = Rejection { reasons: Vec::new(), detail: None, resolvable: true };
    let mut details = Vec::new();
    if node.pods.len() as i64 >= node.allowed_pods {
        rejection.reasons.push(Cow::Borrowed("Too many pods"));
        details.push(format!("{} of {} pods are there", node.pods.len(), node.allowed_pods));
    }
    let mut check = |name: &str, reason: Cow<'static, str>, want: i64, used: i64, all: i64| {
        if !fits(want, used, all) {
            rejection.reasons.push(reason);
            // Were the node empty, it still would not fit: no eviction can help.
            rejection.resolvable &= want <= all;
            details.push(format!("{name}: {want} requested, {} of {all} free", (all - used).max(0)));
        }
    };
    check("cpu (thousandths)", Cow::Borrowed("Insufficient cpu"), want.milli_cpu, used.milli_cpu, all.milli_cpu);
    check("memory (bytes)", Cow::Borrowed("Insufficient memory"), want.memory, used.memory, all.memory);
    check(
        "ephemeral-storage (bytes)",
        Cow::Borrowed("Insufficient ephemeral-storage"),
        want.ephemeral_storage,
        used.ephemeral_storage,
        all.ephemeral_storage,
    );
    for (name, amount) in &want.extended {
        let of = |amounts: &std::collections::BTreeMap<Box<str>, i64>| amounts.get(name).copied().unwrap_or(0);
        check(name, format!("Insufficient {name}").into(), *amount, of(&used.extended), of(&all.extended));
    }
    match rejection.reasons.is_empty() {
        true => Ok(()),
        false => Err(rejection.with(details.join("; "))),
    }
}
