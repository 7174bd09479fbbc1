//! `kubectl describe pod`.

use serde_json::Value;

use super::super::table::{int_at, str_at};
use super::writer::{Writer, date};
use super::{container, events, volume};
use crate::api::{Timestamp, object, time};

/// A Pod, with the events about it.
pub fn pod(pod: &Value, events: Option<&[Value]>, now: Timestamp) -> String {
    let mut w = Writer::default();
    w.name(pod, true);
    if pod.pointer("/spec/priority").is_some_and(|p| !p.is_null()) {
        w.field(0, "Priority", int_at(pod, "/spec/priority").to_string());
    }
    let optional = |w: &mut Writer, title: &str, pointer: &str| match str_at(pod, pointer) {
        "" => {}
        text => w.field(0, title, text),
    };
    optional(&mut w, "Priority Class Name", "/spec/priorityClassName");
    optional(&mut w, "Runtime Class Name", "/spec/runtimeClassName");
    optional(&mut w, "Service Account", "/spec/serviceAccountName");
    match str_at(pod, "/spec/nodeName") {
        "" => w.field(0, "Node", "<none>"),
        node => w.field(0, "Node", [node, "/", str_at(pod, "/status/hostIP")].concat()),
    }
    match str_at(pod, "/status/startTime") {
        "" => {}
        start => w.field(0, "Start Time", date(start)),
    }
    w.metadata(pod);
    status(&mut w, pod, now);
    optional(&mut w, "Reason", "/status/reason");
    optional(&mut w, "Message", "/status/message");
    optional(&mut w, "SeccompProfile", "/spec/securityContext/seccompProfile/type");
    optional(&mut w, "LocalhostProfile", "/spec/securityContext/seccompProfile/localhostProfile");
    w.field(0, "IP", str_at(pod, "/status/podIP"));
    match object::list(pod, "/status/podIPs") {
        [] => w.field(0, "IPs", "<none>"),
        ips => {
            w.line(0, "IPs:");
            ips.iter().for_each(|ip| w.field(1, "IP", str_at(ip, "/ip")));
        }
    }
    let owners = object::list(pod, "/metadata/ownerReferences");
    if let Some(owner) = owners.iter().find(|o| o["controller"] == true) {
        w.field(0, "Controlled By", [str_at(owner, "/kind"), "/", str_at(owner, "/name")].concat());
    }
    optional(&mut w, "NominatedNodeName", "/status/nominatedNodeName");
    if let Some(resources) = pod.pointer("/spec/resources").filter(|r| !r.is_null()) {
        w.line(0, "Resources:");
        container::resources(&mut w, resources, 1);
    }
    for (title, specs, statuses) in [
        ("Init Containers", "/spec/initContainers", "/status/initContainerStatuses"),
        ("Containers", "/spec/containers", "/status/containerStatuses"),
        ("Ephemeral Containers", "/spec/ephemeralContainers", "/status/ephemeralContainerStatuses"),
    ] {
        let specs = object::list(pod, specs);
        if !specs.is_empty() || title == "Containers" {
            container::containers(&mut w, title, specs, object::list(pod, statuses), pod);
        }
    }
    conditions(&mut w, pod);
    volume::volumes(&mut w, object::list(pod, "/spec/volumes"));
    w.field(0, "QoS Class", qos(pod));
    w.pairs("Node-Selectors", pod.pointer("/spec/nodeSelector").and_then(Value::as_object));
    tolerations(&mut w, object::list(pod, "/spec/tolerations"));
    spread(&mut w, object::list(pod, "/spec/topologySpreadConstraints"));
    events::write(&mut w, events, now);
    w.finish()
}

fn status(w: &mut Writer, pod: &Value, now: Timestamp) {
    let phase = str_at(pod, "/status/phase");
    match object::deletion_timestamp(pod).filter(|_| !matches!(phase, "Failed" | "Succeeded")) {
        Some(deleted) => {
            w.field(0, "Status", format!("Terminating (lasts {})", time::age(Timestamp::parse(deleted), now)));
            let grace = int_at(pod, "/metadata/deletionGracePeriodSeconds");
            w.field(0, "Termination Grace Period", format!("{grace}s"));
        }
        None => w.field(0, "Status", phase),
    }
}

