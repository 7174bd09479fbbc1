//! Docker as a [`Runtime`]: the only place that knows bollard.

mod cgroup;
mod config;
mod connect;
mod exec;
mod hijack;
mod hostname;
mod images;
mod info;
mod logs;
mod network;
mod oom;
mod watch;

use async_trait::async_trait;
use bollard::query_parameters::{
    CreateContainerOptions, InspectContainerOptions, KillContainerOptions, ListContainersOptions,
    RemoveContainerOptions, StartContainerOptions,
};
use futures::stream::{BoxStream, StreamExt, TryStreamExt};

use super::{
    ContainerEvent, ContainerInfo, ContainerSpec, Credentials, Duplex, EngineInfo, ExecSpec, Image, Labels, LogLine,
    LogOptions, NetworkSpec, NodeSpec, PodSandboxSpec, Resources, Result, RunState, Runtime, RuntimeError, Session,
    Stats,
};

/// How long the engine may take to answer, in seconds; pulling and waiting are streams and not bound by it.
const TIMEOUT: u64 = 120;
/// Where an engine listens if nobody says otherwise.
const SOCKET: &str = "unix:///var/run/docker.sock";
/// How many questions are asked at a time when looking at everything.
const BREADTH: usize = 8;

/// A Docker Engine.
#[derive(Clone)]
pub struct Docker {
    engine: bollard::Docker,
    wire: hijack::Wire,
    groups: cgroup::Groups,
}

impl Docker {
    /// Connects to `url` (`unix:///…`), or to the usual socket, and agrees on an API version.
    ///
    /// # Errors
    /// When no engine answers there.
    pub async fn connect(url: Option<&str>) -> Result<Self> {
        let host = std::env::var("DOCKER_HOST").ok();
        let url = url.or(host.as_deref()).unwrap_or(SOCKET);
        let socket = url.strip_prefix("unix://").ok_or_else(|| {
            RuntimeError::Invalid(format!(
                "{url}: only engines on this machine are reached yet (unix:///path/to/socket)"
            ))
        })?;
        let client = bollard::Docker::connect_with_unix(url, TIMEOUT, bollard::API_DEFAULT_VERSION);
        let engine = client.map_err(error)?.negotiate_version().await.map_err(error)?;
        let version = engine.client_version().to_string();
        Ok(Self { engine, wire: hijack::Wire { socket: socket.into(), version }, groups: cgroup::Groups::default() })
    }

    async fn create(&self, name: &str, body: bollard::models::ContainerCreateBody) -> Result<String> {
        let options = CreateContainerOptions { name: Some(name.to_owned()), ..CreateContainerOptions::default() };
        let made = self.engine.create_container(Some(options), body).await.map_err(error)?;
        Ok(made.id)
    }

    async fn ids(&self, labels: &Labels) -> Result<Vec<String>> {
        let options = ListContainersOptions { all: true, filters: Some(filter(labels)), ..Default::default() };
        let found = self.engine.list_containers(Some(options)).await.map_err(error)?;
        Ok(found.into_iter().filter_map(|c| c.id).collect())
    }
}

#[async_trait]
impl Runtime for Docker {
    async fn info(&self) -> Result<EngineInfo> {
        self.engine.info().await.map(info::engine).map_err(error)
    }

    async fn image(&self, reference: &str) -> Result<Option<Image>> {
        self.find_image(reference).await
    }

    async fn images(&self) -> Result<Vec<Image>> {
        self.list_images().await
    }

    async fn pull(&self, reference: &str, credentials: Option<&Credentials>) -> Result<Image> {
        self.fetch_image(reference, credentials).await
    }

    async fn ensure_network(&self, spec: &NetworkSpec) -> Result<()> {
        self.make_network(spec).await
    }

    async fn ensure_node(&self, spec: &NodeSpec) -> Result<String> {
        let id = match self.inspect(&spec.name).await? {
            Some(found) => found.id,
            None => self.create(&spec.name, config::node(spec)).await?,
        };
        self.start_container(&id).await?;
        Ok(id)
    }

