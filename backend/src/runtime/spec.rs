//! What is asked of the engine: networks, nodes, pod sandboxes, containers.

use std::collections::BTreeMap;
use std::net::IpAddr;

use shared::lifecycle::Limits;

/// A bridge network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkSpec {
    /// Its name.
    pub name: String,
    /// Its addresses, `10.42.0.0/22`.
    pub subnet: String,
    /// The host's address in it.
    pub gateway: String,
    /// The bridge's interface name; the engine picks one where it is not given.
    pub bridge: Option<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// A node's container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSpec {
    /// The container's name.
    pub name: String,
    /// The node's host name.
    pub hostname: String,
    /// The image.
    pub image: String,
    /// The network's name.
    pub network: String,
    /// The node's address in it.
    pub ip: IpAddr,
    /// The cgroup that it lives below.
    pub cgroup_parent: Option<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// Name resolution inside a Pod; empty fields leave it to the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dns {
    /// Name servers' addresses.
    pub servers: Vec<String>,
    /// Search domains.
    pub searches: Vec<String>,
    /// `name:value` or `name`.
    pub options: Vec<String>,
}

/// A pod sandbox: the container that owns a Pod's network and IPC namespaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodSandboxSpec {
    /// The container's name.
    pub name: String,
    /// The pause image.
    pub image: String,
    /// The Pod's host name.
    pub hostname: String,
    /// The network's name.
    pub network: String,
    /// The Pod's address in it.
    pub ip: Option<IpAddr>,
    /// Name resolution.
    pub dns: Dns,
    /// Lines for `/etc/hosts`, `name:address`.
    pub extra_hosts: Vec<String>,
    /// Kernel parameters of the Pod's namespaces.
    pub sysctls: BTreeMap<String, String>,
    /// The cgroup that it lives below.
    pub cgroup_parent: Option<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// Where a mount's files come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MountSource {
    /// A path of the engine's host.
    Bind(String),
    /// Memory of at most so many bytes, this container's own.
    Tmpfs(Option<u64>),
}

/// A mount of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where the files come from.
    pub source: MountSource,
    /// Where they are seen.
    pub target: String,
    /// Whether they may not be written.
    pub read_only: bool,
    /// `rprivate`, `rslave`, `rshared`; the engine's default where it is not given.
    pub propagation: Option<String>,
}

/// Shares and caps, in the engine's units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Relative weight of CPU time.
    pub cpu_shares: Option<i64>,
    /// Microseconds of CPU time in each period of 100 ms.
    pub cpu_quota: Option<i64>,
    /// Bytes of memory; swap comes to nothing on top.
    pub memory: Option<i64>,
    /// Processes and threads.
    pub pids: Option<i64>,
    /// −1000 … 1000: higher is killed first when the host runs out of memory.
    pub oom_score_adj: Option<i64>,
}

impl From<Limits> for Resources {
    fn from(limits: Limits) -> Self {
        let Limits { cpu_shares, cpu_quota, memory } = limits;
        Self { cpu_shares: Some(cpu_shares), cpu_quota, memory, ..Self::default() }
    }
}

/// A container in a pod sandbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerSpec {
    /// The container's name.
    pub name: String,
    /// The image.
    pub image: String,
    /// The pod sandbox's id: network and IPC namespaces are its.
    pub pod_sandbox: String,
    /// Whether processes are shared with the pod sandbox too.
    pub share_processes: bool,
    /// Another container whose processes are shared instead (an ephemeral container's target).
    pub process_target: Option<String>,
    /// Replaces the image's entrypoint.
    pub command: Option<Vec<String>>,
    /// Replaces the image's command.
    pub args: Option<Vec<String>>,
    /// `NAME=value`
    pub env: Vec<String>,
    /// Replaces the image's working directory.
    pub working_dir: Option<String>,
    /// `user`, `uid`, `uid:gid`; the image's where it is not given.
    pub user: Option<String>,
    /// Additional groups.
    pub groups: Vec<String>,
    /// Mounts.
    pub mounts: Vec<Mount>,
    /// Shares and caps.
    pub resources: Resources,
    /// Capabilities on top of the engine's default ones.
    pub cap_add: Vec<String>,
    /// Capabilities taken away; `ALL` for all.
    pub cap_drop: Vec<String>,
    /// Whether processes may not gain privileges (setuid).
    pub no_new_privileges: bool,
    /// A seccomp profile as JSON, or `unconfined`; the engine's default where it is not given.
    pub seccomp: Option<String>,
    /// Whether the root file system may not be written.
    pub read_only_root: bool,
    /// Whether it has a terminal.
    pub tty: bool,
    /// Whether its standard input is kept open.
    pub stdin: bool,
    /// Whether standard input closes when the first attached client leaves.
    pub stdin_once: bool,
    /// Replaces the image's stop signal.
    pub stop_signal: Option<String>,
    /// The cgroup that it lives below.
    pub cgroup_parent: Option<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// What a registry asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// User name.
    pub username: String,
    /// Password or token.
    pub password: String,
    /// The registry's address.
    pub server: String,
}
