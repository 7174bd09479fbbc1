//! Starts one container: image, configuration, create, start, postStart (`kuberuntime_container.go: startContainer`).

use std::time::Duration;

use k8s_openapi::api::core::v1::Container;
use shared::lifecycle::{
    Container as Observed, ContainerState, Exit, FailedStart, Limits, Outcome, PodSandbox, Reason, event,
};

use super::convert::label;
use super::env::Place;
use super::executor::Context;
use super::expand::expand;
use super::{convert, env, env_file, hooks, identity, image, names, now, pool, resources, run, security, volumes};
use crate::runtime::{ContainerInfo, ContainerSpec, Image, Resources, Role, RunState, Runtime, RuntimeError, labels};

/// How often a container is made before the pool of pod sandboxes is taken for impossible here.
const TRIES: u32 = 3;
/// How long the engine may take with a start that it was asked for.
const SETTLE: Duration = Duration::from_millis(2500);

/// Starts a container and reports how it went.
pub(super) async fn start(context: &Context, name: &str, attempt: u32, backoff: u32) {
    match try_start(context, name, attempt, backoff).await {
        Ok((container, id, at)) => {
            let hook = container.lifecycle.as_ref().and_then(|l| l.post_start.clone());
            let Some(hook) = hook else { return };
            let error = match hooks::run(context, &hook, &container, &id, Duration::MAX).await {
                Ok(()) => None,
                Err(error) => {
                    context.tell(event::post_start_failed(&at));
                    Some(error)
                }
            };
            context.report(Outcome::HookDone { name: name.to_owned(), error });
        }
        Err(failed) => {
            let (failure, container) = *failed;
            context.report(Outcome::StartFailed { name: name.to_owned(), failure, container });
        }
    }
}

type Failed = Box<(FailedStart, Option<Observed>)>;

fn failed(reason: Reason, message: String) -> Failed {
    Box::new((FailedStart { reason, message, at: now() }, None))
}

async fn try_start(
    context: &Context,
    name: &str,
    attempt: u32,
    backoff: u32,
) -> Result<(Container, String, String), Failed> {
    let missing = || failed(Reason::CreateContainerConfigError, format!("the Pod has no container {name}"));
    let (container, at) = context.container(name).ok_or_else(missing)?;
    let sandbox = context.sandbox.clone().ok_or_else(missing)?;
    let runtime = context.node.runtime();
    let image = image::ensure(context, &container, &at).await.map_err(|failure| Box::new((failure, None)))?;
    let spec = specify(context, &container, &image, &sandbox, attempt, backoff).await.map_err(|message| {
        context.tell(event::failed(&at, &message));
        failed(Reason::CreateContainerConfigError, message)
    })?;
    let _working = context.node.busy.begin();
    let id = match runtime.create_container(&spec).await {
        // Made by a backend that was killed then.
        Err(RuntimeError::Conflict(conflict)) => match settled(&**runtime, &spec.name).await {
            Ok(Some(left)) if left.state != RunState::Created && label(&left, labels::POD_SANDBOX) == sandbox.id => {
                return take_up(context, container, at, &left).await;
            }
            Ok(Some(left)) => match runtime.remove(&left.id).await {
                Ok(()) => runtime.create_container(&spec).await,
                Err(error) => Err(error),
            },
            _ => Err(RuntimeError::Conflict(conflict)),
        },
        other => other,
    };

    let mut id = id.map_err(|error| {
        context.tell(event::failed(&at, &error.to_string()));
        failed(Reason::CreateContainerError, error.to_string())
    })?;
    context.tell(event::created(&at));
    let begun = begin(context, &sandbox, &spec, &mut id).await;
    let observed = |state| Observed {
        id: id.clone(),
        name: name.to_owned(),
        attempt,
        sandbox: sandbox.id.clone(),
        image: container.image.clone().unwrap_or_default(),
        image_id: image.id.clone(),
        backoff,
        limits: Limits::of(&container),
        state,
    };
    if let Err(error) = begun {
        let message = error.to_string();
        context.tell(event::failed(&at, &message));
        let exit = Exit {
            code: 128,
            reason: Some("StartError".to_owned()),
            message: Some(message.clone()),
            finished: now(),
            ..Exit::default()
        };
        let failure = FailedStart { reason: Reason::RunContainerError, message, at: now() };
        let left = !matches!(error, RuntimeError::Hostname(_));
        return Err(Box::new((failure, left.then(|| observed(ContainerState::Exited(exit))))));
    }
    context.tell(event::started(&at));
    let hook = container.lifecycle.as_ref().is_some_and(|l| l.post_start.is_some());
    let container_now = observed(ContainerState::Running { started: now() });
    context.report(Outcome::Started { container: container_now, hook });
    Ok((container, id, at))
}

/// What a killed backend left under a name. It may have asked for the start with its last breath, and the engine says
/// `created` until the process has run for a while: what still does after [`SETTLE`] was never started.
async fn settled(runtime: &dyn Runtime, name: &str) -> Result<Option<ContainerInfo>, RuntimeError> {
    let until = tokio::time::Instant::now() + SETTLE;
    loop {
        let found = runtime.inspect(name).await?;
        let waits = found.as_ref().is_some_and(|left| left.state == RunState::Created);
        if !waits || tokio::time::Instant::now() > until {
            return Ok(found);
        }
        tokio::time::sleep(SETTLE / 50).await;
    }
}

