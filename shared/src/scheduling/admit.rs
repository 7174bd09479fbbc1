//! A node's own check of a Pod that is bound to it, by whatever hand: the kubelet's `predicateAdmitHandler` over
//! kube-scheduler's `AdmissionCheck`.

use std::sync::Arc;

use serde_json::Value;

use super::node::NodeInfo;
use super::pod::PodInfo;
use super::{filters, node_affinity};

/// Why a node does not take a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `OutOfcpu`, `NodeAffinity`, …
    pub reason: &'static str,
    /// In the kubelet's words.
    pub message: String,
}

type Predicate = fn(&PodInfo, &NodeInfo) -> bool;

/// Whether `node` takes `pod` beside the `others` that it has.
///
/// # Errors
/// The first thing that does not fit.
pub fn admit<'a>(pod: &Value, node: &Value, others: impl Iterator<Item = &'a Value>) -> Result<(), Refusal> {
    let mut info = NodeInfo::default();
    info.set(node);
    others.for_each(|other| info.add(Arc::new(PodInfo::new(other))));
    let pod = PodInfo::new(pod);
    resources(&pod, &info)?;
    let predicates: [(_, _, Predicate); 3] = [
        ("NodeAffinity", "node(s) didn't match Pod's node affinity/selector", node_affinity::allows),
        ("NodePorts", "node(s) didn't have free ports for the requested pod ports", |p, n| {
            filters::ports(p, n).is_ok()
        }),
        ("TaintToleration", "node(s) had taints that the pod didn't tolerate", tolerates),
    ];
    match predicates.into_iter().find(|(_, _, holds)| !holds(&pod, &info)) {
        None => Ok(()),
        Some((reason, why, _)) => Err(Refusal { reason, message: format!("Predicate {reason} failed: {why}") }),
    }
}

/// Whether `node` has what a Pod that is on it asks for, beside the `others`
/// (`pkg/kubelet/allocation/allocation_manager.go: canResizePod`).
///
/// # Errors
/// `Infeasible` when it never will, `Deferred` when others have it now.
pub fn admit_resize<'a>(pod: &Value, node: &Value, others: impl Iterator<Item = &'a Value>) -> Result<(), Refusal> {
    let mut info = NodeInfo::default();
    info.set(node);
    let pod = PodInfo::new(pod);
    let (want, all) = (&pod.requests, &info.allocatable);
    let most = [("memory", want.memory, all.memory), ("cpu", want.milli_cpu, all.milli_cpu)];
    if let Some((name, want, all)) = most.into_iter().find(|(_, want, all)| want > all) {
        let message = format!("Node didn't have enough capacity: {name}, requested: {want}, capacity: {all}");
        return Err(Refusal { reason: "Infeasible", message });
    }
    others.for_each(|other| info.add(Arc::new(PodInfo::new(other))));
    resources(&pod, &info).map_err(|refusal| Refusal { reason: "Deferred", ..refusal })
}

/// What the node does not know at all is not its business (`removeMissingExtendedResources`).
fn resources(pod: &PodInfo, node: &NodeInfo) -> Result<(), Refusal> {
    let (want, used, all) = (&pod.requests, &node.requested, &node.allocatable);
    let extended = |name: &str| {
        let of = |amounts: &super::Resources| amounts.extended.get(name).copied().unwrap_or(0);
        let known = all.extended.contains_key(name);
        (if known { of(want) } else { 0 }, of(used), of(all))
    };
    let (large, huge) = (extended("hugepages-2Mi"), extended("hugepages-1Gi"));
    let checks = [
        ("OutOfpods", "pods", (1, node.pods.len() as i64, node.allowed_pods)),
        ("OutOfcpu", "cpu", (want.milli_cpu, used.milli_cpu, all.milli_cpu)),
        ("OutOfmemory", "memory", (want.memory, used.memory, all.memory)),
        (
            "OutOfephemeral-storage",
            "ephemeral-storage",
            (want.ephemeral_storage, used.ephemeral_storage, all.ephemeral_storage),
        ),
        ("OutOfhugepages-2Mi", "hugepages-2Mi", large),
        ("OutOfhugepages-1Gi", "hugepages-1Gi", huge),
    ];
    let lacks = |(want, used, all): (i64, i64, i64)| want > 0 && want > all - used;
    match checks.into_iter().find(|(_, _, amounts)| lacks(*amounts)) {
        None => Ok(()),
        Some((reason, name, (want, used, all))) => {
            let amounts = format!("requested: {want}, used: {used}, capacity: {all}");
            Err(Refusal { reason, message: format!("Node didn't have enough resource: {name}, {amounts}") })
        }
    }
}

