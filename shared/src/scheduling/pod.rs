//! What the scheduler needs to know of a Pod, read once from its JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::resources::{Resources, pod_requests};
use crate::api::{LabelSelector, Timestamp, object};

/// A label: key and value. Sorted by key where it is a list.
pub(super) type Labels = BTreeMap<Box<str>, Box<str>>;

/// One Pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodInfo {
    /// `metadata.uid`; namespace and name where there is none (a Pod not yet stored).
    pub uid: Box<str>,
    /// `metadata.namespace`.
    pub namespace: Box<str>,
    /// `metadata.name`.
    pub name: Box<str>,
    /// `spec.nodeName`: the node it is bound to, or wants without asking.
    pub node_name: Box<str>,
    /// What it requests.
    pub requests: Resources,
    pub(super) non_zero: Resources,
    pub(super) priority: i64,
    pub(super) never_preempts: bool,
    pub(super) labels: Map<String, Value>,
    pub(super) host_ports: Vec<HostPort>,
    pub(super) node_selector: Vec<(Box<str>, Box<str>)>,
    pub(super) tolerations: Vec<Toleration>,
    /// `spec.affinity`, read only where there is one.
    pub(super) affinity: Option<Box<Affinity>>,
    pub(super) spread: Vec<SpreadConstraint>,
    pub(super) terminating: bool,
    /// When its node took it up, in microseconds; not yet is late.
    pub(super) started: i64,
    /// It is terminating because a Pod of higher priority needs its place.
    pub(super) being_preempted: bool,
    /// `status.nominatedNodeName`: the node that it gets when others are gone.
    pub nominated_node: Arc<str>,
}

/// A spec with the resources that the node has given, while a change of them waits: it takes nothing yet.
fn given(pod: &Value, spec: &Value) -> Option<Value> {
    let status = pod.get("status")?;
    let pending = |c: &Value| text(c, "type") == "PodResizePending" && text(c, "status") == "True";
    if !list(status, "conditions").any(pending) {
        return None;
    }
    let mut spec = spec.clone();
    for (containers, statuses) in [("containers", "containerStatuses"), ("initContainers", "initContainerStatuses")] {
        let containers = spec.get_mut(containers).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
            let is_its = |status: &&Value| status.get("name") == container.get("name");
            let resources = list(status, statuses).find(is_its).and_then(|status| status.get("resources"));
            if let Some(resources) = resources.cloned() {
                container.insert("resources".to_owned(), resources);
            }
        }
    }
    Some(spec)
}

/// A port that the Pod takes on its node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HostPort {
    pub(super) ip: Box<str>,
    pub(super) protocol: Box<str>,
    pub(super) port: i64,
}

/// A toleration; empty texts match all.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Toleration {
    pub(super) key: Box<str>,
    pub(super) exists: bool,
    pub(super) value: Box<str>,
    pub(super) effect: Box<str>,
}

/// Affinity to nodes (as JSON, judged when needed) and to Pods.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Affinity {
    pub(super) node_required: Option<Value>,
    pub(super) node_preferred: Vec<(i64, Value)>,
    pub(super) required: Vec<PodTerm>,
    pub(super) anti_required: Vec<PodTerm>,
    pub(super) preferred: Vec<(i64, PodTerm)>,
    pub(super) anti_preferred: Vec<(i64, PodTerm)>,
}

/// Pods by labels and namespaces, near in the sense of a node label.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PodTerm {
    pub(super) selector: Option<LabelSelector>,
    pub(super) namespaces: Vec<Box<str>>,
    /// An empty `namespaceSelector`: all namespaces. Others are not known to the scheduler here and match none.
    pub(super) all_namespaces: bool,
    pub(super) topology_key: Box<str>,
}

/// How evenly Pods like this one spread.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SpreadConstraint {
    pub(super) max_skew: i64,
    pub(super) topology_key: Box<str>,
    pub(super) hard: bool,
    pub(super) min_domains: i64,
    pub(super) honor_affinity: bool,
    pub(super) honor_taints: bool,
    pub(super) selector: Option<LabelSelector>,
}

