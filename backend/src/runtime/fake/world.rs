//! What the fake engine has: images, networks, containers. Plain data and its rules; starts nothing.

use std::collections::BTreeMap;

use bytes::Bytes;
use shared::api::Timestamp;

use super::log::Log;
use super::process::Process;
use crate::runtime::{
    ContainerEvent, ContainerInfo, ContainerSpec, EventKind, ExecSpec, Image, Labels, NetworkSpec, Result, RunState,
    RuntimeError,
};

/// All there is.
#[derive(Default)]
pub struct World {
    pub images: Vec<Image>,
    pub pulls: BTreeMap<String, Result<Image>>,
    pub networks: BTreeMap<String, NetworkSpec>,
    pub containers: Vec<Entry>,
    made: u64,
}

/// A container.
pub struct Entry {
    pub info: ContainerInfo,
    /// `None` for nodes and pod sandboxes.
    pub spec: Option<ContainerSpec>,
    pub process: Option<Process>,
    pub log: Log,
    pub files: BTreeMap<String, Bytes>,
    pub oom: bool,
    /// What its processes see.
    pub hostname: String,
}

/// An image of that name.
pub fn image(name: &str) -> Image {
    let command: &[&str] = match name.contains("pause") {
        true => &["/pause"],
        false => &["sleep", "infinity"],
    };
    Image {
        id: format!("sha256:{:0>64}", name.bytes().map(|b| format!("{b:02x}")).collect::<String>()),
        tags: vec![tagged(name)],
        size: 1 << 20,
        cmd: command.iter().map(|w| (*w).to_owned()).collect(),
        ..Image::default()
    }
}

/// A name without a tag means `latest`.
fn tagged(name: &str) -> String {
    match name.rsplit('/').next().unwrap_or_default().contains(':') {
        true => name.to_owned(),
        false => format!("{name}:latest"),
    }
}

/// Whether an object has all of these labels.
pub fn bears(labels: &Labels, wanted: &Labels) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

impl World {
    pub fn image(&self, reference: &str) -> Option<&Image> {
        let tagged = tagged(reference);
        self.images
            .iter()
            .find(|i| i.id == reference || i.tags.contains(&tagged) || i.digests.iter().any(|d| d == reference))
    }

    pub fn image_of(&mut self, id: &str) -> Result<Image> {
        let image = self.find(id)?.info.image_id.clone();
        self.image(&image).cloned().ok_or_else(|| RuntimeError::NotFound(format!("No such image: {image}")))
    }

    pub fn create(
        &mut self,
        name: &str,
        image: &str,
        labels: &Labels,
        spec: Option<ContainerSpec>,
        created: Timestamp,
    ) -> Result<String> {
        if let Ok(other) = self.find(name) {
            let other = &other.info.id;
            return Err(RuntimeError::Conflict(format!(
                "Conflict. The container name \"/{name}\" is already in use by container \"{other}\"."
            )));
        }
        let found =
            self.image(image).ok_or_else(|| RuntimeError::NotFound(format!("No such image: {}", tagged(image))))?;
        let image_id = found.id.clone();
        self.made += 1;
        let id = format!("{:064x}", self.made);
        let info = ContainerInfo {
            id: id.clone(),
            name: name.to_owned(),
            labels: labels.clone(),
            image: image.to_owned(),
            image_id,
            created,
            resources: spec.as_ref().map(|s| s.resources).unwrap_or_default(),
            state: RunState::Created,
            ip: None,
            tty: spec.as_ref().is_some_and(|s| s.tty),
        };
        let (process, log, files) = (None, Log::new(), BTreeMap::new());
        self.containers.push(Entry { info, spec, process, log, files, oom: false, hostname: String::new() });
        Ok(id)
    }

    pub fn find(&mut self, id: &str) -> Result<&mut Entry> {
        let found = self.containers.iter_mut().find(|c| c.info.id == id || c.info.name == id);
        found.ok_or_else(|| RuntimeError::NotFound(format!("No such container: {id}")))
    }

    pub fn take(&mut self, id: &str) -> Option<Entry> {
        let at = self.containers.iter().position(|c| c.info.id == id || c.info.name == id)?;
        Some(self.containers.remove(at))
    }

    /// Its process, if it runs.
    pub fn running(&mut self, id: &str) -> Result<Process> {
        let entry = self.find(id)?;
        match (&entry.info.state, &entry.process) {
            (RunState::Running { .. }, Some(process)) => Ok(process.clone()),
            _ => Err(RuntimeError::Conflict(format!("Container {id} is not running"))),
        }
    }

    /// The host name of the pod sandbox that a container is made for.
    pub fn hostname_of_pod(&mut self, id: &str) -> Result<Option<String>> {
        let pod = self.find(id)?.spec.as_ref().map(|s| s.pod_sandbox.clone());
        Ok(pod.and_then(|pod| self.find(&pod).ok().map(|entry| entry.hostname.clone())))
    }

    /// A container needs its pod sandbox.
    pub fn may_start(&mut self, id: &str) -> Result<()> {
        match self.find(id)?.spec.as_ref().map(|s| s.pod_sandbox.clone()) {
            Some(pod) => self
                .running(&pod)
                .map(drop)
                .map_err(|_| RuntimeError::Conflict(format!("cannot join network of a non running container: {pod}"))),
            None => Ok(()),
        }
    }
}

impl Entry {
    /// What it runs.
    pub fn exec(&self, image: &Image) -> ExecSpec {
        let (command, args) = self.spec.as_ref().map(|s| (s.command.clone(), s.args.clone())).unwrap_or_default();
        // A command without arguments does not get the image's.
        let args = args.unwrap_or_else(|| if command.is_some() { Vec::new() } else { image.cmd.clone() });
        let mut whole = command.unwrap_or_else(|| image.entrypoint.clone());
        whole.extend(args);
        let (stdin, tty) = self.spec.as_ref().map(|s| (s.stdin, s.tty)).unwrap_or_default();
        ExecSpec { stdin, tty, ..ExecSpec::new(&whole) }
    }

    /// A new run's log follows what is there.
    pub fn restart_log(&mut self) -> Log {
        if matches!(self.info.state, RunState::Exited { .. }) {
            self.log = Log::new();
        }
        self.log.clone()
    }

    pub fn run(&mut self, started: Timestamp) {
        let pid = i32::try_from(started.0 % 1_000_000).unwrap_or_default() + 2;
        self.info.state = RunState::Running { started, pid };
    }

    pub fn end(&mut self, exit_code: i32, finished: Timestamp) {
        let started = match self.info.state {
            RunState::Running { started, .. } => Some(started),
            _ => None,
        };
        self.info.state = RunState::Exited { started, finished, exit_code, oom_killed: self.oom, error: String::new() };
    }

    /// It could not be started.
    pub fn fail(&mut self, error: &str) {
        let (finished, error) = (self.info.created, error.to_owned());
        self.info.state = RunState::Exited { started: None, finished, exit_code: 127, oom_killed: false, error };
        self.log.end(finished);
    }

    pub fn event(&self, kind: EventKind) -> ContainerEvent {
        ContainerEvent { kind, id: self.info.id.clone(), labels: self.info.labels.clone() }
    }
}
