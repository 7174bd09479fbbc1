//! A Pod's row: READY, STATUS and RESTARTS summed up over its containers.
//!
//! The rules are `printPod` of `k8s.io/kubernetes/pkg/printers/internalversion/printers.go` (v1.35).

use serde_json::{Value, json};

use super::table::{Column, Layout, age, int_at, or, str_at, text, wide};
use crate::api::{Timestamp, object, time};

pub(super) const LAYOUT: Layout = Layout { columns: COLUMNS, cells, conditions };

const COLUMNS: &[Column] = &[
    text("Name"),
    text("Ready"),
    text("Status"),
    text("Restarts"),
    text("Age"),
    wide("IP"),
    wide("Node"),
    wide("Nominated Node"),
    wide("Readiness Gates"),
];

fn cells(pod: &Value, now: Timestamp) -> Vec<Value> {
    let sum = summary(pod);
    let restarts = match sum.last_restart {
        Some(last) if sum.restarts != 0 => {
            format!("{} ({} ago)", sum.restarts, time::human_duration(now.seconds_since(last)))
        }
        _ => sum.restarts.to_string(),
    };
    let node = str_at(pod, "/spec/nodeName");
    let nominated = str_at(pod, "/status/nominatedNodeName");
    vec![
        object::name(pod).into(),
        format!("{}/{}", sum.ready, sum.total).into(),
        sum.status.into(),
        restarts.into(),
        age(pod, now).into(),
        or(str_at(pod, "/status/podIPs/0/ip"), "<none>").into(),
        or(node, "<none>").into(),
        or(nominated, "<none>").into(),
        readiness_gates(pod).into(),
    ]
}

fn conditions(pod: &Value) -> Option<Value> {
    let (reason, message) = match str_at(pod, "/status/phase") {
        "Succeeded" => ("Succeeded", "The pod has completed successfully."),
        "Failed" => ("Failed", "The pod failed."),
        _ => return None,
    };
    Some(json!([{"type": "Completed", "status": "True", "reason": reason, "message": message}]))
}

/// What READY, STATUS and RESTARTS say.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Containers that are ready, sidecars included.
    pub ready: usize,
    /// Containers that should be.
    pub total: usize,
    /// `Running`, `Init:0/2`, `CrashLoopBackOff`, …
    pub status: String,
    /// Restarts of what runs now.
    pub restarts: i64,
    /// When the last of them ended.
    pub last_restart: Option<Timestamp>,
}

/// Sums a Pod up.
pub fn summary(pod: &Value) -> Summary {
    let mut sum = Summary { status: str_at(pod, "/status/phase").to_owned(), ..Summary::default() };
    let status_reason = str_at(pod, "/status/reason");
    if !status_reason.is_empty() {
        sum.status = status_reason.to_owned();
    }
    let conditions = object::list(pod, "/status/conditions");
    let gated = |c: &Value| str_at(c, "/type") == "PodScheduled" && str_at(c, "/reason") == "SchedulingGated";
    if conditions.iter().any(gated) {
        sum.status = "SchedulingGated".to_owned();
    }
    let init = object::list(pod, "/spec/initContainers");
    let sidecar = |name: &str| init.iter().any(|c| str_at(c, "/name") == name && is_sidecar(c));
    sum.total = object::list(pod, "/spec/containers").len() + init.iter().filter(|c| is_sidecar(c)).count();

    // While a Pod initialises, every init container's restarts count; later only the sidecars' and the containers'.
    let (mut all, mut sidecars) = (Restarts::default(), Restarts::default());
    let mut initializing = false;
    for (at, status) in object::list(pod, "/status/initContainerStatuses").iter().enumerate() {
        let is_sidecar = sidecar(str_at(status, "/name"));
        all.add(status);
        if is_sidecar {
            sidecars.add(status);
        }
        let (waiting, terminated) = (status.pointer("/state/waiting"), ended(status));
        if terminated.is_some_and(|t| int_at(t, "/exitCode") == 0) {
            continue;
        }
        if is_sidecar && status.get("started").and_then(Value::as_bool) == Some(true) {
            sum.ready += usize::from(is_ready(status));
            continue;
        }
        initializing = true;
        let waiting = waiting.map_or("", |w| str_at(w, "/reason"));
        sum.status = match terminated {
            Some(ended) => format!("Init:{}", end_reason(ended)),
            None if !waiting.is_empty() && waiting != "PodInitializing" => format!("Init:{waiting}"),
            None => format!("Init:{at}/{}", init.len()),
        };
        break;
    }
    let true_condition =
        |ty: &str| conditions.iter().any(|c| str_at(c, "/type") == ty && str_at(c, "/status") == "True");
    if !initializing || true_condition("Initialized") {
        all = sidecars;
        containers(pod, &mut sum, &mut all, true_condition("Ready"));
    }
    (sum.restarts, sum.last_restart) = (all.count, all.last);
    if object::deletion_timestamp(pod).is_some() {
        if status_reason == "NodeLost" {
            sum.status = "Unknown".to_owned();
        } else if !matches!(str_at(pod, "/status/phase"), "Succeeded" | "Failed") {
            sum.status = "Terminating".to_owned();
        }
    }
    sum
}