    async fn run_pod_sandbox(&self, spec: &PodSandboxSpec) -> Result<String> {
        let id = self.create(&spec.name, config::pod_sandbox(spec)).await?;
        if let Err(error) = self.start_container(&id).await {
            // Half made is not made: the next attempt needs the name.
            let _ = self.remove(&id).await;
            return Err(error);
        }
        Ok(id)
    }

    async fn create_container(&self, spec: &ContainerSpec) -> Result<String> {
        self.create(&spec.name, config::container(spec)).await
    }

    async fn start_container(&self, id: &str) -> Result<()> {
        self.engine.start_container(id, None::<StartContainerOptions>).await.map_err(error)
    }

    async fn start_container_as(&self, id: &str, hostname: &str) -> Result<()> {
        let naming = hostname::Naming::begin(id, hostname).await?;
        self.start_container(id).await?;
        match naming.end().await {
            Ok(()) => Ok(()),
            Err(why) => {
                self.remove(id).await?;
                Err(RuntimeError::Hostname(why))
            }
        }
    }

    async fn update_container(&self, id: &str, resources: &Resources) -> Result<()> {
        self.engine.update_container(id, config::update(resources)).await.map_err(error)
    }

    async fn hostname(&self, id: &str) -> Result<String> {
        match self.inspect(id).await?.map(|found| found.state) {
            Some(RunState::Running { pid, .. }) => {
                hostname::can_be_set(id)?;
                hostname::of(pid, None).await
            }
            _ => Err(RuntimeError::Conflict(format!("container {id} is not running"))),
        }
    }

    async fn set_hostname(&self, id: &str, hostname: &str) -> Result<()> {
        match self.inspect(id).await?.map(|found| found.state) {
            Some(RunState::Running { pid, .. }) => hostname::of(pid, Some(hostname.to_owned())).await.map(drop),
            _ => Err(RuntimeError::Conflict(format!("container {id} is not running"))),
        }
    }

    async fn kill(&self, id: &str, signal: &str) -> Result<()> {
        let options = KillContainerOptions { signal: signal.to_owned() };
        match self.engine.kill_container(id, Some(options)).await.map_err(error) {
            Err(RuntimeError::NotFound(_) | RuntimeError::Conflict(_)) => Ok(()),
            other => other,
        }
    }

    async fn remove(&self, id: &str) -> Result<()> {
        self.groups.forget(id);
        let options = RemoveContainerOptions { force: true, v: true, link: false };
        match self.engine.remove_container(id, Some(options)).await.map_err(error) {
            // A removal that is under way already ends the same.
            Err(RuntimeError::NotFound(_) | RuntimeError::Conflict(_)) => Ok(()),
            other => other,
        }
    }

    async fn remove_all(&self, labels: &Labels) -> Result<()> {
        let ids = self.ids(labels).await?;
        futures::stream::iter(ids)
            .map(|id| async move { self.remove(&id).await })
            .buffer_unordered(BREADTH)
            .try_collect::<()>()
            .await?;
        self.remove_networks(labels).await
    }

    async fn list(&self, labels: &Labels) -> Result<Vec<ContainerInfo>> {
        let ids = self.ids(labels).await?;
        futures::stream::iter(ids)
            .map(|id| async move { self.inspect(&id).await })
            .buffer_unordered(BREADTH)
            .try_filter_map(|found| async move { Ok(found) })
            .try_collect()
            .await
    }

