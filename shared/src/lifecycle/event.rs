//! Events in the kubelet's words (v1.35: `pkg/kubelet/events`, `images/image_manager.go`, `kuberuntime`).

use crate::api::time::go_duration;
use crate::scheduling::Refusal;

/// An event about a Pod or one of its containers, before it has a name, a time and a count.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Event {
    /// `Warning` rather than `Normal`.
    pub warning: bool,
    /// `Pulled`, `Started`, `BackOff`, …
    pub reason: &'static str,
    /// What happened.
    pub message: String,
    /// `spec.containers{name}`; empty when it is about the Pod.
    pub field_path: String,
}

fn event(warning: bool, reason: &'static str, field_path: &str, message: String) -> Event {
    Event { warning, reason, message, field_path: field_path.to_owned() }
}

/// A node's refusal: its reason is the Event's.
pub fn rejected(reason: &'static str, message: &str) -> Event {
    event(true, reason, "", message.to_owned())
}

/// `Pulling`
pub fn pulling(at: &str, image: &str) -> Event {
    event(false, "Pulling", at, format!("Pulling image \"{image}\""))
}

/// `Pulled`, after a pull. Times in microseconds, rounded down to milliseconds.
pub fn pulled(at: &str, image: &str, pull: i64, with_waiting: i64, bytes: u64) -> Event {
    let words = |micros: i64| go_duration(micros / 1000 * 1000);
    let message = format!(
        "Successfully pulled image \"{image}\" in {} ({} including waiting). Image size: {bytes} bytes.",
        words(pull),
        words(with_waiting)
    );
    event(false, "Pulled", at, message)
}

/// `Pulled`, without a pull.
pub fn present(at: &str, image: &str) -> Event {
    let message = format!("Container image \"{image}\" already present on machine and can be accessed by the pod");
    event(false, "Pulled", at, message)
}

/// `Pulled`, when the policy `Always` asks for a pull and the image is a stand-in of the set-up: `what` it is.
pub fn stand_in(at: &str, image: &str, what: &str) -> Event {
    let message = format!("Container image \"{image}\" is a stand-in on this machine ({what}) and is not pulled");
    event(false, "Pulled", at, message)
}

/// `Pulled`, when the policy `Always` asks for a pull and no registry answers.
pub fn no_registry(at: &str, image: &str) -> Event {
    let message = format!("Container image \"{image}\" already present on machine; no registry answers a pull");
    event(false, "Pulled", at, message)
}

/// `Created`. Since v1.35 the words do not name the container: the field path does.
pub fn created(at: &str) -> Event {
    event(false, "Created", at, "Container created".to_owned())
}

/// `Started`
pub fn started(at: &str) -> Event {
    event(false, "Started", at, "Container started".to_owned())
}

/// `Failed`: a pull.
pub fn pull_failed(at: &str, image: &str, error: &str) -> Event {
    event(true, "Failed", at, format!("Failed to pull image \"{image}\": {error}"))
}

/// `Failed`: a start, with the waiting reason or with the runtime's words.
pub fn failed(at: &str, error: &str) -> Event {
    event(true, "Failed", at, format!("Error: {error}"))
}

/// `InspectFailed`
pub fn invalid_image(at: &str, message: String) -> Event {
    event(true, "InspectFailed", at, message)
}

/// `ErrImageNeverPull`
pub fn never_pull(at: &str, image: &str) -> Event {
    event(true, "ErrImageNeverPull", at, never_pull_message(image))
}

/// What the status says of a missing image with the policy `Never`.
pub fn never_pull_message(image: &str) -> String {
    format!("Container image \"{image}\" is not present with pull policy of Never")
}

/// `BackOff`: image.
pub fn pull_backoff(at: &str, image: &str) -> Event {
    event(false, "BackOff", at, format!("Back-off pulling image \"{image}\""))
}

/// `BackOff`: crashes.
pub fn crash_backoff(at: &str, container: &str, pod: &str) -> Event {
    event(true, "BackOff", at, format!("Back-off restarting failed container {container} in pod {pod}"))
}

/// `Killing`
pub fn killing(at: &str, message: String) -> Event {
    event(false, "Killing", at, message)
}

/// `Unhealthy`: `kind` is `Liveness`, `Readiness` or `Startup`.
pub fn unhealthy(at: &str, kind: &str, output: &str) -> Event {
    event(true, "Unhealthy", at, format!("{kind} probe failed: {output}"))
}

/// `FailedPostStartHook`. The hook's output may hold secrets and is not told.
pub fn post_start_failed(at: &str) -> Event {
    event(true, "FailedPostStartHook", at, "PostStartHook failed".to_owned())
}

/// `FailedPreStopHook`
pub fn pre_stop_failed(at: &str) -> Event {
    event(true, "FailedPreStopHook", at, "PreStopHook failed".to_owned())
}

/// `SandboxChanged`
pub fn sandbox_changed() -> Event {
    event(false, "SandboxChanged", "", "Pod sandbox changed, it will be killed and re-created.".to_owned())
}

/// `FailedCreatePodSandBox`
pub fn sandbox_failed(error: &str) -> Event {
    event(true, "FailedCreatePodSandBox", "", format!("Failed to create pod sandbox: {error}"))
}

/// `FailedMount`
pub fn mount_failed(message: &str) -> Event {
    event(true, "FailedMount", "", message.to_owned())
}

/// `FailedKillPod`
pub fn kill_failed(message: &str) -> Event {
    event(true, "FailedKillPod", "", format!("error killing pod: {message}"))
}

/// `ResizeCompleted`
pub fn resize_completed(what: &serde_json::Value) -> Event {
    event(false, "ResizeCompleted", "", format!("Pod resize completed: {what}"))
}

/// `ResizeDeferred`, `ResizeInfeasible`
pub fn resize_pending(pending: &Refusal) -> Event {
    let reason = if pending.reason == "Deferred" { "ResizeDeferred" } else { "ResizeInfeasible" };
    event(true, reason, "", format!("Pod resize {}: {}", pending.reason, pending.message))
}

/// `Evicted`
pub fn evicted(message: &str) -> Event {
    event(true, "Evicted", "", message.to_owned())
}

/// `DeadlineExceeded`
pub fn deadline(message: &str) -> Event {
    event(false, "DeadlineExceeded", "", message.to_owned())
}
