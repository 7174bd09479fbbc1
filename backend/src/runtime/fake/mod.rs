//! A runtime in memory, for tests of pure logic. Deterministic: its clock is tokio's, which tests may pause, and its
//! processes are the scripts of a few words that `script` knows. Passes the same contract suite as Docker.

mod log;
mod process;
mod script;
mod world;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use shared::api::Timestamp;
use tokio::sync::broadcast;
use tokio::time::Instant;

use super::{
    ContainerEvent, ContainerInfo, ContainerSpec, Credentials, Duplex, EngineInfo, EventKind, ExecSpec, Image, Labels,
    LogLine, LogOptions, NetworkSpec, NodeSpec, PodSandboxSpec, Resources, Result, RunState, Runtime, RuntimeError,
    Session, Stats,
};
use process::{Process, Setup};
use world::{World, bears};

/// When the fake's time begins.
const EPOCH: Timestamp = Timestamp::from_seconds(1_700_000_000);

/// A container engine that is not there. Clones are the same engine.
#[derive(Clone)]
pub struct Fake {
    world: Arc<Mutex<World>>,
    events: broadcast::Sender<ContainerEvent>,
    began: Instant,
}

impl Fake {
    /// An engine with these images present; they run `sleep infinity`, the pause image `/pause`.
    pub fn with_images(names: &[&str]) -> Self {
        let fake = Self { world: Arc::default(), events: broadcast::Sender::new(1024), began: Instant::now() };
        names.iter().for_each(|name| fake.add_image(world::image(name)));
        fake
    }

    /// Makes an image present.
    pub fn add_image(&self, image: Image) {
        self.lock().images.push(image);
    }

    /// Lets a pull of `reference` end so. Without, a pull of what is not present fails as where no registry answers.
    pub fn set_pull(&self, reference: &str, result: Result<Image>) {
        self.lock().pulls.insert(reference.to_owned(), result);
    }

    /// Kills a container as the kernel does when memory runs out.
    pub fn run_out_of_memory(&self, id: &str) {
        let mut world = self.lock();
        if let Ok(entry) = world.find(id) {
            entry.oom = true;
            let process = entry.process.clone();
            let event = entry.event(EventKind::Oom);
            drop(world);
            let _ = self.events.send(event);
            process.iter().for_each(|p| p.kill(process::signal("SIGKILL")));
        }
    }

