//! The seam to the container engine: what a node asks of it, in the CRI's words, without a Kubernetes object.
//!
//! [`Runtime`] has two implementations, Docker and a fake for pure logic; one contract suite
//! (`tests/runtime_contract.rs`) holds both to the same behaviour.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

pub mod docker;
mod error;
pub mod fake;
pub mod labels;
mod session;
mod spec;
mod state;

pub use error::RuntimeError;
pub use labels::Role;
pub use session::{Captured, Duplex, ExecSpec, ExitStatus, LogLine, LogOptions, Output, Session, SessionControl};
pub use spec::{ContainerSpec, Credentials, Dns, Mount, MountSource, NetworkSpec, NodeSpec, PodSandboxSpec, Resources};
pub use state::{ContainerEvent, ContainerInfo, EngineInfo, EventKind, Image, RunState, Stats};

/// What the engine answered.
pub type Result<T> = std::result::Result<T, RuntimeError>;

/// Labels to find objects by: all must fit.
pub type Labels = BTreeMap<String, String>;

/// A container engine.
#[async_trait]
pub trait Runtime: Send + Sync + 'static {
    /// The engine's version and settings.
    async fn info(&self) -> Result<EngineInfo>;

    /// A present image; `None` when the engine does not have it.
    async fn image(&self, reference: &str) -> Result<Option<Image>>;
    /// Every present image that has a name.
    async fn images(&self) -> Result<Vec<Image>>;
    /// Fetches an image from its registry.
    async fn pull(&self, reference: &str, credentials: Option<&Credentials>) -> Result<Image>;

    /// Makes a bridge network, or finds the one of that name.
    async fn ensure_network(&self, spec: &NetworkSpec) -> Result<()>;
    /// Makes and starts a node's container, or finds the one of that name and starts it; gives its id.
    async fn ensure_node(&self, spec: &NodeSpec) -> Result<String>;

    /// Makes and starts a pod sandbox; gives its id.
    async fn run_pod_sandbox(&self, spec: &PodSandboxSpec) -> Result<String>;
    /// Makes a container in a pod sandbox; gives its id.
    async fn create_container(&self, spec: &ContainerSpec) -> Result<String>;
    /// Starts a made container.
    async fn start_container(&self, id: &str) -> Result<()>;
    /// Starts a made container, whose id is given in full, under a host name of its own instead of its pod sandbox's.
    /// Its process has never seen another: where that cannot be made sure of, the container is removed and the answer
    /// is [`RuntimeError::Hostname`].
    async fn start_container_as(&self, id: &str, hostname: &str) -> Result<()>;
    /// Holds a running container to other shares and caps; what is not given stays.
    async fn update_container(&self, id: &str, resources: &Resources) -> Result<()>;
    /// The host name that a running container's processes see.
    async fn hostname(&self, id: &str) -> Result<String>;
    /// Changes the host name that a running container's processes see.
    async fn set_hostname(&self, id: &str, hostname: &str) -> Result<()>;
    /// Sends a signal (`SIGTERM`, `SIGKILL`, …). A container that does not run, or is gone, is no error.
    async fn kill(&self, id: &str, signal: &str) -> Result<()>;
    /// Removes a container with its volumes, killing it first where it runs. One that is gone is no error.
    async fn remove(&self, id: &str) -> Result<()>;
    /// Removes every container, then every network, that carries the labels.
    async fn remove_all(&self, labels: &Labels) -> Result<()>;

    /// Every container with the labels, running or not, in full: the truth to start from.
    async fn list(&self, labels: &Labels) -> Result<Vec<ContainerInfo>>;
    /// One container in full; `None` when it is gone.
    async fn inspect(&self, id: &str) -> Result<Option<ContainerInfo>>;
    /// What happens to containers with the labels, from now on: a hint to look. Goes on over a lost connection.
    fn events(&self, labels: &Labels) -> BoxStream<'static, ContainerEvent>;

    /// Starts a process in a running container.
    async fn exec(&self, id: &str, spec: &ExecSpec) -> Result<Session>;
    /// Joins the streams of a container's own process.
    async fn attach(&self, id: &str, spec: &ExecSpec) -> Result<Session>;
    /// Connects to a TCP port on the loopback of a running container's network, as the CRI's `PortForward` does.
    async fn connect(&self, id: &str, port: u16) -> Result<Box<dyn Duplex>>;
    /// A container's log, oldest first.
    async fn logs(&self, id: &str, options: &LogOptions) -> Result<BoxStream<'static, Result<LogLine>>>;
    /// What a running container uses now; `None` when it does not run.
    async fn stats(&self, id: &str) -> Result<Option<Stats>>;
    /// Bytes that a container has on the engine's disk: what it has written to its own file system, and its log; `None`
    /// when it is gone.
    async fn written(&self, id: &str) -> Result<Option<u64>>;
    /// Writes a file into a container, making directories on the way.
    async fn write_file(&self, id: &str, path: &str, bytes: &[u8], mode: u32) -> Result<()>;

    /// Runs a process to its end with `input` on its standard input, keeping what it prints.
    async fn exec_capture(&self, id: &str, command: &[String], input: Bytes) -> Result<Captured> {
        let spec = ExecSpec { stdin: !input.is_empty(), ..ExecSpec::new(command) };
        session::capture(self.exec(id, &spec).await?, input).await
    }
}
