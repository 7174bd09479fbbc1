//! All nodes with the Pods on them, kept up to date; and the decision over them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::filters::{FILTERS, State, first};
use super::node::NodeInfo;
use super::pod::PodInfo;
use super::verdict::{Choice, Explanation, FilterVerdict, NodeVerdict, Rejection};
use super::{message, preemption, scores};

/// Below this many feasible nodes all are scored (`minFeasibleNodesToFind`).
const MIN_FEASIBLE: usize = 100;

/// The scheduler's picture of the cluster.
#[derive(Default)]
pub struct Cluster {
    nodes: Vec<NodeInfo>,
    by_name: HashMap<Box<str>, usize>,
    /// Where each Pod is: by uid, the node's place.
    pods: HashMap<Box<str>, usize>,
    /// Pods with required anti-affinity, and with any affinity to Pods: mostly none, and then nothing is computed.
    anti_affinity: BTreeSet<Box<str>>,
    affinity: BTreeSet<Box<str>>,
    /// Pods that get their node when others are gone, by uid, as if they were on it: mostly none.
    nominated: BTreeMap<Box<str>, Arc<PodInfo>>,
}

impl Cluster {
    /// Takes over a Node object. Whether anything that matters to placing has changed.
    pub fn set_node(&mut self, node: &Value) -> bool {
        let at = self.place(crate::api::object::name(node));
        self.nodes[at].set(node)
    }

    /// Forgets a Node; Pods on it stay in mind until they go themselves.
    pub fn remove_node(&mut self, name: &str) {
        if let Some(at) = self.by_name.get(name) {
            self.nodes[*at].exists = false;
        }
    }

    /// Takes over a Pod that is on a node (`node_name` set), or is about to be. Pods that have ended belong to
    /// [`Cluster::remove_pod`]. Whether anything that matters to placing has changed.
    pub fn set_pod(&mut self, pod: PodInfo) -> bool {
        let was_nominated = self.renounce(&pod.uid);
        let known = self.pods.get(&pod.uid).and_then(|at| self.nodes[*at].pods.get(&pod.uid));
        if known.is_some_and(|known| **known == pod) {
            return was_nominated;
        }
        self.insert(Arc::new(pod));
        true
    }

    pub(super) fn insert(&mut self, pod: Arc<PodInfo>) {
        self.remove_pod(&pod.uid);
        let at = self.place(&pod.node_name);
        if let Some(affinity) = pod.affinity_terms() {
            if !affinity.anti_required.is_empty() {
                self.anti_affinity.insert(pod.uid.clone());
            }
            if !(affinity.required.is_empty() && affinity.preferred.is_empty() && affinity.anti_preferred.is_empty()) {
                self.affinity.insert(pod.uid.clone());
            }
        }
        self.pods.insert(pod.uid.clone(), at);
        self.nodes[at].add(pod);
    }

    /// Takes over to which node a Pod without one is nominated; to none where the name is empty. Others of lower
    /// priority do not get that place.
    pub fn nominate(&mut self, pod: &PodInfo, node: &str) {
        self.renounce(&pod.uid);
        if !node.is_empty() {
            let there = PodInfo { node_name: node.into(), nominated_node: node.into(), ..pod.clone() };
            self.nominated.insert(pod.uid.clone(), Arc::new(there));
        }
    }

    /// Forgets to which node a Pod is nominated. Whether it was.
    pub fn renounce(&mut self, uid: &str) -> bool {
        self.nominated.remove(uid).is_some()
    }

    /// The other Pods that are nominated to a node and fit.
    pub(super) fn nominated_to(&self, node: &str, pod: &PodInfo, fits: impl Fn(&PodInfo) -> bool) -> Vec<Arc<PodInfo>> {
        let others = self.nominated.values().filter(|other| *other.node_name == *node && other.uid != pod.uid);
        others.filter(|other| fits(other)).cloned().collect()
    }

    /// Whether a node will do, both with the Pods that are nominated to it and not below in priority, and without: they
    /// may never come, and something there may need them.
    pub(super) fn fits(&mut self, pod: &PodInfo, at: usize) -> Result<(), Rejection> {
        let others = self.nominated_to(&self.nodes[at].name, pod, |other| other.priority >= pod.priority);
        if !others.is_empty() {
            others.iter().for_each(|other| self.insert(other.clone()));
            let with = first(&State::new(self, pod), pod, &self.nodes[at]);
            for other in &others {
                self.remove_pod(&other.uid);
            }
            with?;
        }
        first(&State::new(self, pod), pod, &self.nodes[at])
    }

    /// Forgets a Pod. Whether it was known.
    pub fn remove_pod(&mut self, uid: &str) -> bool {
        let Some(at) = self.pods.remove(uid) else { return false };
        self.anti_affinity.remove(uid);
        self.affinity.remove(uid);
        self.nodes[at].remove(uid);
        true
    }

    /// How many Node objects there are.
    pub fn len(&self) -> usize {
        self.nodes().count()
    }

    /// Whether there is no Node object.
    pub fn is_empty(&self) -> bool {
        self.nodes().next().is_none()
    }