/// The app containers, last to first, so that the first one's reason wins.
fn containers(pod: &Value, sum: &mut Summary, restarts: &mut Restarts, pod_ready: bool) {
    let mut running = false;
    let mut error = None;
    for status in object::list(pod, "/status/containerStatuses").iter().rev() {
        restarts.add(status);
        let waiting = str_at(status, "/state/waiting/reason");
        if !waiting.is_empty() {
            sum.status = waiting.to_owned();
        } else if let Some(ended) = ended(status) {
            sum.status = end_reason(ended);
            if int_at(ended, "/exitCode") != 0 {
                error = Some(sum.status.clone());
            }
        } else if is_ready(status) && set(status.pointer("/state/running")).is_some() {
            running = true;
            sum.ready += 1;
        }
    }
    // One container that completed does not make a Pod completed whose other containers still run.
    if sum.status == "Completed" {
        if running && pod_ready {
            sum.status = "Running".to_owned();
        } else if let Some(error) = error {
            sum.status = error;
        } else if running {
            sum.status = "NotReady".to_owned();
        }
    }
}

#[derive(Default)]
struct Restarts {
    count: i64,
    last: Option<Timestamp>,
}

impl Restarts {
    fn add(&mut self, status: &Value) {
        self.count += int_at(status, "/restartCount");
        let ended = Timestamp::parse(str_at(status, "/lastState/terminated/finishedAt"));
        self.last = self.last.max(ended);
    }
}