/// Goes on with a container that a killed backend has started: it is not run again.
async fn take_up(
    context: &Context,
    container: Container,
    at: String,
    left: &ContainerInfo,
) -> Result<(Container, String, String), Failed> {
    let observed = observe(context, left);
    if !matches!(left.state, RunState::Running { .. }) {
        let over = FailedStart { reason: Reason::Cancelled, message: String::new(), at: now() };
        return Err(Box::new((over, Some(observed))));
    }
    pool::name(&context.node, left, &context.pod).await;
    context.tell(event::started(&at));
    let hook = container.lifecycle.as_ref().is_some_and(|l| l.post_start.is_some());
    context.report(Outcome::Started { container: observed, hook });
    Ok((container, left.id.clone(), at))
}

/// Starts a made container; in a pod sandbox of the pool, under the Pod's host name. One that did not get it in time is
/// made anew, with another `id`. Where that does not help, nothing ran under a wrong name for longer than it took to
/// find out, and the Pod gets a pod sandbox of its own.
async fn begin(
    context: &Context,
    sandbox: &PodSandbox,
    spec: &ContainerSpec,
    id: &mut String,
) -> Result<(), RuntimeError> {
    let (runtime, pool) = (context.node.runtime(), &context.node.pool);
    if pool.owner(&sandbox.id).is_none() {
        return runtime.start_container(id).await;
    }
    let hostname = names::hostname(&context.pod);
    let mut tries = 0;
    loop {
        pool.hide(id);
        let started = runtime.start_container_as(id, &hostname).await;
        let told = pool.show(id);
        match started {
            Err(RuntimeError::Hostname(why)) => {
                tracing::warn!(container = spec.name, why, "a container did not get its host name in time");
                tries += 1;
                if tries == TRIES {
                    pool.give_up(&why);
                    runtime.kill(&sandbox.id, "SIGKILL").await?;
                    return Err(RuntimeError::Hostname(why));
                }
                *id = runtime.create_container(spec).await?;
            }
            other => {
                if told {
                    let (uid, _, _) = identity(&context.pod);
                    run::look_at(&context.node, id.clone(), uid.to_owned());
                }
                return other;
            }
        }
    }
}

/// All that the engine has to know of a container.
async fn specify(
    context: &Context,
    container: &Container,
    image: &Image,
    sandbox: &PodSandbox,
    attempt: u32,
    backoff: u32,
) -> Result<ContainerSpec, String> {
    let (node, pod) = (&context.node, &context.pod);
    let (_, _, namespace) = identity(pod);
    let sources = node.api.sources(namespace, &env::references(container));
    let host_ip = node.config.ip.to_string();
    let place = Place { ip: context.ip(), host_ip: &host_ip, allocatable: node.allocatable() };
    let files = |volume: &str, path: &str, key: &str| env_file::value(&context.dir.volume(volume), path, key);
    let mut variables = env::resolve(pod, container, &sources, &files, place)?;
    if let Some(api_server) = node.config.api_server {
        env::add_service(&mut variables, api_server);
    }
    let lookup = |name: &str| variables.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    let expanded = |list: &Option<Vec<String>>| {
        let list = list.as_ref().filter(|l| !l.is_empty())?;
        Some(list.iter().map(|text| expand(text, lookup)).collect::<Vec<_>>())
    };
    let limits = Limits::of(container);
    let mut labels = context.labels(Role::Container, attempt);
    for (key, value) in [
        (labels::CONTAINER, container.name.clone()),
        (labels::POD_SANDBOX, sandbox.id.clone()),
        (labels::BACKOFF, backoff.to_string()),
    ] {
        labels.insert(key.to_owned(), value);
    }
    let spec = pod.spec.as_ref();
    let ephemeral = spec.and_then(|s| s.ephemeral_containers.as_ref()).into_iter().flatten();
    let target = ephemeral.into_iter().find(|e| e.name == container.name).and_then(|e| e.target_container_name.clone());
    let mut spec = ContainerSpec {
        name: context.container_name(&container.name, attempt),
        image: container.image.clone().unwrap_or_default(),
        pod_sandbox: sandbox.id.clone(),
        share_processes: spec.and_then(|s| s.share_process_namespace) == Some(true),
        process_target: target.filter(|t| !t.is_empty()).and_then(|t| context.running(&t)),
        command: expanded(&container.command),
        args: expanded(&container.args),
        // The engine's own HOSTNAME would be the pod sandbox's.
        env: std::iter::once(("HOSTNAME".to_owned(), names::hostname(pod)))
            .filter(|(name, _)| !variables.iter().any(|(n, _)| n == name))
            .chain(variables.iter().cloned())
            .map(|(name, value)| format!("{name}={value}"))
            .collect(),
        working_dir: container.working_dir.clone().filter(|d| !d.is_empty()),
        mounts: volumes::mounts(context, container, attempt, &variables).await?,
        resources: Resources {
            oom_score_adj: Some(resources::oom_score_adj(pod, container, node.config.memory.value())),
            ..limits.into()
        },
        tty: container.tty == Some(true),
        stdin: container.stdin == Some(true),
        stdin_once: container.stdin_once == Some(true),
        stop_signal: container.lifecycle.as_ref().and_then(|l| l.stop_signal.clone()),
        cgroup_parent: node.config.cgroup_parent.clone(),
        labels,
        ..ContainerSpec::default()
    };
    security::apply(&mut spec, pod, container, image)?;
    Ok(spec)
}

/// What a container is now, as the engine says.
pub(super) fn observe(context: &Context, found: &crate::runtime::ContainerInfo) -> Observed {
    convert::container(found, &context.dir)
}
