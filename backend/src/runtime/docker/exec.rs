//! Processes in containers, and the streams of a container's own process.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bollard::container::LogOutput;
use bollard::exec::{CreateExecOptions, ResizeExecOptions, StartExecOptions, StartExecResults};
use bollard::query_parameters::{
    AttachContainerOptions, InspectContainerOptions, ResizeContainerTTYOptions, WaitContainerOptions,
};
use futures::stream::{Stream, StreamExt};

use super::error;
use crate::runtime::{ExecSpec, ExitStatus, Output, Result, RuntimeError, Session, SessionControl};

/// Starts a process.
pub async fn exec(engine: &bollard::Docker, id: &str, spec: &ExecSpec) -> Result<Session> {
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
    let start = StartExecOptions { detach: false, tty: spec.tty, output_capacity: Some(32 << 10) };
    let StartExecResults::Attached { output, input } = engine.start_exec(&made, Some(start)).await.map_err(error)?
    else {
        return Err(RuntimeError::Engine("the engine did not attach to the process".to_owned()));
    };
    let control = Arc::new(Exec { engine: engine.clone(), id: made });
    if let Some((columns, rows)) = spec.size.filter(|_| spec.tty) {
        let _ = control.resize(columns, rows).await;
    }
    Ok(Session { stdin: spec.stdin.then_some(Box::new(input) as _), output: pieces(output).boxed(), control })
}

/// Joins a container's own process.
pub async fn attach(engine: &bollard::Docker, id: &str, spec: &ExecSpec) -> Result<Session> {
    let options = AttachContainerOptions {
        stream: true,
        stdin: spec.stdin,
        stdout: spec.stdout || spec.tty,
        stderr: spec.stderr && !spec.tty,
        ..AttachContainerOptions::default()
    };
    let attached = engine.attach_container(id, Some(options)).await.map_err(error)?;
    let control = Arc::new(Attached { engine: engine.clone(), id: id.to_owned() });
    // The engine may hold the connection open after the process has ended.
    let ended = {
        let control = control.clone();
        async move { control.wait().await }
    };
    let output = pieces(attached.output).take_until(async move {
        let _ = ended.await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    });
    let stdin = spec.stdin.then_some(Box::new(attached.input) as _);
    Ok(Session { stdin, output: output.boxed(), control })
}

fn pieces(
    output: impl Stream<Item = std::result::Result<LogOutput, bollard::errors::Error>>,
) -> impl Stream<Item = Result<Output>> {
    output.map(|piece| match piece {
        Ok(LogOutput::StdErr { message }) => Ok(Output::Stderr(message)),
        Ok(other) => Ok(Output::Stdout(other.into_bytes())),
        Err(found) => Err(error(found)),
    })
}

struct Exec {
    engine: bollard::Docker,
    id: String,
}

#[async_trait]
impl SessionControl for Exec {
    async fn resize(&self, columns: u16, rows: u16) -> Result<()> {
        let size = ResizeExecOptions { height: rows, width: columns };
        self.engine.resize_exec(&self.id, size).await.map_err(error)
    }

    async fn hangup(&self) {
        let Ok(found) = self.engine.inspect_exec(&self.id).await else { return };
        if found.running != Some(true) {
            return;
        }
        // The engine counts processes as its host does; there is no call to signal one that was exec'd. On another
        // host the number means nothing, so the process must still be one of this container's.
        let (Some(pid), Some(container)) = (found.pid, found.container_id) else { return };
        let cgroup = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
        let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid.filter(|_| cgroup.contains(&container)) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::HUP);
        }
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
