//! The remote command protocol over a WebSocket (`v5.channel.k8s.io`): each message's first byte is its channel.

use serde_json::{Value, json};

use super::race::{First, race};
use super::transport::ConnectError;
use super::{Channel, Console, Context, Error, Input, Size, Transport, context};
use crate::api::json;

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const ERROR: u8 = 3;
const RESIZE: u8 = 4;
const CLOSE: u8 = 255;

/// What goes through a session.
#[derive(Clone, Copy, Debug, Default)]
pub struct Streams {
    /// Input goes to the container.
    pub stdin: bool,
    /// The container has a terminal.
    pub tty: bool,
    /// What runs there already shows its screen again: its terminal seems to change its size for a moment.
    pub redraw: bool,
}

/// What a session wrote, for commands that read it themselves.
#[derive(Debug, Default)]
pub struct Sink {
    /// Standard output.
    pub out: Vec<u8>,
    /// Standard error.
    pub err: Vec<u8>,
}

/// Opens a session at `path` and pumps until it ends. What the container writes goes to `sink`, or to the
/// console where there is none.
pub async fn session<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    path: &str,
    streams: Streams,
    input: Option<&[u8]>,
    sink: Option<&mut Sink>,
) -> Result<(), Error> {
    let mut channel = match ctx.transport.connect(path, &["v5.channel.k8s.io"]).await {
        Ok(channel) => channel,
        Err(ConnectError::Answer(response)) => return Err(context::failure(response.status, &response.body)),
        Err(ConnectError::Failed(error)) => return Err(error.into()),
    };
    if streams.tty
        && let Some(size) = ctx.console.terminal()
    {
        if streams.redraw {
            let larger = Size { width: size.width.saturating_add(1), height: size.height.saturating_add(1) };
            channel.send(&resize(larger)).await?;
        }
        channel.send(&resize(size)).await?;
    }
    let raw = streams.tty && streams.stdin;
    if raw {
        ctx.console.raw(true);
    }
    let ended = match input {
        Some(bytes) => {
            for piece in bytes.chunks(32 * 1024) {
                channel.send(&[&[STDIN], piece].concat()).await?;
            }
            channel.send(&[CLOSE, STDIN]).await?;
            pump(ctx, &mut channel, Streams { stdin: false, ..streams }, sink).await
        }
        None => pump(ctx, &mut channel, streams, sink).await,
    };
    if raw {
        ctx.console.raw(false);
    }
    ended
}

async fn pump<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    channel: &mut T::Channel,
    streams: Streams,
    mut sink: Option<&mut Sink>,
) -> Result<(), Error> {
    let mut outcome = Ok(());
    loop {
        let event = if streams.stdin || streams.tty {
            race(channel.recv(), ctx.console.input()).await
        } else {
            match race(channel.recv(), ctx.console.interrupted()).await {
                First::Left(message) => First::Left(message),
                First::Right(()) => First::Right(Input::Interrupt),
            }
        };
        match event {
            First::Left(None) => return outcome,
            First::Left(Some(message)) => {
                let message = message?;
                match message.split_first() {
                    Some((&STDOUT, data)) => match sink.as_deref_mut() {
                        Some(sink) => sink.out.extend_from_slice(data),
                        None => ctx.console.out(data),
                    },
                    Some((&STDERR, data)) => match sink.as_deref_mut() {
                        Some(sink) => sink.err.extend_from_slice(data),
                        None => ctx.console.err(data),
                    },
                    Some((&ERROR, data)) => outcome = ending(data),
                    _ => {}
                }
            }
            First::Right(Input::Data(data)) if streams.stdin => {
                channel.send(&[&[STDIN], data.as_slice()].concat()).await?;
            }
            First::Right(Input::End) if streams.stdin => channel.send(&[CLOSE, STDIN]).await?,
            First::Right(Input::Resize(size)) if streams.tty => channel.send(&resize(size)).await?,
            First::Right(Input::Interrupt) => return Err(Error::exit(130)),
            First::Right(_) => {}
        }
    }
}

fn resize(size: Size) -> Vec<u8> {
    let text = json!({"Width": size.width, "Height": size.height}).to_string();
    [&[RESIZE], text.as_bytes(), b"\n"].concat()
}

/// The session's last word: success, the command's exit code, or why it did not run.
fn ending(data: &[u8]) -> Result<(), Error> {
    let Ok(status) = json::read(data) else {
        return match String::from_utf8_lossy(data) {
            text if text.is_empty() => Ok(()),
            text => Err(Error::text(text.into_owned())),
        };
    };
    if status["status"] == "Success" {
        return Ok(());
    }
    let causes = status.pointer("/details/causes").and_then(Value::as_array);
    let code = causes
        .into_iter()
        .flatten()
        .find(|cause| cause["reason"] == "ExitCode")
        .and_then(|cause| cause["message"].as_str())
        .and_then(|code| code.parse::<i32>().ok());
    match code.filter(|_| status["reason"] == "NonZeroExitCode") {
        Some(code) => Err(Error::ended(format!("command terminated with exit code {code}"), code)),
        None => {
            let message = status["message"].as_str().unwrap_or_default().to_owned();
            // kubectl prints an error of the stream without "from server".
            Err(Error::text(message))
        }
    }
}
