//! What comes out of a decision, as plain data: for the scheduler, for Events, and for people.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;

use super::pod::PodInfo;

/// In kube-scheduler's words; NodeResourcesFit may have several.
pub(super) type Reasons = Vec<Cow<'static, str>>;

/// Why a node will not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rejection {
    pub(super) reasons: Reasons,
    /// What a person wants to know besides: which taint, which label, how much is missing.
    pub(super) detail: Option<String>,
    /// Whether evicting Pods could help (`Unschedulable`), or not (`UnschedulableAndUnresolvable`).
    pub(super) resolvable: bool,
}

impl Rejection {
    pub(super) fn unresolvable(reason: &'static str) -> Self {
        Self { reasons: vec![Cow::Borrowed(reason)], detail: None, resolvable: false }
    }

    pub(super) fn resolvable(reason: &'static str) -> Self {
        Self { resolvable: true, ..Self::unresolvable(reason) }
    }

    pub(super) fn with(mut self, detail: String) -> Self {
        self.detail = Some(detail);
        self
    }
}

/// The outcome of [`super::Cluster::decide`].
#[derive(Clone, Debug)]
pub enum Choice {
    /// The Pod goes to this node.
    Node(Arc<str>),
    /// No node will do; the message is the Event's and the condition's.
    None {
        /// `0/2 nodes are available: …`
        message: String,
        /// What can be done about it.
        preemption: Preemption,
    },
}

/// What can be done for a Pod that fits nowhere.
#[derive(Clone, Debug)]
pub enum Preemption {
    /// It may not displace others, or has done so and waits: a node that it is nominated to stays so.
    NotEligible,
    /// No node would do without others either: it is nominated to none.
    Hopeless,
    /// It is nominated to a node, and gets it once others are gone.
    Node {
        /// The node's name.
        node: Arc<str>,
        /// The Pods that have to go.
        victims: Vec<Arc<PodInfo>>,
        /// Pods of lower priority that were nominated to the node, and are no longer.
        displaced: Vec<Arc<PodInfo>>,
    },
}

/// A decision with the story behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The chosen node.
    pub node: Option<String>,
    /// Why there is none; empty when there is one.
    pub message: String,
    /// How many nodes there are in all; more than there are verdicts when the list was cut short.
    pub nodes: usize,
    /// Each node's verdict.
    pub verdicts: Vec<NodeVerdict>,
}

/// What was found of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeVerdict {
    /// The node's name.
    pub node: String,
    /// Whether all filters pass.
    pub feasible: bool,
    /// Every filter, also those behind the first that fails (where kube-scheduler stops).
    pub filters: Vec<FilterVerdict>,
    /// Scores of a feasible node.
    pub scores: Vec<Score>,
    /// The sum of the weighted scores.
    pub total: i64,
}

/// What one filter said of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FilterVerdict {
    /// The plugin's name: `NodeAffinity`.
    pub name: &'static str,
    /// Whether the node passes.
    pub passed: bool,
    /// Why not, in kube-scheduler's words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Cow<'static, str>>,
    /// More than kube-scheduler says: which taint, how much is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What one scorer said of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Score {
    /// The plugin's name.
    pub name: &'static str,
    /// 0 to 100.
    pub value: i64,
    /// What it is multiplied by.
    pub weight: i64,
}