/// A node turns away what a `NoExecute` taint would evict at once.
fn tolerates(pod: &PodInfo, node: &NodeInfo) -> bool {
    let mut taints = node.taints.iter().filter(|taint| &*taint.effect == "NoExecute");
    taints.all(|taint| pod.tolerates(&taint.key, &taint.value, &taint.effect))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(spec: Value, expected: Option<(&str, &str)>) {
        let node = json!({"metadata": {"name": "n", "labels": {"disk": "hdd"}},
            "spec": {"taints": [{"key": "down", "effect": "NoExecute"}, {"key": "new", "effect": "NoSchedule"}]},
            "status": {"allocatable": {"cpu": "2", "memory": "1Gi", "pods": "2", "hugepages-2Mi": "0"}}});
        let other = json!({"metadata": {"name": "o", "uid": "o"}, "spec": {"containers": [
            {"resources": {"requests": {"cpu": "1500m", "memory": "1Mi"}}, "ports": [{"hostPort": 80, "containerPort": 1}]}]}});
        let mut pod = json!({"metadata": {"name": "p", "uid": "p"}, "spec": spec});
        pod["spec"]["tolerations"] = json!([{"key": "down", "operator": "Exists"}]);
        if pod["spec"]["bare"] == true {
            pod["spec"]["tolerations"] = json!([]);
        }
        let found = admit(&pod, &node, [&other].into_iter());
        let found = found.err().map(|refusal| (refusal.reason, refusal.message));
        assert_eq!(found.as_ref().map(|(reason, message)| (*reason, message.as_str())), expected);
    }

    #[test]
    fn in_the_kubelets_words() {
        let requests = |requests: Value| json!({"containers": [{"resources": {"requests": requests}}]});
        check(requests(json!({"cpu": "500m", "memory": "1023Mi"})), None);
        check(requests(json!({"example.com/gpu": "1"})), None);
        let cpu = "Node didn't have enough resource: cpu, requested: 501, used: 1500, capacity: 2000";
        check(requests(json!({"cpu": "501m", "memory": "2Gi"})), Some(("OutOfcpu", cpu)));
        let memory =
            "Node didn't have enough resource: memory, requested: 1073741824, used: 1048576, capacity: 1073741824";
        check(requests(json!({"memory": "1Gi"})), Some(("OutOfmemory", memory)));
        let pages = "Node didn't have enough resource: hugepages-2Mi, requested: 2097152, used: 0, capacity: 0";
        check(requests(json!({"hugepages-2Mi": "2Mi"})), Some(("OutOfhugepages-2Mi", pages)));
        let affinity = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";
        check(json!({"nodeSelector": {"disk": "ssd"}}), Some(("NodeAffinity", affinity)));
        let ports = "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
        check(json!({"containers": [{"ports": [{"hostPort": 80, "containerPort": 80}]}]}), Some(("NodePorts", ports)));
        let taint = "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate";
        check(json!({"bare": true}), Some(("TaintToleration", taint)));
    }

    #[test]
    fn a_node_takes_so_many_pods() {
        let node = json!({"metadata": {"name": "n"}, "status": {"allocatable": {"pods": "1"}}});
        let pod = |uid: &str| json!({"metadata": {"name": uid, "uid": uid}});
        let refusal = admit(&pod("p"), &node, [&pod("o")].into_iter()).unwrap_err();
        let pods = "Node didn't have enough resource: pods, requested: 1, used: 1, capacity: 1";
        assert_eq!((refusal.reason, refusal.message.as_str()), ("OutOfpods", pods));
    }
}
