//! Carries out what the state machine has decided, and reports back. Decides nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Container, Pod};
use shared::api::Timestamp;
use shared::lifecycle::{Action, Event, Outcome, PodSandbox, event};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::exits::Exits;
use super::handle::Input;
use super::pod_dir::PodDir;
use super::{Node, PAUSE, identity, image, names, now, start, stop, volumes};
use crate::runtime::{PodSandboxSpec, Role, RuntimeError, labels};

/// What an action works with: the Pod as it was when the action was decided.
#[derive(Clone)]
pub(super) struct Context {
    pub node: Arc<Node>,
    pub pod: Arc<Pod>,
    pub dir: PodDir,
    /// The pod sandbox, if there is one.
    pub sandbox: Option<PodSandbox>,
    /// Every container of the Pod that is known.
    pub containers: Vec<Known>,
    pub exits: Exits,
    pub images: image::Ahead,
    /// The Pod is to go: starts that can be given up are.
    pub no_starts: CancellationToken,
    pub outcomes: UnboundedSender<Input>,
    pub events: UnboundedSender<(Event, Timestamp)>,
}

impl Context {
    /// Tells an Event.
    pub fn tell(&self, event: Event) {
        // The other end is gone only when the worker is.
        let _ = self.events.send((event, now()));
    }

    pub fn report(&self, outcome: Outcome) {
        let _ = self.outcomes.send(Input::Outcome(Box::new(outcome)));
    }

    /// The Pod's address.
    pub fn ip(&self) -> Option<&str> {
        self.sandbox.as_ref().and_then(|s| s.ip.as_deref())
    }

    /// A container of the Pod's spec, of whichever list, with its field path. An ephemeral container is shown as the
    /// ordinary one it mostly is.
    pub fn container(&self, name: &str) -> Option<(Container, String)> {
        let spec = self.pod.spec.as_ref()?;
        let find = |list: &[Container]| list.iter().find(|c| c.name == name).cloned();
        if let Some(container) = find(&spec.containers) {
            return Some((container, format!("spec.containers{{{name}}}")));
        }
        if let Some(container) = find(spec.init_containers.as_deref().unwrap_or_default()) {
            return Some((container, format!("spec.initContainers{{{name}}}")));
        }
        let ephemeral = spec.ephemeral_containers.iter().flatten().find(|c| c.name == name)?;
        // The two types differ in one field.
        let value = serde_json::to_value(ephemeral).ok()?;
        Some((serde_json::from_value(value).ok()?, format!("spec.ephemeralContainers{{{name}}}")))
    }

    /// The id of a running container.
    pub fn running(&self, name: &str) -> Option<String> {
        self.containers.iter().find(|c| c.name == name && c.running).map(|c| c.id.clone())
    }

    /// The labels of all that belongs to the Pod.
    pub fn labels(&self, role: Role, attempt: u32) -> crate::runtime::Labels {
        let (uid, name, namespace) = identity(&self.pod);
        let config = &self.node.config;
        let pairs = [
            (labels::INSTANCE, config.instance.as_str()),
            (labels::SANDBOX, &config.sandbox),
            (labels::NODE, &config.name),
            (labels::ROLE, role.as_str()),
            (labels::POD_UID, uid),
            (labels::POD_NAME, name),
            (labels::POD_NAMESPACE, namespace),
        ];
        let mut labels: crate::runtime::Labels =
            pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        labels.insert(labels::ATTEMPT.to_owned(), attempt.to_string());
        labels
    }

    /// A name that no other container has: `pg_CONTAINER_POD_NAMESPACE_UID_ATTEMPT`.
    pub fn container_name(&self, container: &str, attempt: u32) -> String {
        let (uid, name, namespace) = identity(&self.pod);
        format!("pg_{}_{container}_{name}_{namespace}_{uid}_{attempt}", self.node.config.instance)
    }
}

/// A container that the Pod has.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub id: String,
    pub name: String,
    pub running: bool,
}

