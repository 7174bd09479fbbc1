//! Processes in containers, and the streams of a container's own process.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bollard::exec::{CreateExecOptions, ResizeExecOptions};
use bollard::query_parameters::{InspectContainerOptions, ResizeContainerTTYOptions, WaitContainerOptions};
use futures::stream::StreamExt;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tokio::io::AsyncWrite;

use super::hijack::pieces;
use super::{Docker, error};
use crate::runtime::{ExecSpec, ExitStatus, Result, Session, SessionControl};

/// How long a process may take to start, or to end when it is hung up on.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is looked at meanwhile.
const POLL: Duration = Duration::from_millis(20);

/// Starts a process.
pub async fn exec(docker: &Docker, id: &str, spec: &ExecSpec) -> Result<Session> {
    let engine = &docker.engine;
    let options = CreateExecOptions {
        attach_stdin: Some(spec.stdin),
        attach_stdout: Some(spec.stdout || spec.tty),
        attach_stderr: Some(spec.stderr && !spec.tty),
        tty: Some(spec.tty),
        env: Some(spec.env.clone()),
        cmd: Some(spec.command.clone()),
        working_dir: spec.working_dir.clone(),
        ..CreateExecOptions::default()
    };
    let made = engine.create_exec(id, options).await.map_err(error)?.id;
    let start = json!({"Detach": false, "Tty": spec.tty});
    let connection = docker.wire.hijack(&format!("/exec/{made}/start"), start).await?;
    let (reader, writer) = tokio::io::split(connection);
    let control = Arc::new(Exec { engine: engine.clone(), id: made });
    if let Some((columns, rows)) = spec.size.filter(|_| spec.tty) {
        let _ = control.resize(columns, rows).await;
    }
    // A terminal's input has no end but the one that is typed; the engine would end the terminal's output with it.
    let stdin: Box<dyn AsyncWrite + Send + Unpin> = match spec.tty {
        true => Box::new(Endless(writer)),
        false => Box::new(writer),
    };
    Ok(Session { stdin: spec.stdin.then_some(stdin), output: pieces(reader, spec.tty).boxed(), control })
}

/// Joins a container's own process.
pub async fn attach(docker: &Docker, id: &str, spec: &ExecSpec) -> Result<Session> {
    let (stdin, stdout, stderr) = (spec.stdin, spec.stdout || spec.tty, spec.stderr && !spec.tty);
    let found = docker.engine.inspect_container(id, None::<InspectContainerOptions>).await.map_err(error)?;
    let config = found.config.unwrap_or_default();
    let path = format!("/containers/{id}/attach?stream=1&stdin={stdin}&stdout={stdout}&stderr={stderr}");
    let connection = docker.wire.hijack(&path, json!({})).await?;
    let (reader, writer) = tokio::io::split(connection);
    let control = Arc::new(Attached { engine: docker.engine.clone(), id: id.to_owned() });
    // The engine may hold the connection open after the process has ended.
    let ended = {
        let control = control.clone();
        async move { control.wait().await }
    };
    let output = pieces(reader, spec.tty).take_until(async move {
        let _ = ended.await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    });
    // The engine ends the whole conversation with its input, unless that is to end the process's input too.
    let ends = config.stdin_once == Some(true) && config.tty != Some(true);
    let stdin: Option<Box<dyn AsyncWrite + Send + Unpin>> = match ends {
        true => Some(Box::new(writer)),
        false => Some(Box::new(Endless(writer))),
    };
    let stdin = stdin.filter(|_| spec.stdin);
    Ok(Session { stdin, output: output.boxed(), control })
}

/// Input whose end is not passed on.
struct Endless<W>(W);

impl<W: AsyncWrite + Unpin> AsyncWrite for Endless<W> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

struct Exec {
    engine: bollard::Docker,
    id: String,
}

impl Exec {
    /// Signals the process; `false` when it has ended, or cannot be reached.
    async fn signal(&self, signal: Signal) -> bool {
        // The engine counts processes as its host does; there is no call to signal one that was exec'd. On another
        // host the number means nothing, so the process must still be one of this container's.
        let Some((pid, container)) = self.process().await else { return false };
        let cgroup = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
        let pid = Pid::from_raw(pid).filter(|_| cgroup.contains(&container));
        pid.is_some_and(|pid| kill_process(pid, signal).is_ok())
    }

    /// The process and its container; `None` when it has ended. The engine answers a start before it has started.
    async fn process(&self) -> Option<(i32, String)> {
        let late = tokio::time::Instant::now() + PATIENCE;
        loop {
            let found = self.engine.inspect_exec(&self.id).await.ok()?;
            match (found.running, found.exit_code, found.pid) {
                (Some(true), _, Some(pid @ 1..)) => return Some((i32::try_from(pid).ok()?, found.container_id?)),
                (_, None, _) if tokio::time::Instant::now() < late => tokio::time::sleep(POLL).await,
                _ => return None,
            }
        }
    }
}

#[async_trait]
impl SessionControl for Exec {
    async fn resize(&self, columns: u16, rows: u16) -> Result<()> {
        let size = ResizeExecOptions { height: rows, width: columns };
        self.engine.resize_exec(&self.id, size).await.map_err(error)
    }

    async fn hangup(&self) {
        if !self.signal(Signal::HUP).await {
            return;
        }
        // Who ignores it has nobody left to talk to.
        let this = Self { engine: self.engine.clone(), id: self.id.clone() };
        tokio::spawn(async move {
            tokio::time::sleep(PATIENCE).await;
            this.signal(Signal::KILL).await;
        });
    }

    async fn wait(&self) -> Result<ExitStatus> {
        // The output's end and the engine's own bookkeeping are not one step.
        let mut pause = Duration::from_millis(1);
        loop {
            let found = self.engine.inspect_exec(&self.id).await.map_err(error)?;
            match (found.running, found.exit_code) {
                (Some(true), _) | (_, None) => {}
                (_, Some(code)) => return Ok(ExitStatus { code: i32::try_from(code).unwrap_or(-1) }),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(250));
        }
    }
}

struct Attached {
    engine: bollard::Docker,
    id: String,
}

#[async_trait]
impl SessionControl for Attached {
    async fn resize(&self, columns: u16, rows: u16) -> Result<()> {
        let size = ResizeContainerTTYOptions { h: rows.into(), w: columns.into() };
        self.engine.resize_container_tty(&self.id, size).await.map_err(error)
    }

    async fn hangup(&self) {}

    async fn wait(&self) -> Result<ExitStatus> {
        // The answer's own error for codes above 0 is no error here; the container has the last word.
        let _ = self.engine.wait_container(&self.id, None::<WaitContainerOptions>).next().await;
        let found = self.engine.inspect_container(&self.id, None::<InspectContainerOptions>).await.map_err(error)?;
        let code = found.state.and_then(|s| s.exit_code).unwrap_or_default();
        Ok(ExitStatus { code: i32::try_from(code).unwrap_or(-1) })
    }
}
