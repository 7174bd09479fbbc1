//! `kubectl describe node`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::node::roles;
use super::super::table::{age, or, str_at};
use super::events;
use super::writer::{Writer, date, quantity};
use crate::api::{Quantity, Timestamp, object};

/// A Node with its Lease (or why there is none), its Pods that have not ended, and the events about it.
pub fn node(
    node: &Value,
    lease: Result<&Value, String>,
    pods: Option<&[Value]>,
    events: Option<&[Value]>,
    now: Timestamp,
) -> String {
    let mut w = Writer::default();
    w.field(0, "Name", object::name(node));
    w.field(0, "Roles", or(&roles(node).join(","), "<none>"));
    w.metadata(node);
    w.field(0, "CreationTimestamp", date(object::creation_timestamp(node).unwrap_or_default()));
    taints(&mut w, node);
    w.field(0, "Unschedulable", (node.pointer("/spec/unschedulable") == Some(&Value::Bool(true))).to_string());
    match lease {
        Ok(lease) => {
            w.line(0, "Lease:");
            w.field(1, "HolderIdentity", or(str_at(lease, "/spec/holderIdentity"), "<unset>"));
            for (title, pointer) in [("AcquireTime", "/spec/acquireTime"), ("RenewTime", "/spec/renewTime")] {
                match str_at(lease, pointer) {
                    "" => w.field(1, title, "<unset>"),
                    time => w.field(1, title, date(time)),
                }
            }
        }
        Err(why) => w.field(0, "Lease", format!("Failed to get lease: {why}")),
    }
    conditions(&mut w, node);
    w.line(0, "Addresses:");
    for address in object::list(node, "/status/addresses") {
        w.field(1, str_at(address, "/type"), str_at(address, "/address"));
    }
    for (title, pointer) in [("Capacity", "/status/capacity"), ("Allocatable", "/status/allocatable")] {
        let amounts = node.pointer(pointer).and_then(Value::as_object).filter(|a| !a.is_empty());
        if let Some(amounts) = amounts {
            w.line(0, [title, ":"].concat());
            amounts.iter().for_each(|(name, amount)| w.field(1, name, quantity(amount)));
        }
    }
    system(&mut w, node);
    match pods {
        Some(pods) => allocated(&mut w, node, pods, now),
        None => w.field(0, "Pods", "not authorized"),
    }
    events::write(&mut w, events, now);
    w.finish()
}

fn taints(w: &mut Writer, node: &Value) {
    let mut taints: Vec<&Value> = object::list(node, "/spec/taints").iter().collect();
    taints.sort_by_key(|t| (str_at(t, "/effect"), str_at(t, "/key")));
    let line = |t: &&Value| {
        let (key, value, effect) = (str_at(t, "/key"), str_at(t, "/value"), str_at(t, "/effect"));
        match (value, effect) {
            ("", "") => key.to_owned(),
            ("", effect) => [key, ":", effect].concat(),
            (value, "") => [key, "=", value, ":"].concat(),
            (value, effect) => [key, "=", value, ":", effect].concat(),
        }
    };
    w.column("Taints", taints.iter().map(line).collect());
}

fn conditions(w: &mut Writer, node: &Value) {
    let conditions = object::list(node, "/status/conditions");
    if conditions.is_empty() {
        return;
    }
    w.line(0, "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
    w.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
    for c in conditions {
        let text = |field: &str| str_at(c, field);
        let (beat, change) = (date(text("/lastHeartbeatTime")), date(text("/lastTransitionTime")));
        w.line(1, [text("/type"), text("/status"), &beat, &change, text("/reason"), text("/message")].join(" \t"));
    }
}

fn system(w: &mut Writer, node: &Value) {
    w.line(0, "System Info:");
    for (title, field) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
        ("Kube-Proxy Version", "kubeProxyVersion"),
    ] {
        w.field(1, title, str_at(node, &["/status/nodeInfo/", field].concat()));
    }
    match str_at(node, "/spec/podCIDR") {
        "" => {}
        cidr => w.field(0, "PodCIDR", cidr),
    }
    let cidrs: Vec<&str> = object::list(node, "/spec/podCIDRs").iter().filter_map(Value::as_str).collect();
    if !cidrs.is_empty() {
        w.field(0, "PodCIDRs", cidrs.join(","));
    }
    match str_at(node, "/spec/providerID") {
        "" => {}
        id => w.field(0, "ProviderID", id),
    }
}

type Amounts = BTreeMap<String, Quantity>;

