//! Which of the feasible nodes is best: every scorer from 0 to 100, weighted as kube-scheduler's defaults.

use super::cluster::Cluster;
use super::node::NodeInfo;
use super::pod::PodInfo;
use super::verdict::Score;
use super::{inter_pod, node_affinity, spread};

const MAX: i64 = 100;

/// One scorer's column: a value for each node, in their order.
pub(super) struct Column {
    name: &'static str,
    weight: i64,
    values: Vec<i64>,
}

/// All columns that apply to this Pod; a scorer that would give all nodes the same is left out.
pub(super) fn columns(cluster: &Cluster, pod: &PodInfo, nodes: &[&NodeInfo]) -> Vec<Column> {
    let mut all = Vec::with_capacity(4);
    let mut add = |name, weight, values| all.push(Column { name, weight, values });
    if nodes.iter().any(|node| node.taints.iter().any(|taint| &*taint.effect == "PreferNoSchedule")) {
        add("TaintToleration", 3, normalized(nodes.iter().map(|node| untolerated(pod, node)).collect(), true));
    }
    if pod.affinity_terms().is_some_and(|affinity| !affinity.node_preferred.is_empty()) {
        let raw = nodes.iter().map(|node| node_affinity::score(pod, node)).collect();
        add("NodeAffinity", 2, normalized(raw, false));
    }
    add("NodeResourcesFit", 1, nodes.iter().map(|node| least_allocated(pod, node)).collect());
    if let Some(values) = spread::scores(cluster, pod, nodes) {
        add("PodTopologySpread", 2, values);
    }
    if let Some(raw) = inter_pod::scores(cluster, pod, nodes) {
        add("InterPodAffinity", 2, stretched(&raw));
    }
    // Best-effort Pods change no balance; the plugin skips them.
    if pod.requests.milli_cpu > 0 || pod.requests.memory > 0 {
        add("NodeResourcesBalancedAllocation", 1, nodes.iter().map(|node| balanced(pod, node)).collect());
    }
    all
}

/// Each node's weighted sum.
pub(super) fn totals(columns: &[Column], count: usize) -> Vec<i64> {
    (0..count).map(|at| columns.iter().map(|column| column.values[at] * column.weight).sum()).collect()
}

/// One node's scores.
pub(super) fn of(columns: &[Column], at: usize) -> Vec<Score> {
    columns.iter().map(|column| Score { name: column.name, value: column.values[at], weight: column.weight }).collect()
}

/// The larger the free part of CPU and memory, the better, with defaults for those that request nothing.
fn least_allocated(pod: &PodInfo, node: &NodeInfo) -> i64 {
    // A division of whole words is several times as fast, and hundreds of nodes are scored for each Pod.
    let percent = |free: i64, all: i64| match free.checked_mul(MAX) {
        Some(product) => product / all,
        None => (i128::from(free) * i128::from(MAX) / i128::from(all)) as i64,
    };
    let part = |want: i64, used: i64, all: i64| match all {
        0 => None,
        all if want + used > all => Some(0),
        all => Some(percent(all - want - used, all)),
    };
    let (want, used, all) = (&pod.non_zero, &node.non_zero, &node.allocatable);
    let parts = [part(want.milli_cpu, used.milli_cpu, all.milli_cpu), part(want.memory, used.memory, all.memory)];
    mean(parts)
}

/// The closer the used parts of CPU and memory are to each other, the better.
fn balanced(pod: &PodInfo, node: &NodeInfo) -> i64 {
    let part = |want: i64, used: i64, all: i64| match all {
        0 => 1.0,
        all => ((want + used) as f64 / all as f64).min(1.0),
    };
    let (want, used, all) = (&pod.requests, &node.requested, &node.allocatable);
    let cpu = part(want.milli_cpu, used.milli_cpu, all.milli_cpu);
    let memory = part(want.memory, used.memory, all.memory);
    // The standard deviation of two numbers is half their distance.
    ((1.0 - (cpu - memory).abs() / 2.0) * MAX as f64) as i64
}

fn mean(parts: [Option<i64>; 2]) -> i64 {
    let count = parts.iter().flatten().count() as i64;
    if count == 0 { 0 } else { parts.iter().flatten().sum::<i64>() / count }
}

fn untolerated(pod: &PodInfo, node: &NodeInfo) -> i64 {
    let bad = |taint: &&super::node::Taint| {
        &*taint.effect == "PreferNoSchedule" && !pod.tolerates(&taint.key, &taint.value, &taint.effect)
    };
    node.taints.iter().filter(bad).count() as i64
}

/// `DefaultNormalizeScore`: the highest becomes 100; reversed, it becomes 0.
fn normalized(raw: Vec<i64>, reverse: bool) -> Vec<i64> {
    let max = raw.iter().copied().max().unwrap_or(0);
    let score = |value: i64| match (max, reverse) {
        (0, true) => MAX,
        (0, false) => 0,
        (max, true) => MAX - value * MAX / max,
        (max, false) => value * MAX / max,
    };
    raw.into_iter().map(score).collect()
}

/// The lowest becomes 0 and the highest 100.
fn stretched(raw: &[i64]) -> Vec<i64> {
    let (max, min) = (raw.iter().copied().max().unwrap_or(0), raw.iter().copied().min().unwrap_or(0));
    raw.iter().map(|value| if max == min { 0 } else { MAX * (value - min) / (max - min) }).collect()
}