    /// Filters, scores, and picks the best; among equals the `tie`th.
    ///
    /// In a large cluster it stops filtering when enough nodes will do, starting where `tie` says, as kube-scheduler
    /// does (`numFeasibleNodesToFind`).
    pub fn decide(&mut self, pod: &PodInfo, tie: u64) -> Choice {
        // What a Pod has displaced others for comes first.
        if let Some(at) = self.by_name.get(&*pod.nominated_node).copied().filter(|at| self.nodes[*at].exists)
            && self.fits(pod, at).is_ok()
        {
            return Choice::Node(self.nodes[at].name.clone());
        }
        let state = State::new(self, pod);
        let count = self.nodes.len();
        let enough = enough(count);
        let start = if enough < count { (tie as usize).wrapping_mul(enough) % count } else { 0 };
        let (mut feasible, mut rejections) = (Vec::new(), Vec::new());
        for at in (start..count).chain(0..start) {
            if !self.nodes[at].exists {
                continue;
            }
            let fits = match self.nominated.is_empty() {
                true => first(&state, pod, &self.nodes[at]),
                false => self.fits(pod, at),
            };
            match fits {
                Ok(()) => feasible.push(at),
                Err(rejection) => rejections.push((at, rejection)),
            }
            if feasible.len() >= enough {
                break;
            }
        }
        if feasible.is_empty() {
            let (preemption, words) = preemption::preempt(self, pod, &rejections);
            return Choice::None { message: message::unschedulable(&rejections, words.as_deref()), preemption };
        }
        let feasible: Vec<&NodeInfo> = feasible.into_iter().map(|at| &self.nodes[at]).collect();
        let totals = scores::totals(&scores::columns(self, pod, &feasible), feasible.len());
        let best = totals.iter().max().copied().unwrap_or(0);
        let mut equals: Vec<&Arc<str>> =
            feasible.iter().zip(&totals).filter(|(_, total)| **total == best).map(|(node, _)| &node.name).collect();
        let chosen = (tie % equals.len() as u64) as usize;
        Choice::Node(equals.select_nth_unstable(chosen).1.clone())
    }

    /// Every filter's and scorer's word on every node, feasible ones first, best first; at most `limit` nodes.
    pub fn explain(&self, pod: &PodInfo, choice: &Choice, limit: usize) -> Explanation {
        let state = State::new(self, pod);
        let mut verdicts: Vec<NodeVerdict> = self.nodes().take(limit).map(|node| verdict(&state, pod, node)).collect();
        let feasible: Vec<&NodeInfo> = self
            .nodes()
            .take(limit)
            .zip(&verdicts)
            .filter(|(_, verdict)| verdict.feasible)
            .map(|(node, _)| node)
            .collect();
        let columns = scores::columns(self, pod, &feasible);
        let totals = scores::totals(&columns, feasible.len());
        for (at, verdict) in verdicts.iter_mut().filter(|verdict| verdict.feasible).enumerate() {
            verdict.scores = scores::of(&columns, at);
            verdict.total = totals[at];
        }
        verdicts.sort_by(|a, b| (b.feasible, b.total, &a.node).cmp(&(a.feasible, a.total, &b.node)));
        let (node, message) = match choice {
            Choice::Node(name) => (Some(name.to_string()), String::new()),
            Choice::None { message, .. } => (None, message.clone()),
        };
        Explanation { node, message, nodes: self.len(), verdicts }
    }

    /// The nodes whose objects exist.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &NodeInfo> {
        self.nodes.iter().filter(|node| node.exists)
    }

    pub(super) fn node(&self, at: usize) -> &NodeInfo {
        &self.nodes[at]
    }

    /// Pods with required anti-affinity, each with its node.
    pub(super) fn pods_with_anti_affinity(&self) -> impl Iterator<Item = (&NodeInfo, &PodInfo)> {
        self.anti_affinity.iter().filter_map(|uid| {
            let node = &self.nodes[*self.pods.get(uid)?];
            Some((node, &**node.pods.get(uid)?))
        })
    }

    pub(super) fn any_affinity(&self) -> bool {
        !self.affinity.is_empty()
    }

    fn place(&mut self, name: &str) -> usize {
        if let Some(at) = self.by_name.get(name) {
            return *at;
        }
        self.nodes.push(NodeInfo { name: name.into(), ..NodeInfo::default() });
        self.by_name.insert(name.into(), self.nodes.len() - 1);
        self.nodes.len() - 1
    }
}

/// How many feasible nodes are enough: all of a hundred, a falling part of more, never below 5 %.
fn enough(nodes: usize) -> usize {
    if nodes < MIN_FEASIBLE {
        return nodes;
    }
    let percent = 50usize.saturating_sub(nodes / 125).max(5);
    (nodes * percent / 100).max(MIN_FEASIBLE)
}

fn verdict(state: &State, pod: &PodInfo, node: &NodeInfo) -> NodeVerdict {
    let filters: Vec<FilterVerdict> = FILTERS
        .iter()
        .map(|(name, filter)| match filter(state, pod, node) {
            Ok(()) => FilterVerdict { name, passed: true, reasons: Vec::new(), detail: None },
            Err(why) => FilterVerdict { name, passed: false, reasons: why.reasons, detail: why.detail },
        })
        .collect();
    let feasible = filters.iter().all(|filter| filter.passed);
    NodeVerdict { node: node.name.to_string(), feasible, filters, scores: Vec::new(), total: 0 }
}
