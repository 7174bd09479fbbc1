//! Requests and limits as the kernel takes them (`kuberuntime_container_linux.go`), and their change in a running
//! container (KEP-1287).

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Container;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Written;
use serde_json::json;

use super::action::Action;
use super::event;
use super::observed;
use super::plan::Plan;
use crate::api::Quantity;

/// The quota's period, microseconds.
pub const PERIOD: i64 = 100_000;

const PENDING: &str = "PodResizePending";
const IN_PROGRESS: &str = "PodResizeInProgress";
/// The conditions that are there only while they are true.
pub(super) const CONDITIONS: [&str; 2] = [PENDING, IN_PROGRESS];

/// What the kernel holds a container to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Relative weight; 2 at least.
    pub cpu_shares: i64,
    /// Microseconds of CPU in each [`PERIOD`]; `None` for no limit.
    pub cpu_quota: Option<i64>,
    /// Bytes; `None` for no limit.
    pub memory: Option<i64>,
}

impl Limits {
    /// What a container's resources come to.
    pub fn of(container: &Container) -> Self {
        let resources = container.resources.as_ref();
        let read = |list: Option<&BTreeMap<String, Written>>, name: &str| Quantity::parse(&list?.get(name)?.0).ok();
        let limit = |name| read(resources.and_then(|r| r.limits.as_ref()), name);
        let cpu_request = read(resources.and_then(|r| r.requests.as_ref()), "cpu").or_else(|| limit("cpu"));
        let cpu_limit = limit("cpu").map(Quantity::milli_value).filter(|m| *m > 0);
        Self {
            cpu_shares: (cpu_request.map_or(0, Quantity::milli_value) * 1024 / 1000).clamp(2, 262_144),
            // The kernel refuses less than a millisecond.
            cpu_quota: cpu_limit.map(|milli| (milli * PERIOD / 1000).max(1000)),
            memory: limit("memory").map(Quantity::value).filter(|m| *m > 0),
        }
    }

    /// The resources whose limits differ.
    fn changed(self, other: Self) -> impl Iterator<Item = &'static str> {
        let cpu = (self.cpu_shares, self.cpu_quota) != (other.cpu_shares, other.cpu_quota);
        let memory = self.memory != other.memory;
        [cpu.then_some("cpu"), memory.then_some("memory")].into_iter().flatten()
    }
}

/// Brings a running container to its resources, by a restart where its `resizePolicy` asks for one.
pub(super) fn resize(plan: &mut Plan, container: &Container, current: &observed::Container) {
    let limits = Limits::of(container);
    let restarts = |name: &str| {
        let mut policies = container.resize_policy.iter().flatten();
        policies.any(|policy| policy.resource_name == name && policy.restart_policy == "RestartContainer")
    };
    if limits.changed(current.limits).any(restarts) {
        plan.state.containers.entry(container.name.clone()).or_default().replace = true;
        let message = format!("Container {} resize requires restart", container.name);
        return plan.stop(current, plan.grace(), Some(message));
    }
    if limits == current.limits {
        return;
    }
    let memory = plan.state.containers.entry(container.name.clone()).or_default();
    match memory.resize.begin(plan.now) {
        Ok(()) => {
            let (name, id) = (container.name.clone(), current.id.clone());
            plan.actions.push(Action::ResizeContainer { name, id, limits });
        }
        Err(at) => at.into_iter().for_each(|at| plan.wake(at)),
    }
}

/// Whether a container is yet to be brought to its resources.
pub(super) fn is_resizing(plan: &Plan, container: &Container) -> bool {
    plan.current(&container.name).is_some_and(|c| c.running() && c.limits != Limits::of(container))
}

/// The containers that can be resized.
fn resizable<'a>(plan: &Plan<'a>) -> impl Iterator<Item = &'a Container> {
    let sidecars = plan.spec.init_containers.iter().flatten().filter(|c| super::restart::is_sidecar(c));
    plan.spec.containers.iter().chain(sidecars)
}

/// `PodResizePending` and `PodResizeInProgress`, while they are true: type, reason, message.
pub(super) fn conditions(plan: &Plan) -> Vec<(&'static str, &'static str, String)> {
    let mut conditions = Vec::new();
    if let Some(pending) = &plan.state.resize {
        conditions.push((PENDING, pending.reason, pending.message.clone()));
    }
    if resizable(plan).any(|container| is_resizing(plan, container)) {
        let failed = plan.state.containers.values().find_map(|memory| memory.resize.failure());
        conditions.push((IN_PROGRESS, failed.map_or("", |_| "Error"), failed.unwrap_or_default().to_owned()));
    }
    conditions
}

/// Tells the end of a change that the status has told the beginning of.
pub(super) fn tell_end(plan: &mut Plan) {
    let told = plan.status().and_then(|s| s.conditions.as_ref()).into_iter().flatten();
    let resizing = resizable(plan).any(|container| is_resizing(plan, container));
    if told.into_iter().any(|c| c.type_ == IN_PROGRESS && c.status == "True") && !resizing {
        let containers: Vec<_> = resizable(plan).map(|c| json!({"name": c.name, "resources": c.resources})).collect();
        let what = json!({"containers": containers, "generation": plan.pod.metadata.generation});
        plan.events.push(event::resize_completed(&what));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings() {
        let case = |resources: serde_json::Value| {
            let container = json!({"name": "c", "image": "i", "resources": resources});
            let limits = Limits::of(&serde_json::from_value(container).unwrap());
            (limits.cpu_shares, limits.cpu_quota, limits.memory)
        };
        assert_eq!(case(json!({})), (2, None, None));
        assert_eq!(case(json!({"requests": {"cpu": "250m", "memory": "500Mi"}})), (256, None, None));
        assert_eq!(case(json!({"limits": {"cpu": "500m", "memory": "1Gi"}})), (512, Some(50_000), Some(1 << 30)));
        assert_eq!(case(json!({"limits": {"cpu": "1m"}})), (2, Some(1000), None));
    }
}