impl PodInfo {
    /// Reads a Pod; what is missing or malformed counts as absent.
    pub fn new(pod: &Value) -> Self {
        static NONE: Value = Value::Null;
        let spec = pod.get("spec").unwrap_or(&NONE);
        let (requests, non_zero) = pod_requests(given(pod, spec).as_ref().unwrap_or(spec));
        let namespace = object::namespace(pod);
        let labels = object::labels(pod).cloned().unwrap_or_default();
        let uid = match object::uid(pod) {
            "" => format!("{namespace}/{}", object::name(pod)).into(),
            uid => uid.into(),
        };
        Self {
            uid,
            namespace: namespace.into(),
            name: object::name(pod).into(),
            node_name: text(spec, "nodeName").into(),
            requests,
            non_zero,
            priority: spec.get("priority").and_then(Value::as_i64).unwrap_or(0),
            never_preempts: text(spec, "preemptionPolicy") == "Never",
            host_ports: host_ports(spec),
            node_selector: texts(spec, "nodeSelector"),
            tolerations: list(spec, "tolerations").map(toleration).collect(),
            affinity: spec
                .get("affinity")
                .filter(|affinity| !affinity.is_null())
                .map(|affinity| Box::new(affinity_of(affinity, namespace, &labels))),
            spread: list(spec, "topologySpreadConstraints").map(|one| spread_constraint(one, &labels)).collect(),
            terminating: object::deletion_timestamp(pod).is_some(),
            started: pod
                .pointer("/status/startTime")
                .and_then(Value::as_str)
                .and_then(Timestamp::parse)
                .map_or(i64::MAX, |started| started.0),
            being_preempted: object::deletion_timestamp(pod).is_some() && preempted(pod),
            nominated_node: pod
                .get("status")
                .map_or_else(Arc::default, |status| text(status, "nominatedNodeName").into()),
            labels,
        }
    }

    /// Its priority: the higher, the earlier its turn.
    pub const fn priority(&self) -> i64 {
        self.priority
    }

    /// Whether its place depends on where other Pods are: then a new Pod somewhere may make room for it.
    pub fn depends_on_pods(&self) -> bool {
        !self.spread.is_empty()
            || self.affinity.as_ref().is_some_and(|all| !all.required.is_empty() || !all.anti_required.is_empty())
    }

    pub(super) fn affinity_terms(&self) -> Option<&Affinity> {
        self.affinity.as_deref()
    }

    /// Whether it tolerates a taint.
    pub(super) fn tolerates(&self, key: &str, value: &str, effect: &str) -> bool {
        self.tolerations.iter().any(|t| {
            (t.effect.is_empty() || &*t.effect == effect)
                && (t.key.is_empty() && t.exists || &*t.key == key)
                && (t.exists || &*t.value == value)
        })
    }
}

impl PodTerm {
    /// Whether the other Pod is one that the term means.
    pub(super) fn selects(&self, other: &PodInfo) -> bool {
        (self.all_namespaces || self.namespaces.contains(&other.namespace))
            && self.selector.as_ref().is_some_and(|selector| selector.matches(Some(&other.labels)))
    }
}

