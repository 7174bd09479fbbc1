//! Which node a Pod goes to, and why: filter, score, pick, as kube-scheduler v1.35 does with its default plugins.
//!
//! [`Cluster`] holds what counts of nodes and Pods, kept up to date piece by piece, so that a decision costs a look at
//! the nodes and never at all Pods. [`Cluster::decide`] is the decision, [`Cluster::explain`] the full story for people.
//! [`admit`] is the node's own check of what is bound to it. Works on JSON values like all of the core's front half; may not know clocks, queues or the API.
//!
//! | plugin | here |
//! |---|---|
//! | NodeUnschedulable, NodeName, TaintToleration, NodeAffinity, NodePorts, NodeResourcesFit | filters |
//! | PodTopologySpread, InterPodAffinity | filters and scores |
//! | NodeResourcesFit (least allocated), BalancedAllocation, TaintToleration, NodeAffinity | scores |
//! | ImageLocality | left out: all nodes of a sandbox share one engine's images |
//! | DefaultPreemption | victims and the nominated node; evicting them is the scheduler's |

mod admit;
mod cluster;
mod filters;
mod fit;
mod inter_pod;
mod message;
mod node;
mod node_affinity;
mod pod;
mod preemption;
mod resources;
mod scores;
mod spread;
mod verdict;

pub use self::admit::{Refusal, admit, admit_resize};
pub use self::cluster::Cluster;
pub use self::node::NodeInfo;
pub use self::pod::PodInfo;
pub use self::resources::Resources;
pub use self::verdict::{Choice, Explanation, FilterVerdict, NodeVerdict, Preemption, Score};

use serde_json::Value;

/// Decides for one Pod over nodes with the Pods on them; `tie` picks among equals (any number, same in, same out).
pub fn schedule(pod: &Value, nodes: &[(&Value, &[&Value])], tie: u64) -> Explanation {
    let mut cluster = Cluster::default();
    for (node, pods) in nodes {
        cluster.set_node(node);
        for pod in *pods {
            cluster.set_pod(PodInfo::new(pod));
        }
    }
    let pod = PodInfo::new(pod);
    let choice = cluster.decide(&pod, tie);
    cluster.explain(&pod, &choice, usize::MAX)
}

#[cfg(test)]
mod preemption_tests;
#[cfg(test)]
mod tests;
