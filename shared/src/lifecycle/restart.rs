//! Whether a container that ended is started again.

use k8s_openapi::api::core::v1::{Container, Pod};

use super::observed::Exit;

/// The Pod's restart policy; `Always` where none is set.
pub fn pod_policy(pod: &Pod) -> &str {
    pod.spec.as_ref().and_then(|s| s.restart_policy.as_deref()).unwrap_or("Always")
}

/// An init container with `restartPolicy: Always` is a sidecar: it starts in turn and stays.
pub fn is_sidecar(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

/// Whether a container is started again after `exit`. The container's own rules and policy come before the Pod's
/// (`ContainerRestartRules`); init containers restart on failure only, sidecars always.
pub fn again(pod: &Pod, container: &Container, init: bool, exit: &Exit) -> bool {
    if container.restart_policy.is_some() {
        for rule in container.restart_policy_rules.iter().flatten() {
            let Some(codes) = &rule.exit_codes else { continue };
            let listed = codes.values.iter().flatten().any(|v| *v == exit.code);
            if rule.action == "Restart" && listed == (codes.operator == "In") {
                return true;
            }
        }
    }
    match container.restart_policy.as_deref().unwrap_or_else(|| pod_policy(pod)) {
        "Never" => false,
        "OnFailure" => exit.code != 0,
        _ => !init || is_sidecar(container) || exit.code != 0,
    }
}
