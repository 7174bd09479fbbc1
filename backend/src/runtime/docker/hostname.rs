//! Host names in UTS namespaces. The engine gives a container that shares a pod sandbox's network the host name that
//! the pod sandbox was *created* with, and lets nobody say otherwise.
//!
//! runc makes a container in two steps: `runc create` sets the namespaces up, host name included, and leaves the first
//! process waiting as `runc init`; some 20 ms later `runc start` lets it become the container's own process. In between
//! we set the name. That we were not too late is *checked afterwards*: a process that still is `runc init` when the
//! name is set has shown it to nobody.

use std::fs::{self, File};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::io::Errno;
use rustix::system::{sethostname, uname};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use serde::Deserialize;
use thread_priority::{
    RealtimeThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy,
    thread_native_id,
};
use tokio::sync::oneshot;

use crate::runtime::{Result, RuntimeError};

/// Where runc, under Docker, keeps what it knows of each container.
const RUNC: &str = "/run/docker/runtime-runc/moby";
/// How often a name is looked at.
const LOOK: Duration = Duration::from_micros(500);
/// Nanoseconds after which the container is looked for, whether or not there were news.
const LATEST: i64 = 20_000_000;

/// The host name in the namespace of `pid`, set before where a new one is given. Needs root on the engine's own host.
pub async fn of(pid: i32, new: Option<String>) -> Result<String> {
    let (tell, told) = oneshot::channel();
    thread(move || {
        let set = |new: &String| sethostname(new.as_bytes()).map_err(|e| format!("setting it: {e}"));
        let name = enter(pid).and_then(|()| new.as_ref().map_or(Ok(()), set)).map(|()| node_name());
        let _ = tell.send(name);
    })?;
    let name = told.await.map_err(|_| RuntimeError::Engine("the looking thread died".to_owned()))?;
    name.map_err(RuntimeError::Engine)
}

/// Whether starts in a running container's network can be watched for: what runc keeps of it is where we look. An engine
/// may be told to have it elsewhere.
pub fn can_be_set(id: &str) -> Result<()> {
    match fs::exists(Path::new(RUNC).join(id)) {
        Ok(true) => Ok(()),
        _ => Err(RuntimeError::Engine(format!("{RUNC} has nothing of container {id}"))),
    }
}

/// A container that is about to be started, watched for the moment when its name can be set.
pub struct Naming {
    started: Arc<AtomicBool>,
    told: oneshot::Receiver<std::result::Result<(), String>>,
}

impl Naming {
    /// To be called before the start is asked for. Watches when it answers.
    pub async fn begin(id: &str, hostname: &str) -> Result<Self> {
        let ((ready, is_ready), (tell, told)) = (oneshot::channel(), oneshot::channel());
        let started = Arc::new(AtomicBool::new(false));
        let (over, id, hostname) = (started.clone(), id.to_owned(), hostname.to_owned());
        thread(move || {
            first_of_all();
            let watched = watch();
            let _ = ready.send(());
            let done = watched.and_then(|changes| set(&changes, &id, &hostname, &over));
            let _ = tell.send(done);
        })?;
        let _ = is_ready.await;
        Ok(Self { started, told })
    }

    /// To be called once the container is started: whether its process has never seen another name, or why that is
    /// not sure.
    pub async fn end(mut self) -> std::result::Result<(), String> {
        self.started.store(true, Ordering::Relaxed);
        (&mut self.told).await.unwrap_or_else(|_| Err("the naming thread died".to_owned()))
    }
}

impl Drop for Naming {
    fn drop(&mut self) {
        self.started.store(true, Ordering::Relaxed);
    }
}

/// A thread of its own, which ends in the other namespace: a pooled one would stay there.
fn thread(work: impl FnOnce() + Send + 'static) -> Result<()> {
    let thread = std::thread::Builder::new().name("hostname".to_owned()).spawn(work);
    thread.map(drop).map_err(|e| RuntimeError::Engine(format!("starting a thread: {e}")))
}

