//! The whole `status` of a Pod, as its node sees it.

use k8s_openapi::api::core::v1::{HostIP, PodIP, PodStatus};

use super::plan::{List, Plan};
use super::state::REJECTED;
use super::{conditions, container_status, phase, qos, time};

/// Generates the status from what is observed and what the step has decided.
pub(super) fn generate(plan: &Plan) -> PodStatus {
    if let Some(status) = rejected(plan) {
        return status;
    }
    let init = container_status::all(plan, List::Init);
    let regular = container_status::all(plan, List::Regular);
    let ephemeral = container_status::all(plan, List::Ephemeral);
    let mut phase = phase::phase(plan);
    // Removed before it ever ran: a Pod that is gone from its node has ended.
    if plan.state.torn_down == super::state::Setup::Done && !matches!(phase, "Succeeded" | "Failed") {
        phase = "Failed";
    }
    let conditions = conditions::conditions(
        plan,
        phase,
        init.as_deref().unwrap_or_default(),
        regular.as_deref().unwrap_or_default(),
    );
    let before = plan.status();
    let verdict = plan.state.verdict.as_ref();
    // A Pod keeps its address in the status after its pod sandbox has gone.
    let ip = plan.observed.sandbox.as_ref().and_then(|s| s.ip.clone()).or_else(|| before?.pod_ip.clone());
    PodStatus {
        conditions: Some(conditions),
        container_statuses: regular,
        ephemeral_container_statuses: ephemeral,
        host_ip: plan.rules.host_ips.first().cloned(),
        host_ips: Some(plan.rules.host_ips.iter().map(|ip| HostIP { ip: ip.clone() }).collect()),
        init_container_statuses: init,
        message: verdict.map(|v| v.message.clone()).or_else(|| before?.message.clone()),
        observed_generation: plan.pod.metadata.generation,
        phase: Some(phase.to_owned()),
        pod_ips: ip.clone().map(|ip| vec![PodIP { ip }]),
        pod_ip: ip,
        qos_class: Some(
            before.and_then(|s| s.qos_class.clone()).unwrap_or_else(|| qos::qos_class(plan.pod).to_owned()),
        ),
        reason: verdict.map(|v| v.reason.clone()).or_else(|| before?.reason.clone()),
        start_time: plan.state.seen.map(time::to_kubernetes),
        ..PodStatus::default()
    }
}

/// A Pod that its node did not take has nothing to tell of containers and conditions.
fn rejected(plan: &Plan) -> Option<PodStatus> {
    let before = plan.status();
    let reported = before.and_then(|s| Some((s.reason.clone()?, s.message.clone()?)));
    let verdict = plan.state.verdict.as_ref().map(|v| (v.reason.clone(), v.message.clone()));
    let (reason, message) = verdict.or(reported).filter(|(_, message)| message.starts_with(REJECTED))?;
    Some(PodStatus {
        phase: Some("Failed".to_owned()),
        reason: Some(reason),
        message: Some(message),
        qos_class: Some(qos::qos_class(plan.pod).to_owned()),
        observed_generation: plan.pod.metadata.generation,
        start_time: plan.state.seen.map(time::to_kubernetes),
        conditions: before.and_then(|s| s.conditions.clone()),
        ..PodStatus::default()
    })
}