    /// The specs that containers were made of, in order.
    pub fn specs(&self) -> Vec<ContainerSpec> {
        self.lock().containers.iter().filter_map(|c| c.spec.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Timestamp {
        EPOCH.plus_micros(i64::try_from(self.began.elapsed().as_micros()).unwrap_or(i64::MAX))
    }

    fn create(&self, name: &str, image: &str, labels: &Labels, spec: Option<ContainerSpec>) -> Result<String> {
        let now = self.now();
        self.lock().create(name, image, labels, spec, now)
    }

    fn setup(&self, id: &str, spec: &ExecSpec, first: bool) -> Result<Setup> {
        let steps = script::steps(&spec.command).map_err(|why| {
            RuntimeError::Invalid(format!(
                "OCI runtime create failed: container_linux.go: starting container process caused: {why}"
            ))
        })?;
        let (files, world) = (id.to_owned(), self.world.clone());
        let files = move |path: &str| {
            let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
            world.find(&files).ok().and_then(|entry| entry.files.get(path).cloned())
        };
        let (stdin, tty) = (spec.stdin, spec.tty);
        Ok(Setup { steps, first, stdin, tty, files: Box::new(files), printed: Box::new(|_| ()) })
    }

    fn ended(&self, id: &str, exit_code: i32) {
        let now = self.now();
        let mut world = self.lock();
        // One that was removed has told its end already.
        let Ok(entry) = world.find(id) else { return };
        entry.end(exit_code, now);
        let event = entry.event(EventKind::Died);
        drop(world);
        let _ = self.events.send(event);
    }
}

#[async_trait]
impl Runtime for Fake {
    async fn info(&self) -> Result<EngineInfo> {
        Ok(EngineInfo {
            version: "0.0.0-fake".to_owned(),
            cgroup_driver: "cgroupfs".to_owned(),
            kernel: "0.0.0".to_owned(),
            architecture: "amd64".to_owned(),
            os: "Fake".to_owned(),
            cpus: 2,
            memory: 8 << 30,
        })
    }

    async fn image(&self, reference: &str) -> Result<Option<Image>> {
        Ok(self.lock().image(reference).cloned())
    }

    async fn images(&self) -> Result<Vec<Image>> {
        Ok(self.lock().images.clone())
    }

    async fn pull(&self, reference: &str, _credentials: Option<&Credentials>) -> Result<Image> {
        let mut world = self.lock();
        let result = world.pulls.get(reference).cloned().unwrap_or_else(|| {
            Err(RuntimeError::Pull(format!("Get \"https://registry/v2/{reference}\": dial tcp: connection refused")))
        });
        if let Ok(image) = &result
            && world.image(reference).is_none()
        {
            world.images.push(image.clone());
        }
        result
    }

    async fn ensure_network(&self, spec: &NetworkSpec) -> Result<()> {
        self.lock().networks.insert(spec.name.clone(), spec.clone());
        Ok(())
    }

    async fn ensure_node(&self, spec: &NodeSpec) -> Result<String> {
        let id = match self.inspect(&spec.name).await? {
            Some(found) => found.id,
            None => self.create(&spec.name, &spec.image, &spec.labels, None)?,
        };
        self.lock().find(&id)?.info.ip = Some(spec.ip.to_string());
        self.start_container(&id).await?;
        Ok(id)
    }

    async fn run_pod_sandbox(&self, spec: &PodSandboxSpec) -> Result<String> {
        if !self.lock().networks.contains_key(&spec.network) {
            return Err(RuntimeError::NotFound(format!("network {} not found", spec.network)));
        }
        let id = self.create(&spec.name, &spec.image, &spec.labels, None)?;
        {
            let mut world = self.lock();
            let entry = world.find(&id)?;
            entry.info.ip = spec.ip.map(|ip| ip.to_string());
            entry.hostname.clone_from(&spec.hostname);
        }
        self.start_container(&id).await?;
        Ok(id)
    }

    async fn create_container(&self, spec: &ContainerSpec) -> Result<String> {
        self.create(&spec.name, &spec.image, &spec.labels, Some(spec.clone()))
    }

    async fn start_container(&self, id: &str) -> Result<()> {
        let (id, exec, log) = {
            let mut world = self.lock();
            world.may_start(id)?;
            let image = world.image_of(id)?;
            let hostname = world.hostname_of_pod(id)?;
            let entry = world.find(id)?;
            entry.hostname = hostname.unwrap_or_else(|| entry.hostname.clone());
            if matches!(entry.info.state, RunState::Running { .. }) {
                return Ok(());
            }
            (entry.info.id.clone(), entry.exec(&image), entry.restart_log())
        };
        let setup = match self.setup(&id, &exec, true) {
            Ok(setup) => setup,
            Err(error) => {
                self.lock().find(&id)?.fail(&error.to_string());
                return Err(error);
            }
        };
        let (fake, sink) = (self.clone(), log.clone());
        let printed = move |output: &_| sink.push(output, fake.now());
        let (fake, ended) = (self.clone(), id.clone());
        let setup = Setup { printed: Box::new(printed), ..setup };
        let now = self.now();
        let event = {
            let mut world = self.lock();
            let entry = world.find(&id)?;
            entry.run(now);
            // Under the lock, so that a process that ends at once finds itself running.
            entry.process = Some(Process::start(setup, None, move |code| {
                log.end(fake.now());
                fake.ended(&ended, code);
            }));
            entry.event(EventKind::Started)
        };
        let _ = self.events.send(event);
        Ok(())
    }

    async fn start_container_as(&self, id: &str, hostname: &str) -> Result<()> {
        self.start_container(id).await?;
        hostname.clone_into(&mut self.lock().find(id)?.hostname);
        Ok(())
    }

    async fn update_container(&self, id: &str, resources: &Resources) -> Result<()> {
        let mut world = self.lock();
        world.running(id)?;
        let known = &mut world.find(id)?.info.resources;
        *known = Resources {
            cpu_shares: resources.cpu_shares.or(known.cpu_shares),
            cpu_quota: resources.cpu_quota.or(known.cpu_quota),
            memory: resources.memory.or(known.memory),
            ..*known
        };
        Ok(())
    }

    async fn hostname(&self, id: &str) -> Result<String> {
        let mut world = self.lock();
        world.running(id)?;
        Ok(world.find(id)?.hostname.clone())
    }

    async fn set_hostname(&self, id: &str, hostname: &str) -> Result<()> {
        let mut world = self.lock();
        world.running(id)?;
        hostname.clone_into(&mut world.find(id)?.hostname);
        Ok(())
    }

    async fn kill(&self, id: &str, signal: &str) -> Result<()> {
        if let Ok(entry) = self.lock().find(id)
            && let Some(process) = &entry.process
        {
            process.kill(process::signal(signal));
        }
        Ok(())
    }

    async fn remove(&self, id: &str) -> Result<()> {
        let Some(entry) = self.lock().take(id) else { return Ok(()) };
        if let Some(process) = &entry.process {
            process.kill(process::signal("SIGKILL"));
            if matches!(entry.info.state, RunState::Running { .. }) {
                let _ = self.events.send(entry.event(EventKind::Died));
            }
        }
        let _ = self.events.send(entry.event(EventKind::Removed));
        Ok(())
    }

    async fn remove_all(&self, labels: &Labels) -> Result<()> {
        for found in self.list(labels).await? {
            self.remove(&found.id).await?;
        }
        self.lock().networks.retain(|_, network| !bears(&network.labels, labels));
        Ok(())
    }

    async fn list(&self, labels: &Labels) -> Result<Vec<ContainerInfo>> {
        let world = self.lock();
        Ok(world.containers.iter().map(|c| &c.info).filter(|c| bears(&c.labels, labels)).cloned().collect())
    }

    async fn inspect(&self, id: &str) -> Result<Option<ContainerInfo>> {
        Ok(self.lock().find(id).ok().map(|entry| entry.info.clone()))
    }

    fn events(&self, labels: &Labels) -> BoxStream<'static, ContainerEvent> {
        let labels = labels.clone();
        let resync = || ContainerEvent { kind: EventKind::Resync, id: String::new(), labels: Labels::new() };
        let events = tokio_stream::wrappers::BroadcastStream::new(self.events.subscribe());
        let events = events.map(move |event| event.unwrap_or_else(|_| resync()));
        let ours = events.filter(move |e| std::future::ready(e.kind == EventKind::Resync || bears(&e.labels, &labels)));
        stream::iter([resync()]).chain(ours).boxed()
    }

    async fn exec(&self, id: &str, spec: &ExecSpec) -> Result<Session> {
        self.lock().running(id)?;
        let setup = self.setup(id, spec, false)?;
        let (listener, output) = tokio::sync::mpsc::unbounded_channel();
        Ok(Process::start(setup, Some(listener), |_| ()).session(spec.stdin, output, true))
    }

    async fn attach(&self, id: &str, spec: &ExecSpec) -> Result<Session> {
        let mut world = self.lock();
        let process = world.running(id)?;
        let once = world.find(id)?.spec.as_ref().is_some_and(|s| s.stdin_once);
        Ok(match once {
            true => process.session_once(spec.stdin, process.listen()),
            false => process.session(spec.stdin, process.listen(), false),
        })
    }

    async fn connect(&self, id: &str, port: u16) -> Result<Box<dyn Duplex>> {
        self.lock().running(id)?;
        Err(RuntimeError::Conflict(format!(
            "failed to connect to localhost:{port} inside namespace: connection refused"
        )))
    }

    async fn logs(&self, id: &str, options: &LogOptions) -> Result<BoxStream<'static, Result<LogLine>>> {
        Ok(self.lock().find(id)?.log.read(options).boxed())
    }

    async fn stats(&self, id: &str) -> Result<Option<Stats>> {
        let at = self.now();
        let runs = self.lock().running(id).is_ok();
        Ok(runs.then_some(Stats { at, cpu_nanos: 1_000_000, working_set: 1 << 20, pids: 1 }))
    }

    async fn written(&self, id: &str) -> Result<Option<u64>> {
        let mut world = self.lock();
        Ok(world.find(id).ok().map(|entry| entry.files.values().map(|file| file.len() as u64).sum()))
    }

    async fn write_file(&self, id: &str, path: &str, bytes: &[u8], _mode: u32) -> Result<()> {
        self.lock().find(id)?.files.insert(path.to_owned(), Bytes::copy_from_slice(bytes));
        Ok(())
    }
}
