//! exec and attach over SPDY's streams: kubectl up to 1.29, and the fallback of later ones.

use std::time::Duration;

use async_trait::async_trait;
use axum::response::Response;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};

use super::Command;
use super::channel::{self, Input};
use super::negotiate::{Protocol, Spdy};
use super::process::{self, Client, End, Gone};
use super::process_websocket::CLOSING;
use super::spdy;
use crate::runtime::{ExecSpec, Output, Session};

/// How long a client may take to open its streams (`remotecommand.Options`' creation timeout).
const OPENING: Duration = Duration::from_secs(30);
/// The longest line of sizes.
const RESIZE_LIMIT: usize = 1024;

/// Answers the request, and serves `session` once the connection is switched.
pub fn serve(spdy: Spdy, spec: ExecSpec, session: Session, command: Command) -> Response {
    let protocol = spdy.protocol;
    let (response, connection) = spdy.accept();
    tokio::spawn(async move {
        let Some(io) = connection.await else { return session.control.hangup().await };
        let mut connection = spdy::start(io);
        let opened = tokio::time::timeout(OPENING, open(&mut connection, &spec, protocol)).await;
        let Ok(Some(streams)) = opened else { return session.control.hangup().await };
        let Streams { error, stdin, stdout, stderr, resize } = streams;
        let mut client = Writers {
            error: error.writer(),
            stdout: stdout.as_ref().map(spdy::Stream::writer),
            stderr: stderr.as_ref().map(spdy::Stream::writer),
            protocol,
        };
        {
            let gone = async { while connection.accept().await.is_some() {} };
            let mut input = Box::pin(input(stdin, resize).take_until(gone));
            process::run(session, &mut input, &mut client, command).await;
        }
        drop(client);
        // As over WebSockets: what is left unread would reset the connection.
        let _ = tokio::time::timeout(CLOSING, async { while connection.accept().await.is_some() {} }).await;
    });
    response
}

struct Streams {
    error: spdy::Stream,
    stdin: Option<spdy::Stream>,
    stdout: Option<spdy::Stream>,
    stderr: Option<spdy::Stream>,
    resize: Option<spdy::Stream>,
}

/// Waits for every stream that the request announced.
async fn open(connection: &mut spdy::Session, spec: &ExecSpec, protocol: Protocol) -> Option<Streams> {
    let (mut error, mut stdin, mut stdout, mut stderr, mut resize) = (None, None, None, None, None);
    // Sizes came with v3; who speaks less opens no stream for them.
    let sizes = spec.tty && protocol != Protocol::Old;
    loop {
        let complete = error.is_some()
            && stdin.is_some() >= spec.stdin
            && stdout.is_some() >= spec.stdout
            && stderr.is_some() >= spec.stderr
            && resize.is_some() >= sizes;
        if complete {
            return Some(Streams { error: error?, stdin, stdout, stderr, resize });
        }
        let stream = connection.accept().await?;
        let place = match stream.header("streamType") {
            Some("error") => &mut error,
            Some("stdin") => &mut stdin,
            Some("stdout") => &mut stdout,
            Some("stderr") => &mut stderr,
            Some("resize") => &mut resize,
            _ => return None,
        };
        *place = Some(stream);
    }
}

/// What the client says. Ends with neither of its streams: the client is there for as long as its connection is.
fn input(stdin: Option<spdy::Stream>, resize: Option<spdy::Stream>) -> BoxStream<'static, Input> {
    let bytes = stream::iter(stdin).flat_map(|stdin| {
        let pieces = stream::unfold(stdin, |mut s| async move { s.receive().await.map(|b| (Input::Stdin(b), s)) });
        pieces.chain(stream::iter([Input::StdinEnd]))
    });
    let sizes = stream::iter(resize).flat_map(|resize| {
        stream::unfold((resize, Vec::new()), |(mut stream, mut rest)| async move {
            loop {
                if let Some(found) = next_size(&mut rest) {
                    return Some((found, (stream, rest)));
                }
                rest.extend_from_slice(&stream.receive().await?);
                if rest.len() > RESIZE_LIMIT {
                    return None;
                }
            }
        })
    });
    stream::select(bytes, sizes).chain(std::future::pending::<Input>().into_stream()).boxed()
}

/// Takes JSON values off the front, up to one that is a size.
fn next_size(rest: &mut Vec<u8>) -> Option<Input> {
    while let Some(end) = rest.iter().position(|b| *b == b'}') {
        let value: Vec<u8> = rest.drain(..=end).collect();
        if let Some(size) = channel::resize(&value) {
            return Some(size);
        }
    }
    None
}

struct Writers {
    error: spdy::Writer,
    stdout: Option<spdy::Writer>,
    stderr: Option<spdy::Writer>,
    protocol: Protocol,
}

#[async_trait]
impl Client for Writers {
    async fn send(&mut self, output: Output) -> Result<(), Gone> {
        let (writer, bytes) = match output {
            Output::Stdout(bytes) => (&self.stdout, bytes),
            Output::Stderr(bytes) => (&self.stderr, bytes),
        };
        match writer {
            Some(writer) => writer.send(bytes).await.then_some(()).ok_or(Gone),
            None => Ok(()),
        }
    }

    async fn watch(&mut self) -> Gone {
        // The reading side notices: its input ends.
        std::future::pending().await
    }

    async fn finish(&mut self, end: End) {
        let text = match self.protocol {
            Protocol::Old => end.text(),
            _ => end.status().to_string(),
        };
        self.error.send(Bytes::from(text)).await;
        for writer in [Some(&self.error), self.stdout.as_ref(), self.stderr.as_ref()].into_iter().flatten() {
            writer.finish().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_come_in_pieces_and_in_a_row() {
        let mut rest = b"{\"Width\":0,\"Height\":0}\n{\"Width\":80,\"Height\":24}\n{\"Wid".to_vec();
        assert_eq!(next_size(&mut rest), Some(Input::Resize(80, 24)));
        assert_eq!(next_size(&mut rest), None);
        rest.extend_from_slice(b"th\":100,\"Height\":30}");
        assert_eq!(next_size(&mut rest), Some(Input::Resize(100, 30)));
        assert_eq!((next_size(&mut rest), rest), (None, Vec::new()));
    }
}