    async fn inspect(&self, id: &str) -> Result<Option<ContainerInfo>> {
        match self.engine.inspect_container(id, None::<InspectContainerOptions>).await.map_err(error) {
            Ok(found) => Ok(Some(with_oom(info::container(found)).await)),
            Err(RuntimeError::NotFound(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    fn events(&self, labels: &Labels) -> BoxStream<'static, ContainerEvent> {
        watch::events(self.engine.clone(), labels.clone())
    }

    async fn exec(&self, id: &str, spec: &ExecSpec) -> Result<Session> {
        exec::exec(self, id, spec).await
    }

    async fn attach(&self, id: &str, spec: &ExecSpec) -> Result<Session> {
        exec::attach(self, id, spec).await
    }

    async fn connect(&self, id: &str, port: u16) -> Result<Box<dyn Duplex>> {
        match self.inspect(id).await?.map(|found| found.state) {
            Some(RunState::Running { pid, .. }) => connect::loopback(pid, port).await,
            _ => Err(RuntimeError::Conflict(format!("container {id} is not running"))),
        }
    }

    async fn logs(&self, id: &str, options: &LogOptions) -> Result<BoxStream<'static, Result<LogLine>>> {
        logs::logs(&self.engine, id, options).await
    }

    async fn stats(&self, id: &str) -> Result<Option<Stats>> {
        if let Some(stats) = self.groups.read(id) {
            return Ok(Some(stats));
        }
        match self.inspect(id).await?.map(|found| found.state) {
            Some(RunState::Running { pid, .. }) => match self.groups.find(id, pid) {
                Some(stats) => Ok(Some(stats)),
                None => watch::stats(&self.engine, id).await,
            },
            _ => Ok(None),
        }
    }

    async fn written(&self, id: &str) -> Result<Option<u64>> {
        let found = match self
            .engine
            .inspect_container(id, Some(InspectContainerOptions { size: true }))
            .await
            .map_err(error)
        {
            Err(RuntimeError::NotFound(_)) => return Ok(None),
            other => other?,
        };
        let own = found.size_rw.and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
        // An engine on another machine has its logs there.
        let log = found.log_path.and_then(|path| std::fs::metadata(path).ok()).map_or(0, |log| log.len());
        Ok(Some(own + log))
    }

    async fn write_file(&self, id: &str, path: &str, bytes: &[u8], mode: u32) -> Result<()> {
        // Through a process, not the archive call, which writes beside a tmpfs that is mounted at the place.
        let script = r#"mkdir -p -- "$(dirname -- "$1")" && cat > "$1" && chmod "$2" "$1""#;
        let command = ["sh", "-c", script, "sh", path, &format!("{mode:o}")].map(str::to_owned);
        let done = self.exec_capture(id, &command, bytes::Bytes::copy_from_slice(bytes)).await?;
        match done.exit_code {
            0 => Ok(()),
            _ => Err(RuntimeError::Engine(format!("writing {path}: {}", String::from_utf8_lossy(&done.stderr).trim()))),
        }
    }
}

/// Adds what the kernel knows of a container's end and the engine may have missed.
async fn with_oom(mut found: ContainerInfo) -> ContainerInfo {
    if let RunState::Exited { exit_code, oom_killed, .. } = &mut found.state
        && *exit_code != 0
        && !*oom_killed
    {
        let id = found.id.clone();
        *oom_killed = tokio::task::spawn_blocking(move || oom::killed(&id)).await.unwrap_or(false);
    }
    found
}

/// Labels as a filter of the engine's lists.
fn filter(labels: &Labels) -> std::collections::HashMap<String, Vec<String>> {
    let terms = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    std::collections::HashMap::from([("label".to_owned(), terms)])
}

/// The engine's errors in our terms.
fn error(error: bollard::errors::Error) -> RuntimeError {
    use bollard::errors::Error;
    match error {
        Error::DockerResponseServerError { status_code, message } => by_code(status_code, message),
        Error::DockerStreamError { error } => RuntimeError::Engine(error),
        Error::RequestTimeoutError => RuntimeError::Unavailable("no answer in time".to_owned()),
        other => RuntimeError::Unavailable(other.to_string()),
    }
}

fn by_code(code: u16, message: String) -> RuntimeError {
    match code {
        404 => RuntimeError::NotFound(message),
        304 | 409 => RuntimeError::Conflict(message),
        400 => RuntimeError::Invalid(message),
        _ => RuntimeError::Engine(message),
    }
}