fn conditions(w: &mut Writer, pod: &Value) {
    let conditions = object::list(pod, "/status/conditions");
    let gates = object::list(pod, "/spec/readinessGates");
    if !gates.is_empty() {
        w.line(0, "Readiness Gates:\n  Type\tStatus");
        for gate in gates {
            let ty = str_at(gate, "/conditionType");
            let found = conditions.iter().find(|c| str_at(c, "/type") == ty);
            w.line(1, format!("{ty} \t{} ", found.map_or("<none>", |c| str_at(c, "/status"))));
        }
    }
    if !conditions.is_empty() {
        w.line(0, "Conditions:\n  Type\tStatus");
        for condition in conditions {
            w.line(1, format!("{} \t{} ", str_at(condition, "/type"), str_at(condition, "/status")));
        }
    }
}

/// The class the server set, else worked out as the server does: from CPU and memory of every container.
fn qos(pod: &Value) -> &str {
    match str_at(pod, "/status/qosClass") {
        "" => {}
        class => return class,
    }
    let lists = ["/spec/containers", "/spec/initContainers"];
    let containers = lists.iter().flat_map(|pointer| object::list(pod, pointer));
    let amount = |c: &Value, what: &str, name: &str| {
        let value = c.pointer(&format!("/resources/{what}/{name}"));
        value.map(super::writer::quantity).filter(|text| text != "0")
    };
    let (mut any, mut guaranteed) = (false, true);
    for container in containers {
        for name in ["cpu", "memory"] {
            let (request, limit) = (amount(container, "requests", name), amount(container, "limits", name));
            any |= request.is_some() || limit.is_some();
            guaranteed &= limit.is_some() && (request.is_none() || request == limit);
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

fn tolerations(w: &mut Writer, tolerations: &[Value]) {
    let mut tolerations: Vec<&Value> = tolerations.iter().collect();
    tolerations.sort_by_key(|t| str_at(t, "/key"));
    let line = |t: &&Value| {
        let (key, value, effect) = (str_at(t, "/key"), str_at(t, "/value"), str_at(t, "/effect"));
        let mut line = key.to_owned();
        if !value.is_empty() {
            line.extend(["=", value]);
        }
        if !effect.is_empty() {
            line.extend([":", effect]);
        }
        if str_at(t, "/operator") == "Exists" && value.is_empty() {
            line.push_str(if line.is_empty() { "op=Exists" } else { " op=Exists" });
        }
        if let Some(seconds) = t["tolerationSeconds"].as_i64() {
            line.push_str(&format!(" for {seconds}s"));
        }
        line
    };
    w.column("Tolerations", tolerations.iter().map(line).collect());
}

fn spread(w: &mut Writer, constraints: &[Value]) {
    let mut constraints: Vec<&Value> = constraints.iter().collect();
    constraints.sort_by_key(|c| str_at(c, "/topologyKey"));
    let line = |c: &&Value| {
        let mut line = format!(
            "{}:{} when max skew {} is exceeded",
            str_at(c, "/topologyKey"),
            str_at(c, "/whenUnsatisfiable"),
            int_at(c, "/maxSkew")
        );
        if let Some(selector) = c.get("labelSelector").filter(|s| !s.is_null()) {
            line.extend([" for selector ", &selector_text(selector)]);
        }
        line
    };
    if !constraints.is_empty() {
        w.column("Topology Spread Constraints", constraints.iter().map(line).collect());
    }
}

fn selector_text(selector: &Value) -> String {
    let labels = selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten();
    let mut terms: Vec<String> = labels.map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default())).collect();
    for expression in object::list(selector, "/matchExpressions") {
        let key = str_at(expression, "/key");
        let values: Vec<&str> = object::list(expression, "/values").iter().filter_map(Value::as_str).collect();
        terms.push(match str_at(expression, "/operator") {
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            operator => format!("{key} {} ({})", operator.to_lowercase(), values.join(",")),
        });
    }
    terms.sort();
    if terms.is_empty() { "<none>".to_owned() } else { terms.join(",") }
}
