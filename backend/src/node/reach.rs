//! Finds what exec, attach, logs and port-forward mean: a container of a Pod, by what its worker has observed.

use async_trait::async_trait;
use futures::stream::BoxStream;
use serde_json::Value;
use shared::api::kind::known;
use shared::api::{Status, object};
use shared::lifecycle::{Container, Observed};

use super::Nodes;
use super::access::{LogRequest, NodeAccess, Usage};
use crate::runtime::{Duplex, ExecSpec, LogLine, LogOptions, RuntimeError, Session};

#[async_trait]
impl NodeAccess for Nodes {
    async fn logs(
        &self,
        sandbox: &str,
        pod: &Value,
        container: &str,
        request: LogRequest,
    ) -> Result<BoxStream<'static, Result<LogLine, RuntimeError>>, Status> {
        let observed = self.observed(sandbox, pod)?;
        let id = loggable(&observed, pod, container, request.previous)?;
        let options = LogOptions { follow: request.follow, tail: request.tail, since: request.since };
        self.runtime.logs(&id, &options).await.map_err(refused)
    }

    async fn exec(&self, sandbox: &str, pod: &Value, container: &str, spec: ExecSpec) -> Result<Session, Status> {
        let id = running(&self.observed(sandbox, pod)?, container)?;
        self.runtime.exec(&id, &spec).await.map_err(refused)
    }

    async fn attach(&self, sandbox: &str, pod: &Value, container: &str, spec: ExecSpec) -> Result<Session, Status> {
        let id = running(&self.observed(sandbox, pod)?, container)?;
        self.runtime.attach(&id, &spec).await.map_err(refused)
    }

    async fn port_forward(&self, sandbox: &str, pod: &Value, port: u16) -> Result<Box<dyn Duplex>, Status> {
        let observed = self.observed(sandbox, pod)?;
        let sandbox = observed
            .sandbox
            .filter(|s| s.ready)
            .ok_or_else(|| Status::failure(404, "NotFound", format!("pod {} does not run", object::name(pod))))?;
        self.runtime.connect(&sandbox.id, port).await.map_err(refused)
    }

    fn pod_usage(&self, sandbox: &str, pod: &Value) -> Option<Vec<(String, Usage)>> {
        let node = self.node(sandbox, pod.pointer("/spec/nodeName")?.as_str()?)?;
        let observed = node.worker(object::uid(pod))?.observed();
        let running = observed.containers.iter().filter(|c| c.running());
        let usages: Option<Vec<_>> = running.map(|c| Some((c.name.clone(), node.measured.of(&c.id)?))).collect();
        usages.filter(|usages| !usages.is_empty())
    }

    fn node_usage(&self, sandbox: &str, node: &str) -> Option<Usage> {
        let node = self.node(sandbox, node)?;
        node.measured.all(&node.config.container_id)
    }
}

impl Nodes {
    fn observed(&self, sandbox: &str, pod: &Value) -> Result<Observed, Status> {
        let node = pod.pointer("/spec/nodeName").and_then(Value::as_str).unwrap_or_default();
        if node.is_empty() {
            return Err(Status::bad_request(format!("pod {} does not have a host assigned", object::name(pod))));
        }
        let found = self.node(sandbox, node);
        if let Some(node) = found.as_ref().filter(|n| n.session().is_cancelled()) {
            let kubelet = format!("{}:10250", node.config.ip);
            return Err(Status::internal(format!("dial tcp {kubelet}: connect: no route to host")));
        }
        let worker = found.and_then(|n| n.worker(object::uid(pod)));
        worker.map(|w| w.observed()).ok_or_else(|| Status::not_found(known("pods"), object::name(pod)))
    }
}

fn refused(error: RuntimeError) -> Status {
    match error {
        RuntimeError::NotFound(message) => Status::failure(404, "NotFound", message),
        RuntimeError::Conflict(message) | RuntimeError::Invalid(message) => Status::bad_request(message),
        other => Status::internal(other),
    }
}

