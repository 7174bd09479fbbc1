//! A process with its streams: exec and attach; and logs.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use shared::api::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::{Result, RuntimeError};

/// A process to start, or streams to join.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecSpec {
    /// The command; unused when attaching.
    pub command: Vec<String>,
    /// Whether standard input is wanted.
    pub stdin: bool,
    /// Whether standard output is wanted.
    pub stdout: bool,
    /// Whether standard error is wanted.
    pub stderr: bool,
    /// Whether it gets a terminal; then everything comes as standard output.
    pub tty: bool,
    /// `NAME=value`, on top of the container's.
    pub env: Vec<String>,
    /// The terminal's columns and rows at the start.
    pub size: Option<(u16, u16)>,
    /// Where it starts; the container's working directory where it is not given.
    pub working_dir: Option<String>,
}

impl ExecSpec {
    /// A command whose output is wanted.
    pub fn new(command: &[String]) -> Self {
        Self { command: command.to_vec(), stdout: true, stderr: true, ..Self::default() }
    }
}

/// Bytes of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Standard output, or a terminal's.
    Stdout(Bytes),
    /// Standard error.
    Stderr(Bytes),
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitStatus {
    /// 128 + n for signal n.
    pub code: i32,
}

/// A process with its streams. Dropping it leaves the process alone; see [`SessionControl::hangup`].
pub struct Session {
    /// Standard input; shutting it down is end of file.
    pub stdin: Option<Box<dyn AsyncWrite + Send + Unpin>>,
    /// What it prints, until it ends.
    pub output: BoxStream<'static, Result<Output>>,
    /// Everything else one can do with it.
    pub control: Arc<dyn SessionControl>,
}

/// What can be done with a process besides its streams.
#[async_trait]
pub trait SessionControl: Send + Sync {
    /// Sets the terminal's size.
    async fn resize(&self, columns: u16, rows: u16) -> Result<()>;
    /// The client is gone: the process gets SIGHUP. Without effect on an attached container's own process.
    async fn hangup(&self);
    /// How the process ended; to be asked when its output has ended. Waits until it has.
    async fn wait(&self) -> Result<ExitStatus>;
}

/// Bytes both ways: a connection.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Output of a process that has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// Exit code.
    pub exit_code: i32,
}

/// Feeds `input`, keeps what is printed (at most 16 MB), and waits.
pub(super) async fn capture(session: Session, input: Bytes) -> Result<Captured> {
    const LIMIT: usize = 16 << 20;
    let Session { stdin, mut output, control } = session;
    // Beside reading, since a process that prints before it has read all would stop both.
    let feed = async {
        if let Some(mut stdin) = stdin {
            let _ = stdin.write_all(&input).await;
            let _ = stdin.shutdown().await;
        }
    };
    let mut captured = Captured::default();
    let read = async {
        while let Some(piece) = output.next().await {
            match piece? {
                Output::Stdout(bytes) => captured.stdout.extend_from_slice(&bytes),
                Output::Stderr(bytes) => captured.stderr.extend_from_slice(&bytes),
            }
            if captured.stdout.len() + captured.stderr.len() > LIMIT {
                control.hangup().await;
                return Err(RuntimeError::Invalid("the process printed more than 16 MB".to_owned()));
            }
        }
        Ok(())
    };
    let ((), read) = tokio::join!(feed, read);
    read?;
    captured.exit_code = control.wait().await?.code;
    Ok(captured)
}

/// Which part of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// Whether to go on as more is printed, until the container ends.
    pub follow: bool,
    /// Only so many last lines.
    pub tail: Option<usize>,
    /// Only lines from then on.
    pub since: Option<Timestamp>,
}

/// A piece of a log: mostly a line with its newline; a long line comes in several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it was printed, RFC 3339 with nanoseconds, as the engine wrote it down.
    pub time: String,
    /// Whether it went to standard error.
    pub stderr: bool,
    /// The bytes.
    pub bytes: Bytes,
}
