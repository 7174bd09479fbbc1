//! Our kubelet: one per node of a sandbox. Watches the Pods that are bound to its node and makes the engine agree.
//!
//! ```text
//! watch of Pods ─┐
//! engine events ─┼→ worker (one a Pod): lifecycle::step → executor → Runtime
//! probe results ─┘                     └→ status, Events → API
//! ```
//! It is a client of the API like any other and never touches the store; it decides nothing about a Pod's life, which
//! `shared::lifecycle` does; and what the engine can tell it asks the engine, so that a restart loses nothing.

pub mod access;
mod addresses;
mod admission;
mod allocation;
mod api;
mod busy;
mod convert;
mod downward;
mod env;
mod env_file;
mod executor;
mod exits;
mod expand;
mod explain;
mod handle;
mod heartbeat;
mod hooks;
mod host_ports;
mod image;
mod image_name;
mod log_message;
mod measure;
mod names;
mod node_object;
mod pod_dir;
mod pool;
mod power;
mod probe;
mod reach;
mod report;
mod resources;
mod run;
mod security;
mod start;
mod status;
mod stop;
mod storage;
mod volumes;
mod worker;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;
use shared::api::Quantity;
use shared::lifecycle::Rules;
use tokio::sync::broadcast::Receiver;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::addresses::Addresses;
use self::api::Api;
use self::busy::Busy;
use self::downward::Allocatable;
use self::handle::Handle;
use self::host_ports::HostPorts;
use self::measure::Measured;
use self::pool::Pool;
pub use self::probe::ProbeResult;
pub use self::volumes::{clear_directory, forget_sandbox};
use crate::apiserver::Client;
use crate::clock::now;
use crate::runtime::Runtime;

/// The pause image.
const PAUSE: &str = "podground-pause:latest";
/// The version whose behaviour and words this follows.
pub const KUBELET_VERSION: &str = "v1.35.0";

/// What a node is.
pub struct NodeConfig {
    /// The installation's name.
    pub instance: String,
    /// The sandbox.
    pub sandbox: String,
    /// The node's name.
    pub name: String,
    /// The node's container.
    pub container_id: String,
    /// The node's address.
    pub ip: IpAddr,
    /// The sandbox's network.
    pub network: String,
    /// The node's Pod addresses: `10.42.1.0/24`.
    pub pod_cidr: String,
    /// The cgroup that its Pods live below.
    pub cgroup_parent: Option<String>,
    /// Whether it has the control plane's role.
    pub control_plane: bool,
    /// CPUs that it offers.
    pub cpu: Quantity,
    /// Memory that it offers.
    pub memory: Quantity,
    /// Where the backend keeps its files.
    pub data_dir: PathBuf,
    /// The API, as this node.
    pub client: Client,
    /// Where Pods reach the API: an address of the sandbox's own network.
    pub api_server: Option<SocketAddr>,
    /// The engine.
    pub runtime: Arc<dyn Runtime>,
    /// Kubernetes' waiting times (back-offs, probe periods) are divided by this.
    pub time_scale: f64,
}

/// A node at work.
struct Node {
    config: NodeConfig,
    rules: Rules,
    api: Api,
    addresses: Mutex<Addresses>,
    pool: Pool,
    busy: Busy,
    /// By Pod uid.
    workers: Mutex<HashMap<String, Handle>>,
    measured: Measured,
    probe_results: probe::Results,
    host_ports: HostPorts,
    /// What works while the node's machine is on ends with this.
    session: Mutex<CancellationToken>,
    /// Everything that the node does ends with this.
    cancel: CancellationToken,
    tasks: TaskTracker,
}

impl Node {
    fn runtime(&self) -> &Arc<dyn Runtime> {
        &self.config.runtime
    }

    fn allocatable(&self) -> Allocatable {
        let storage = Quantity::parse(node_object::STORAGE).unwrap_or(Quantity::milli(0));
        Allocatable { cpu: self.config.cpu, memory: self.config.memory, storage }
    }

