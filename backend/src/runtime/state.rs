//! What the engine tells: containers as they are, images, use, events.

use std::collections::BTreeMap;

use shared::api::Timestamp;

use super::Resources;

/// An engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineInfo {
    /// `20.10.24`
    pub version: String,
    /// `cgroupfs` or `systemd`
    pub cgroup_driver: String,
    /// The host's kernel.
    pub kernel: String,
    /// `amd64`, `arm64`, as Go names them.
    pub architecture: String,
    /// The host's system, `Debian GNU/Linux 12 (bookworm)`.
    pub os: String,
    /// The host's processors.
    pub cpus: i64,
    /// The host's memory in bytes.
    pub memory: i64,
}

/// A present image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// `sha256:…`
    pub id: String,
    /// Names, `busybox:latest`.
    pub tags: Vec<String>,
    /// Names by content, `busybox@sha256:…`.
    pub digests: Vec<String>,
    /// Bytes on disk.
    pub size: i64,
    /// What it is instead, where it was built here under another's name.
    pub stand_in: Option<String>,
    /// The user its processes run as; empty for root.
    pub user: String,
    /// What it starts.
    pub entrypoint: Vec<String>,
    /// Arguments to it.
    pub cmd: Vec<String>,
    /// `NAME=value`
    pub env: Vec<String>,
    /// Where it starts.
    pub working_dir: String,
    /// Signal that ends it; empty for SIGTERM.
    pub stop_signal: String,
}

/// What a container does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    /// Made, never started.
    Created,
    /// Running since then.
    Running {
        /// Since when.
        started: Timestamp,
        /// Its first process, as the engine's host counts.
        pid: i32,
    },
    /// Over.
    Exited {
        /// When it was started; `None` if it never was.
        started: Option<Timestamp>,
        /// When it ended.
        finished: Timestamp,
        /// 128 + n for signal n.
        exit_code: i32,
        /// Whether memory ran out.
        oom_killed: bool,
        /// Why it could not start, in the engine's words; else empty.
        error: String,
    },
}

/// A container, in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerInfo {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The image's name it was made from.
    pub image: String,
    /// The image's id.
    pub image_id: String,
    /// When it was made.
    pub created: Timestamp,
    /// What the kernel holds it to.
    pub resources: Resources,
    /// What it does.
    pub state: RunState,
    /// Its address, where it has a network of its own.
    pub ip: Option<String>,
    /// Whether it has a terminal.
    pub tty: bool,
}

/// What happened to a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// It was started.
    Started,
    /// It ended.
    Died,
    /// Memory ran out in it.
    Oom,
    /// It was removed.
    Removed,
    /// Events may have been missed: look at everything.
    Resync,
}

/// A hint that a container changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerEvent {
    /// What happened.
    pub kind: EventKind,
    /// The container's id; empty for [`EventKind::Resync`].
    pub id: String,
    /// The container's labels.
    pub labels: BTreeMap<String, String>,
}

/// What a container uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// When it was measured.
    pub at: Timestamp,
    /// Nanoseconds of CPU time since its start.
    pub cpu_nanos: u64,
    /// Bytes of memory that cannot be given back: use without inactive file cache.
    pub working_set: u64,
    /// Processes and threads.
    pub pids: u64,
}