fn set(changes: &OwnedFd, id: &str, hostname: &str, started: &AtomicBool) -> std::result::Result<(), String> {
    let host = node_name();
    let late = || "its process was faster".to_owned();
    let pid = wait_for_init(changes, id, started)?;
    enter(pid)?;
    // A new namespace begins with its host's name. runc sets its own before we set ours.
    while node_name() == host {
        if started.load(Ordering::Relaxed) {
            return Err(late());
        }
        std::thread::sleep(LOOK);
    }
    if !is_init(pid) {
        return Err(late());
    }
    sethostname(hostname.as_bytes()).map_err(|e| format!("setting it: {e}"))?;
    if is_init(pid) { Ok(()) } else { Err(late()) }
}

/// Some microseconds of work have to be done within 20 ms, whatever else keeps the processors busy. `nice` would not do:
/// the kernel weighs it within a session only. Where it is not allowed, being late is just more likely.
fn first_of_all() {
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
    if let Err(error) = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, policy) {
        tracing::debug!(?error, "host names are set without real-time scheduling");
    }
}

fn unwatchable(error: Errno) -> String {
    format!("watching {RUNC}: {error} (the engine has to run on this host, and this server as root)")
}

/// Watches what runc makes.
fn watch() -> std::result::Result<OwnedFd, String> {
    let changes = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).map_err(unwatchable)?;
    inotify::add_watch(&changes, RUNC, WatchFlags::CREATE).map_err(unwatchable)?;
    Ok(changes)
}

/// Waits until runc has made the container ready: its first process.
fn wait_for_init(changes: &OwnedFd, id: &str, started: &AtomicBool) -> std::result::Result<i32, String> {
    loop {
        // Not there yet: the other watch tells when it is. First the watch, then the look, so that nothing is missed.
        let _ = inotify::add_watch(changes, format!("{RUNC}/{id}"), WatchFlags::MOVED_TO);
        if let Some(pid) = init_pid(id) {
            return Ok(pid);
        }
        if started.load(Ordering::Relaxed) {
            return Err(format!("{RUNC} has nothing of the container"));
        }
        let timeout = Timespec { tv_sec: 0, tv_nsec: LATEST };
        rustix::event::poll(&mut [PollFd::new(changes, PollFlags::IN)], Some(&timeout)).map_err(unwatchable)?;
        // What has changed is looked at, not read.
        while rustix::io::read(changes, &mut [0; 4096]).is_ok_and(|read| read > 0) {}
    }
}

/// The first process of a container that runc has made ready.
fn init_pid(id: &str) -> Option<i32> {
    #[derive(Deserialize)]
    struct State {
        init_process_pid: i32,
    }
    let text = fs::read(format!("{RUNC}/{id}/state.json")).ok()?;
    let state: State = serde_json::from_slice(&text).ok()?;
    Some(state.init_process_pid).filter(|pid| *pid > 1)
}

/// Whether the process is still runc's own: its code, waiting, under the name it gives itself.
fn is_init(pid: i32) -> bool {
    let read = |file| fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let (name, line) = (read("comm"), read("cmdline"));
    name.starts_with(b"runc:[") && line.ends_with(b"runc\0init\0")
}

/// Enters the UTS namespace of a process, which may not be the host's.
fn enter(pid: i32) -> std::result::Result<(), String> {
    let failed = |e: &dyn std::fmt::Display| {
        format!(
            "entering the host name of process {pid}: {e} (the engine has to run on this host, and this server as root)"
        )
    };
    let namespace = File::open(format!("/proc/{pid}/ns/uts")).map_err(|e| failed(&e))?;
    let own = fs::metadata("/proc/thread-self/ns/uts").map_err(|e| failed(&e))?;
    if namespace.metadata().map_err(|e| failed(&e))?.ino() == own.ino() {
        return Err(failed(&"it has the host's"));
    }
    move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::HostNameAndNISDomainName))
        .map_err(|e| failed(&e))
}

fn node_name() -> String {
    uname().nodename().to_string_lossy().into_owned()
}