    /// How fast its time passes.
    fn time_scale(&self) -> f64 {
        self.config.time_scale.max(1e-6)
    }

    /// A beat of its time; one that comes late moves those behind it.
    fn beat(&self, period: Duration) -> tokio::time::Interval {
        let period = period.div_f64(self.time_scale()).max(Duration::from_millis(100));
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        ticks
    }

    /// Until the machine loses its power.
    fn session(&self) -> CancellationToken {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The machine has been booted.
    fn begin(&self) -> CancellationToken {
        let session = self.cancel.child_token();
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = session.clone();
        session
    }

    fn worker(&self, uid: &str) -> Option<Handle> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner).get(uid).cloned()
    }
}

/// The nodes of all sandboxes.
pub struct Nodes {
    runtime: Arc<dyn Runtime>,
    busy: Busy,
    probe_results: probe::Results,
    nodes: Mutex<HashMap<(String, String), Arc<Node>>>,
}

impl Nodes {
    /// No nodes yet.
    pub fn new(runtime: Arc<dyn Runtime>) -> Self {
        Self { runtime, busy: Busy::new(), probe_results: probe::Results::new(), nodes: Mutex::default() }
    }

    /// Starts a node; it ends when `cancel` says so. Its containers go on running, to be taken over by its next start.
    pub fn start(&self, config: NodeConfig, tasks: &TaskTracker, cancel: CancellationToken) {
        let Some(addresses) = Addresses::of(&config.pod_cidr) else {
            tracing::error!(node = config.name, cidr = config.pod_cidr, "not a range of Pod addresses");
            return;
        };
        let rules = Rules { host_ips: vec![config.ip.to_string()], time_scale: 1.0 / config.time_scale.max(1e-6) };
        let api = Api::new(config.client.clone(), &config.name);
        let key = (config.sandbox.clone(), config.name.clone());
        let node = Arc::new(Node {
            config,
            rules,
            api,
            addresses: Mutex::new(addresses),
            pool: Pool::default(),
            busy: self.busy.clone(),
            workers: Mutex::default(),
            measured: Measured::default(),
            probe_results: self.probe_results.clone(),
            host_ports: HostPorts::default(),
            session: Mutex::new(cancel.child_token()),
            cancel,
            tasks: tasks.clone(),
        });
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner).insert(key, node.clone());
        tasks.spawn(heartbeat::run(node.clone()));
        tasks.spawn(measure::run(node.clone()));
        tasks.spawn(storage::run(node.clone()));
        tasks.spawn(run::run(node));
    }

    /// What probes find out from now on, on all nodes.
    pub fn probe_results(&self) -> Receiver<Arc<ProbeResult>> {
        self.probe_results.follow()
    }

    /// What a Pod waits for, as its node's worker sees it; `null` when no worker has it.
    pub fn explain(&self, sandbox: &str, pod: &Value) -> Value {
        let name = pod.pointer("/spec/nodeName").and_then(Value::as_str).unwrap_or_default();
        self.node(sandbox, name)
            .and_then(|node| node.worker(shared::api::object::uid(pod)))
            .map_or(Value::Null, |worker| worker.explanation())
    }

    fn node(&self, sandbox: &str, name: &str) -> Option<Arc<Node>> {
        let nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        nodes.get(&(sandbox.to_owned(), name.to_owned())).cloned()
    }
}

/// Starts one node by itself; [`Nodes::start`] is for many.
pub fn start(config: NodeConfig, tasks: &TaskTracker, cancel: CancellationToken) -> Arc<Nodes> {
    let nodes = Arc::new(Nodes::new(config.runtime.clone()));
    nodes.start(config, tasks, cancel);
    nodes
}

/// The Pod's uid, name and namespace: what its containers are labelled and named by.
fn identity(pod: &Pod) -> (&str, &str, &str) {
    let meta = &pod.metadata;
    (
        meta.uid.as_deref().unwrap_or_default(),
        meta.name.as_deref().unwrap_or_default(),
        meta.namespace.as_deref().unwrap_or_default(),
    )
}