fn end_reason(ended: &Value) -> String {
    match (str_at(ended, "/reason"), int_at(ended, "/signal")) {
        ("", 0) => format!("ExitCode:{}", int_at(ended, "/exitCode")),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

fn ended(status: &Value) -> Option<&Value> {
    set(status.pointer("/state/terminated"))
}

fn set(value: Option<&Value>) -> Option<&Value> {
    value.filter(|v| !v.is_null())
}

fn is_ready(status: &Value) -> bool {
    status.get("ready").and_then(Value::as_bool).unwrap_or_default()
}

fn is_sidecar(container: &Value) -> bool {
    str_at(container, "/restartPolicy") == "Always"
}

fn readiness_gates(pod: &Value) -> String {
    let gates = object::list(pod, "/spec/readinessGates");
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let conditions = object::list(pod, "/status/conditions");
    let passed = |gate: &&Value| {
        let ty = str_at(gate, "/conditionType");
        conditions.iter().find(|c| str_at(c, "/type") == ty).is_some_and(|c| str_at(c, "/status") == "True")
    };
    format!("{}/{}", gates.iter().filter(passed).count(), gates.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pod: Value, expected: &str) {
        let row = cells(&pod, Timestamp::from_seconds(100));
        let shown: Vec<_> = row[1..4].iter().filter_map(Value::as_str).collect();
        assert_eq!(shown.join(" "), expected, "{pod}");
    }

    /// A Pod with init containers and containers of these states.
    fn pod(phase: &str, init: Value, containers: Value) -> Value {
        let specs = |statuses: &Value| {
            let one = |s: &Value| json!({"name": s["name"], "restartPolicy": s["policy"]});
            statuses.as_array().map(|all| all.iter().map(one).collect::<Vec<_>>())
        };
        json!({
            "metadata": {"name": "p"},
            "spec": {"initContainers": specs(&init), "containers": specs(&containers)},
            "status": {"phase": phase, "initContainerStatuses": init, "containerStatuses": containers},
        })
    }

    #[test]
    fn the_status_column() {
        let running = json!({"name": "a", "ready": true, "state": {"running": {}}});
        let starting = json!({"name": "a", "state": {"waiting": {"reason": "PodInitializing"}}});
        let done = json!({"name": "b", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}});
        let crash = json!({"name": "c", "restartCount": 5, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"finishedAt": "1970-01-01T00:01:30Z"}}});
        let ended = |end: Value| json!({"name": "e", "state": {"terminated": end}});
        let sidecar = json!({"name": "s", "policy": "Always", "started": true, "ready": true, "restartCount": 2,
            "state": {"running": {}}});
        let none = json!([]);
        let cases = [
            (pod("Pending", none.clone(), none.clone()), "0/0 Pending 0"),
            (pod("Running", none.clone(), json!([running])), "1/1 Running 0"),
            (pod("Pending", json!([starting, starting]), json!([starting])), "0/1 Init:0/2 0"),
            (pod("Pending", json!([done, starting]), json!([starting])), "0/1 Init:1/2 0"),
            (pod("Pending", json!([done]), json!([starting])), "0/1 PodInitializing 0"),
            (pod("Pending", json!([crash]), json!([starting])), "0/1 Init:CrashLoopBackOff 5 (10s ago)"),
            (pod("Pending", json!([ended(json!({"exitCode": 2}))]), json!([])), "0/0 Init:ExitCode:2 0"),
            (pod("Pending", json!([ended(json!({"exitCode": 2, "reason": "Error"}))]), json!([])), "0/0 Init:Error 0"),
            (pod("Pending", json!([ended(json!({"exitCode": 2, "signal": 9}))]), json!([])), "0/0 Init:Signal:9 0"),
            (pod("Running", json!([sidecar]), json!([running])), "2/2 Running 2"),
            (pod("Running", none.clone(), json!([crash])), "0/1 CrashLoopBackOff 5 (10s ago)"),
            (pod("Succeeded", none.clone(), json!([done])), "0/1 Completed 0"),
            (pod("Running", none.clone(), json!([done, running])), "1/2 NotReady 0"),
            (
                pod("Failed", none.clone(), json!([ended(json!({"exitCode": 137, "reason": "OOMKilled"}))])),
                "0/1 OOMKilled 0",
            ),
            (pod("Failed", none.clone(), json!([done, ended(json!({"exitCode": 3}))])), "0/2 ExitCode:3 0"),
        ];
        for (pod, expected) in cases {
            check(pod, expected);
        }
    }

    #[test]
    fn what_overrides_the_containers() {
        let mut deleted = pod("Running", json!([]), json!([{"name": "a", "ready": true, "state": {"running": {}}}]));
        deleted["metadata"]["deletionTimestamp"] = "1970-01-01T00:00:00Z".into();
        check(deleted.clone(), "1/1 Terminating 0");
        deleted["status"]["reason"] = "NodeLost".into();
        check(deleted, "1/1 Unknown 0");
        let mut evicted = pod("Failed", json!([]), json!([]));
        evicted["status"]["reason"] = "Evicted".into();
        check(evicted, "0/0 Evicted 0");
    }
}