fn allocated(w: &mut Writer, node: &Value, pods: &[Value], now: Timestamp) {
    w.field(0, "Non-terminated Pods", format!("({} in total)", pods.len()));
    w.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    w.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    let of_node = |name: &str| {
        let list = ["/status/allocatable", "/status/capacity"];
        let found = list.iter().filter_map(|p| node.pointer(p)).find(|l| l.as_object().is_some_and(|l| !l.is_empty()));
        found.and_then(|l| l.get(name)).map(parse).unwrap_or(Quantity::milli(0))
    };
    let share = |amount: Quantity, name: &str| {
        let (amount_value, all) = match name {
            "cpu" => (amount.milli_value(), of_node(name).milli_value()),
            _ => (amount.value(), of_node(name).value()),
        };
        let percent = if all == 0 { 0 } else { (amount_value as f64 / all as f64 * 100.0) as i64 };
        format!("{amount} ({percent}%)")
    };
    let (mut requests, mut limits) = (Amounts::new(), Amounts::new());
    for pod in pods {
        let (of_pod, most) = (total(pod, "requests"), total(pod, "limits"));
        let cell =
            |amounts: &Amounts, name: &str| share(amounts.get(name).copied().unwrap_or(Quantity::milli(0)), name);
        w.line(
            1,
            format!(
                "{}\t{}\t\t{}\t{}\t{}\t{}\t{}",
                object::namespace(pod),
                object::name(pod),
                cell(&of_pod, "cpu"),
                cell(&most, "cpu"),
                cell(&of_pod, "memory"),
                cell(&most, "memory"),
                age(pod, now)
            ),
        );
        add(&mut requests, of_pod);
        add(&mut limits, most);
    }
    w.line(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)");
    w.line(1, "Resource\tRequests\tLimits");
    w.line(1, "--------\t--------\t------");
    let sum = |amounts: &Amounts, name: &str| amounts.get(name).copied().unwrap_or(Quantity::milli(0));
    for name in ["cpu", "memory", "ephemeral-storage"] {
        let (request, limit) = (share(sum(&requests, name), name), share(sum(&limits, name), name));
        w.line(1, [name, &request, &limit].join("\t"));
    }
    let known = |name: &str| matches!(name, "cpu" | "memory" | "ephemeral-storage" | "pods" | "storage");
    let list = node.pointer("/status/allocatable").and_then(Value::as_object);
    let names: Vec<&String> = list.into_iter().flatten().map(|(name, _)| name).filter(|n| !known(n)).collect();
    for name in names.iter().filter(|n| n.starts_with("hugepages-")) {
        w.line(1, [name.as_str(), &share(sum(&requests, name), name), &share(sum(&limits, name), name)].join("\t"));
    }
    for name in names.iter().filter(|n| !n.starts_with("hugepages-")) {
        let (request, limit) = (sum(&requests, name).to_string(), sum(&limits, name).to_string());
        w.line(1, [name.as_str(), &request, &limit].join("\t"));
    }
}

fn parse(value: &Value) -> Quantity {
    Quantity::parse(&quantity(value)).unwrap_or(Quantity::milli(0))
}

fn add(sum: &mut Amounts, more: Amounts) {
    for (name, amount) in more {
        let known = sum.entry(name).or_insert(Quantity::milli(0));
        *known = known.plus(amount);
    }
}

/// What a Pod asks for in all: its containers and sidecars together, or its largest init container if that is more;
/// and its overhead (`PodRequestsAndLimits`). Pod-level resources take the place of the containers'.
fn total(pod: &Value, what: &str) -> Amounts {
    let of = |c: &Value| -> Amounts {
        let amounts = c.pointer(&["/resources/", what].concat()).and_then(Value::as_object);
        amounts.into_iter().flatten().map(|(name, amount)| (name.clone(), parse(amount))).collect()
    };
    let mut sum = Amounts::new();
    object::list(pod, "/spec/containers").iter().for_each(|c| add(&mut sum, of(c)));
    let (mut sidecars, mut most) = (Amounts::new(), Amounts::new());
    for init in object::list(pod, "/spec/initContainers") {
        let mut during = of(init);
        if str_at(init, "/restartPolicy") == "Always" {
            add(&mut sum, during.clone());
            add(&mut sidecars, during);
            during = sidecars.clone();
        } else {
            add(&mut during, sidecars.clone());
        }
        raise(&mut most, during);
    }
    raise(&mut sum, most);
    let own = pod.pointer(&["/spec/resources/", what].concat()).and_then(Value::as_object);
    for (name, amount) in own.into_iter().flatten() {
        sum.insert(name.clone(), parse(amount));
    }
    for (name, amount) in pod.pointer("/spec/overhead").and_then(Value::as_object).into_iter().flatten() {
        if what == "requests" || sum.contains_key(name) {
            add(&mut sum, Amounts::from([(name.clone(), parse(amount))]));
        }
    }
    sum
}

fn raise(sum: &mut Amounts, least: Amounts) {
    for (name, amount) in least {
        let known = sum.entry(name).or_insert(amount);
        *known = (*known).max(amount);
    }
}