/// The running attempt of a container.
fn running(observed: &Observed, container: &str) -> Result<String, Status> {
    let latest = observed.latest(container).filter(|c| c.running());
    latest
        .map(|c| c.id.clone())
        .ok_or_else(|| Status::failure(404, "NotFound", format!("container not found (\"{container}\")")))
}

/// The attempt whose log is asked for; else why there is none, in the kubelet's words (`validateContainerLogStatus`).
fn loggable(observed: &Observed, pod: &Value, container: &str, previous: bool) -> Result<String, Status> {
    let name = object::name(pod);
    let latest = observed.latest(container);
    let waiting = waiting(pod, container);
    if previous {
        // While a container waits to be started again, its last end is what came before.
        let before = match latest {
            Some(latest) if latest.exit().is_some() && waiting.is_some() => Some(latest),
            Some(latest) => observed.before(container, latest.attempt),
            None => None,
        };
        let words = format!("previous terminated container \"{container}\" in pod \"{name}\" not found");
        return before.map(|c: &Container| c.id.clone()).ok_or_else(|| Status::bad_request(words));
    }
    match latest {
        Some(latest) if latest.running() || latest.exit().is_some() => Ok(latest.id.clone()),
        _ => {
            let reason = waiting.unwrap_or("ContainerCreating");
            let why = match reason {
                "ErrImagePull" | "ImagePullBackOff" => "trying and failing to pull image",
                reason => reason,
            };
            let words = format!("container \"{container}\" in pod \"{name}\" is waiting to start: {why}");
            Err(Status::bad_request(words))
        }
    }
}

/// The reason for which a container waits, as reported.
fn waiting<'a>(pod: &'a Value, container: &str) -> Option<&'a str> {
    let lists = ["/status/containerStatuses", "/status/initContainerStatuses", "/status/ephemeralContainerStatuses"];
    let status = lists.iter().flat_map(|list| object::list(pod, list)).find(|s| s["name"] == container)?;
    status.pointer("/state/waiting/reason").and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use shared::api::Timestamp;
    use shared::lifecycle::{ContainerState, Exit};

    fn container(attempt: u32, state: ContainerState) -> Container {
        Container {
            id: format!("c{attempt}"),
            name: "c".to_owned(),
            attempt,
            sandbox: "s".to_owned(),
            image: "i".to_owned(),
            image_id: String::new(),
            backoff: 0,
            limits: Default::default(),
            state,
        }
    }

    #[test]
    fn which_log_is_meant() {
        let running = |attempt| container(attempt, ContainerState::Running { started: Timestamp::default() });
        let ended = |attempt| container(attempt, ContainerState::Exited(Exit::default()));
        let waits = |reason: &str| {
            json!({"metadata": {"name": "p"}, "status": {"containerStatuses": [
            {"name": "c", "state": {"waiting": {"reason": reason}}}]}})
        };
        let runs = json!({"metadata": {"name": "p"}});
        let no_previous = "previous terminated container \"c\" in pod \"p\" not found";
        let cases = [
            (vec![running(0)], runs.clone(), false, Ok("c0")),
            (vec![running(0)], runs.clone(), true, Err(no_previous)),
            (vec![ended(0), running(1)], runs.clone(), true, Ok("c0")),
            (vec![ended(0), ended(1)], waits("CrashLoopBackOff"), false, Ok("c1")),
            (vec![ended(0), ended(1)], waits("CrashLoopBackOff"), true, Ok("c1")),
            (
                vec![],
                waits("ContainerCreating"),
                false,
                Err("container \"c\" in pod \"p\" is waiting to start: ContainerCreating"),
            ),
            (
                vec![],
                waits("ImagePullBackOff"),
                false,
                Err("container \"c\" in pod \"p\" is waiting to start: trying and failing to pull image"),
            ),
        ];
        for (containers, pod, previous, expected) in cases {
            let observed = Observed { containers, ..Observed::default() };
            let got = loggable(&observed, &pod, "c", previous).map_err(|s| s.message);
            assert_eq!(got.as_deref().map_err(String::as_str), expected);
        }
    }
}