/// Whether the scheduler has marked the Pod as a victim.
fn preempted(pod: &Value) -> bool {
    let mut conditions = object::list(pod, "/status/conditions").iter();
    let target = conditions.find(|condition| text(condition, "type") == "DisruptionTarget");
    target.is_some_and(|condition| {
        text(condition, "status") == "True" && text(condition, "reason") == "PreemptionByScheduler"
    })
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(value: &'v Value, field: &str) -> impl Iterator<Item = &'v Value> {
    value.get(field).and_then(Value::as_array).into_iter().flatten()
}

pub(super) fn texts(value: &Value, field: &str) -> Vec<(Box<str>, Box<str>)> {
    let map = value.get(field).and_then(Value::as_object).into_iter().flatten();
    map.filter_map(|(key, value)| Some((key.as_str().into(), value.as_str()?.into()))).collect()
}

fn host_ports(spec: &Value) -> Vec<HostPort> {
    let sidecars = list(spec, "initContainers").filter(|container| text(container, "restartPolicy") == "Always");
    list(spec, "containers")
        .chain(sidecars)
        .flat_map(|container| list(container, "ports"))
        .filter_map(|port| {
            let number = port.get("hostPort").and_then(Value::as_i64).filter(|number| *number > 0)?;
            let or = |field: &str, default: &str| match text(port, field) {
                "" => default.into(),
                text => text.into(),
            };
            Some(HostPort { ip: or("hostIP", "0.0.0.0"), protocol: or("protocol", "TCP"), port: number })
        })
        .collect()
}

fn toleration(toleration: &Value) -> Toleration {
    Toleration {
        key: text(toleration, "key").into(),
        exists: text(toleration, "operator") == "Exists",
        value: text(toleration, "value").into(),
        effect: text(toleration, "effect").into(),
    }
}

fn affinity_of(affinity: &Value, namespace: &str, labels: &Map<String, Value>) -> Affinity {
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
    static NONE: Value = Value::Null;
    let part = |field: &str| affinity.get(field).unwrap_or(&NONE);
    let weight = |term: &Value| term.get("weight").and_then(Value::as_i64).unwrap_or(0);
    let required =
        |field: &str| list(part(field), REQUIRED).map(|term| pod_term(term, namespace, labels)).collect::<Vec<_>>();
    let preferred = |field: &str| {
        list(part(field), PREFERRED)
            .filter_map(|weighted| {
                Some((weight(weighted), pod_term(weighted.get("podAffinityTerm")?, namespace, labels)))
            })
            .collect::<Vec<_>>()
    };
    let node = part("nodeAffinity");
    Affinity {
        node_required: node.get(REQUIRED).filter(|required| !required.is_null()).cloned(),
        node_preferred: list(node, PREFERRED)
            .filter_map(|term| Some((weight(term), term.get("preference")?.clone())))
            .collect(),
        required: required("podAffinity"),
        anti_required: required("podAntiAffinity"),
        preferred: preferred("podAffinity"),
        anti_preferred: preferred("podAntiAffinity"),
    }
}

/// A selector of Pods; `matchLabelKeys` add the Pod's own values of those labels.
fn selector(owner: &Value, labels: &Map<String, Value>) -> Option<LabelSelector> {
    let mut chosen = owner.get("labelSelector").filter(|selector| !selector.is_null())?.clone();
    for (field, operator) in [("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")] {
        for key in list(owner, field).filter_map(Value::as_str) {
            let Some(value) = labels.get(key) else { continue };
            let requirement = serde_json::json!({"key": key, "operator": operator, "values": [value]});
            match chosen.get_mut("matchExpressions").and_then(Value::as_array_mut) {
                Some(all) => all.push(requirement),
                None => chosen["matchExpressions"] = Value::Array(vec![requirement]),
            }
        }
    }
    LabelSelector::from_object(&chosen).ok()
}

fn pod_term(term: &Value, namespace: &str, labels: &Map<String, Value>) -> PodTerm {
    let named: Vec<Box<str>> = list(term, "namespaces").filter_map(Value::as_str).map(Into::into).collect();
    let by_selector = term.get("namespaceSelector").filter(|selector| !selector.is_null());
    PodTerm {
        selector: selector(term, labels),
        all_namespaces: by_selector
            .is_some_and(|selector| selector.as_object().is_some_and(|fields| fields.values().all(is_empty))),
        namespaces: if named.is_empty() && by_selector.is_none() { vec![namespace.into()] } else { named },
        topology_key: text(term, "topologyKey").into(),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        other => other.is_null(),
    }
}

fn spread_constraint(constraint: &Value, labels: &Map<String, Value>) -> SpreadConstraint {
    let number = |field: &str, default| constraint.get(field).and_then(Value::as_i64).unwrap_or(default);
    SpreadConstraint {
        max_skew: number("maxSkew", 1),
        topology_key: text(constraint, "topologyKey").into(),
        hard: text(constraint, "whenUnsatisfiable") != "ScheduleAnyway",
        min_domains: number("minDomains", 1),
        honor_affinity: text(constraint, "nodeAffinityPolicy") != "Ignore",
        honor_taints: text(constraint, "nodeTaintsPolicy") == "Honor",
        selector: selector(constraint, labels),
    }
}