/// Carries out one action to its end.
pub(super) async fn carry_out(context: Context, action: Action) {
    match action {
        Action::SetUpVolumes => {
            let (done, ()) = tokio::join!(volumes::set_up(&context), image::look_ahead(&context));
            if let Err(message) = &done {
                context.tell(event::mount_failed(message));
            }
            context.report(Outcome::Volumes(done));
        }
        Action::StartSandbox { attempt } => {
            let done = start_sandbox(&context, attempt).await;
            if let Err(message) = &done {
                context.tell(event::sandbox_failed(message));
            }
            context.report(Outcome::Sandbox(done));
        }
        Action::StopSandbox { id } => {
            if let Err(error) = context.node.runtime().kill(&id, "SIGKILL").await {
                tracing::warn!(%error, "a pod sandbox could not be stopped");
            }
            release(&context);
            context.report(Outcome::SandboxStopped);
        }
        Action::StartContainer { name, attempt, backoff } => start::start(&context, &name, attempt, backoff).await,
        Action::StopContainer { name, id, grace } => stop::stop(&context, &name, &id, grace).await,
        Action::ResizeContainer { name, id, limits } => {
            let done = context.node.runtime().update_container(&id, &limits.into()).await;
            let result = done.map(|()| limits).map_err(|error| error.to_string());
            context.report(Outcome::Resized { name, id, result });
        }
        Action::RemoveContainer { id } => {
            if let Err(error) = context.node.runtime().remove(&id).await {
                tracing::warn!(%error, "a dead container could not be removed");
            }
            context.report(Outcome::Removed { id });
        }
        Action::TearDown => {
            let done = tear_down(&context).await;
            context.report(Outcome::TornDown(done));
        }
        Action::Finalize => {
            while let Err(status) = context.node.api.finalize(&context.pod).await {
                tracing::warn!(message = status.message, "a Pod's object could not be removed");
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            }
        }
    }
}

fn release(context: &Context) {
    let (uid, _, _) = identity(&context.pod);
    context.node.addresses.lock().unwrap_or_else(|e| e.into_inner()).release(uid);
}

async fn start_sandbox(context: &Context, attempt: u32) -> Result<PodSandbox, String> {
    let (node, config) = (&context.node, &context.node.config);
    if let Some(old) = &context.sandbox {
        node.runtime().remove(&old.id).await.map_err(|e| e.to_string())?;
    }
    if let Some(message) = names::too_long(&context.pod) {
        return Err(message);
    }
    let _working = node.busy.begin();
    let context_of_pod = context.pod.spec.as_ref().and_then(|s| s.security_context.as_ref());
    let sysctls = context_of_pod.and_then(|c| c.sysctls.as_ref()).into_iter().flatten();
    let sysctls: BTreeMap<_, _> = sysctls.map(|s| (s.name.clone(), s.value.clone())).collect();
    // Kernel parameters are set when a pod sandbox is made.
    if attempt == 0
        && sysctls.is_empty()
        && let Some(sandbox) = from_pool(context).await
    {
        return Ok(sandbox);
    }
    let (uid, _, _) = identity(&context.pod);
    let ip = node.addresses.lock().unwrap_or_else(|e| e.into_inner()).take(uid);
    let ip = ip.ok_or_else(|| format!("no Pod address is left in {}", config.pod_cidr))?;
    let mut labels = context.labels(Role::Pod, attempt);
    labels.insert(labels::POD_IP.to_owned(), ip.to_string());
    let spec = PodSandboxSpec {
        name: context.container_name("POD", attempt),
        image: PAUSE.to_owned(),
        hostname: names::hostname(&context.pod),
        network: config.network.clone(),
        ip: Some(ip.into()),
        sysctls,
        cgroup_parent: config.cgroup_parent.clone(),
        labels,
        ..PodSandboxSpec::default()
    };
    let id = match node.runtime().run_pod_sandbox(&spec).await {
        // Left by a backend that was killed in between.
        Err(RuntimeError::Conflict(_)) => {
            if let Some(left) = node.runtime().inspect(&spec.name).await.map_err(|e| e.to_string())? {
                node.runtime().remove(&left.id).await.map_err(|e| e.to_string())?;
            }
            node.runtime().run_pod_sandbox(&spec).await
        }
        other => other,
    };
    let id = id.map_err(|e| e.to_string())?;
    Ok(PodSandbox { id, attempt, ready: true, ip: Some(ip.to_string()) })
}

/// A pod sandbox that was made ahead, from now on this Pod's; `None` when one has to be made.
async fn from_pool(context: &Context) -> Option<PodSandbox> {
    let node = &context.node;
    let (uid, _, _) = identity(&context.pod);
    let member = node.pool.take(uid).await?;
    node.addresses.lock().unwrap_or_else(|e| e.into_inner()).hand_over(&member.name, uid);
    Some(PodSandbox { id: member.id, attempt: 0, ready: true, ip: Some(member.ip.to_string()) })
}

/// Removes everything of the Pod: containers and pod sandbox at once, then what was mounted into them.
async fn tear_down(context: &Context) -> Result<(), String> {
    let runtime = context.node.runtime();
    let _working = context.node.busy.begin();
    let ids = context.containers.iter().map(|c| &c.id).chain(context.sandbox.iter().map(|s| &s.id));
    let removals = ids.map(|id| runtime.remove(id));
    for done in futures::future::join_all(removals).await {
        done.map_err(|e| e.to_string())?;
    }
    release(context);
    volumes::tear_down(context).await
}
