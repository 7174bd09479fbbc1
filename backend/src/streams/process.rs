//! A process and its client, joined: the same for every transport.

use async_trait::async_trait;
use futures::{Stream, StreamExt};
use serde_json::{Value, json};
use shared::api::Status;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::Command;
use super::channel::Input;
use crate::runtime::{ExitStatus, Output, Result as RuntimeResult, Session, SessionControl};

/// The client is gone.
#[derive(Debug)]
pub struct Gone;

/// Where a process's output goes.
#[async_trait]
pub trait Client: Send {
    /// Passes on a piece of output; waits while the client is slow.
    async fn send(&mut self, output: Output) -> Result<(), Gone>;
    /// Notices that the client is gone while nothing is sent. Waits for as long as it is there. Dropped and called
    /// again at any time.
    async fn watch(&mut self) -> Gone;
    /// Tells how it ended.
    async fn finish(&mut self, end: End);
}

/// How it ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// The process, with 0; or the attached streams.
    Success,
    /// The process, with another code.
    ExitCode(i32),
    /// The engine lost it.
    Failed(String),
}

/// Joins `session` and a client until either is through. `input` ends when the client is gone: then an exec'd process
/// is hung up on.
pub async fn run(
    session: Session,
    input: &mut (impl Stream<Item = Input> + Send + Unpin),
    client: &mut impl Client,
    command: Command,
) {
    let Session { stdin, mut output, control } = session;
    let through = async {
        loop {
            let piece = tokio::select! {
                piece = output.next() => piece,
                gone = client.watch() => return Err(gone),
            };
            match piece {
                Some(Ok(piece)) => client.send(piece).await?,
                Some(Err(error)) => return Ok(End::Failed(error.to_string())),
                None => break,
            }
        }
        // The process may go on after it has closed its output, and the client may go while it does.
        tokio::select! {
            exit = control.wait() => Ok(end(exit, command)),
            gone = client.watch() => Err(gone),
        }
    };
    let end = tokio::select! {
        end = through => end,
        () = feed(stdin, input, control.as_ref()) => Err(Gone),
    };
    match end {
        Ok(end) => client.finish(end).await,
        Err(Gone) => control.hangup().await,
    }
}

/// Passes input on; returns when there is no more because the client is gone.
async fn feed(
    mut stdin: Option<Box<dyn AsyncWrite + Send + Unpin>>,
    input: &mut (impl Stream<Item = Input> + Unpin),
    control: &dyn SessionControl,
) {
    while let Some(next) = input.next().await {
        match next {
            Input::Stdin(bytes) => {
                let Some(open) = &mut stdin else { continue };
                // A process that has closed its input, or has ended, gets no more of it; its output goes on.
                if open.write_all(&bytes).await.is_err() || open.flush().await.is_err() {
                    stdin = None;
                }
            }
            Input::StdinEnd => {
                if let Some(mut open) = stdin.take() {
                    let _ = open.shutdown().await;
                }
            }
            Input::Resize(columns, rows) => {
                let _ = control.resize(columns, rows).await;
            }
        }
    }
}

fn end(exit: RuntimeResult<ExitStatus>, command: Command) -> End {
    match (exit, command) {
        // Who attached is told that the streams have ended, not how the container has.
        (Ok(_), Command::Attach) | (Ok(ExitStatus { code: 0 }), Command::Exec) => End::Success,
        (Ok(ExitStatus { code }), Command::Exec) => End::ExitCode(code),
        (Err(error), _) => End::Failed(error.to_string()),
    }
}

impl End {
    /// From protocol v4 on (`k8s.io/kubelet/pkg/cri/streaming/remotecommand.ServeExec`).
    pub fn status(&self) -> Value {
        match self {
            Self::Success => json!({"metadata": {}, "status": "Success"}),
            Self::ExitCode(code) => json!({
                "metadata": {}, "status": "Failure", "reason": "NonZeroExitCode", "message": self.text(),
                "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
            }),
            Self::Failed(_) => json!(Status::internal(self.text())),
        }
    }

    /// Before protocol v4: what stands on the error stream; empty for success.
    pub fn text(&self) -> String {
        match self {
            Self::Success => String::new(),
            Self::ExitCode(code) => {
                format!("command terminated with non-zero exit code: command terminated with exit code {code}")
            }
            Self::Failed(why) => format!("error executing command in container: {why}"),
        }
    }
}
