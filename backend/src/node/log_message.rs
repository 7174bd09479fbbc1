//! A termination message from the end of the log, where the policy `FallbackToLogsOnError` asks for it
//! (`kuberuntime_container.go: readLastStringFromContainerLogs`).

use std::collections::HashMap;
use std::sync::Arc;

use futures::StreamExt as _;
use k8s_openapi::api::core::v1::Pod;
use shared::lifecycle::{Container, ContainerState, Exit};

use crate::runtime::{LogOptions, Runtime};

/// The most of a log that is taken: lines, and bytes.
const LINES: usize = 80;
const BYTES: usize = 2048;

/// What the logs of ended containers said, by id: read once each.
#[derive(Default)]
pub(super) struct LogMessages(HashMap<String, String>);

impl LogMessages {
    /// Gives a message to each container that failed without one and whose policy says so.
    pub async fn fill(&mut self, runtime: &Arc<dyn Runtime>, pod: &Pod, containers: &mut [Container]) {
        self.0.retain(|id, _| containers.iter().any(|c| c.id == *id));
        for container in containers {
            let ContainerState::Exited(exit) = &mut container.state else { continue };
            if !wanted(pod, &container.name, exit) {
                continue;
            }
            let message = match self.0.get(&container.id) {
                Some(known) => known.clone(),
                None => {
                    let read = end_of_log(runtime, &container.id).await;
                    self.0.entry(container.id.clone()).or_insert(read).clone()
                }
            };
            exit.message = Some(message).filter(|message| !message.is_empty());
        }
    }
}

/// Whether the log is to be asked. A container that could not be started has none.
fn wanted(pod: &Pod, name: &str, exit: &Exit) -> bool {
    let Some(spec) = &pod.spec else { return false };
    let own = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let own = own.map(|c| (&c.name, &c.termination_message_policy));
    let ephemeral = spec.ephemeral_containers.iter().flatten().map(|c| (&c.name, &c.termination_message_policy));
    let policy = own.chain(ephemeral).find(|(own, _)| *own == name).and_then(|(_, policy)| policy.as_deref());
    policy == Some("FallbackToLogsOnError") && exit.code != 0 && exit.reason.is_none() && exit.message.is_none()
}

async fn end_of_log(runtime: &Arc<dyn Runtime>, id: &str) -> String {
    let options = LogOptions { tail: Some(LINES), ..LogOptions::default() };
    let mut lines = match runtime.logs(id, &options).await {
        Ok(lines) => lines,
        Err(error) => return format!("Error on reading termination message from logs: {error}"),
    };
    let mut end = Vec::new();
    while let Some(Ok(line)) = lines.next().await {
        end.extend_from_slice(&line.bytes);
        end.drain(..end.len().saturating_sub(BYTES));
    }
    String::from_utf8_lossy(&end).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn when_the_log_is_asked() {
        let check = |policy: &str, exit: Exit, expected: bool| {
            let container = json!({"name": "c", "image": "i", "terminationMessagePolicy": policy});
            let pod: Pod = serde_json::from_value(json!({"spec": {"containers": [container]}})).unwrap();
            assert_eq!(wanted(&pod, "c", &exit), expected, "{policy} {exit:?}");
        };
        let failed = Exit { code: 1, ..Exit::default() };
        check("FallbackToLogsOnError", failed.clone(), true);
        check("File", failed.clone(), false);
        check("FallbackToLogsOnError", Exit::default(), false);
        check("FallbackToLogsOnError", Exit { message: Some("why".to_owned()), ..failed.clone() }, false);
        check("FallbackToLogsOnError", Exit { reason: Some("StartError".to_owned()), ..failed }, false);
    }
}
