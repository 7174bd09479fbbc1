//! exec and attach over a WebSocket's channels.

use std::time::Duration;

use async_trait::async_trait;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use bytes::Bytes;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, Stream, StreamExt};
use tokio::time::{Interval, MissedTickBehavior};

use super::Command;
use super::channel::{self, Input};
use super::negotiate::Protocol;
use super::process::{self, Client, End, Gone};
use crate::runtime::{Output, Session};

/// Finds out that a client is gone that has not said so, and keeps proxies from cutting a silent connection.
const PING: Duration = Duration::from_secs(10);
/// How long a client may take to answer the closing.
pub(super) const CLOSING: Duration = Duration::from_secs(2);

/// Answers the request, and serves `session` once the connection is switched.
pub fn serve(socket: WebSocketUpgrade, protocol: Protocol, session: Session, command: Command) -> Response {
    let control = session.control.clone();
    let lost = move |_| {
        tokio::spawn(async move { control.hangup().await });
    };
    socket.on_failed_upgrade(lost).on_upgrade(move |socket| talk(socket, protocol, session, command))
}

async fn talk(socket: WebSocket, protocol: Protocol, session: Session, command: Command) {
    let (sink, messages) = socket.split();
    let mut beat = tokio::time::interval_at(tokio::time::Instant::now() + PING, PING);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut client = Channels { sink, beat, protocol };
    let mut input = Box::pin(input(messages, protocol == Protocol::V5));
    // An empty message tells the client that the connection is there (`remotecommand.createWebSocketStreams`).
    if client.write(channel::STDOUT, &[]).await.is_err() {
        return session.control.hangup().await;
    }
    process::run(session, &mut input, &mut client, command).await;
    client.close(close_code::NORMAL).await;
    // What the client has sent and nobody has read would turn the closing into a reset that overtakes the last words.
    let _ = tokio::time::timeout(CLOSING, async { while input.next().await.is_some() {} }).await;
}

/// The client's messages. Ends when the client closes, is gone, or breaks the protocol.
fn input(messages: SplitStream<WebSocket>, closes: bool) -> impl Stream<Item = Input> + Send {
    let data = messages.map(|message| match message {
        Ok(Message::Binary(bytes)) => Some(bytes),
        // Answered already; an empty message says as little.
        Ok(Message::Ping(_) | Message::Pong(_)) => Some(Bytes::new()),
        // The Python client sends a string's bytes so; an API server makes no difference between the two.
        Ok(Message::Text(text)) => Some(text.into()),
        Ok(Message::Close(_)) | Err(_) => None,
    });
    let data = data.take_while(|bytes| std::future::ready(bytes.is_some()));
    data.filter_map(move |bytes| std::future::ready(bytes.and_then(|b| channel::read(b, closes))))
}

struct Channels {
    sink: SplitSink<WebSocket, Message>,
    beat: Interval,
    protocol: Protocol,
}

impl Channels {
    async fn write(&mut self, channel: u8, data: &[u8]) -> Result<(), Gone> {
        self.sink.send(Message::Binary(channel::write(channel, data))).await.map_err(|_| Gone)
    }

    async fn close(&mut self, code: u16) {
        let _ = self.sink.send(Message::Close(Some(CloseFrame { code, reason: "".into() }))).await;
    }
}

#[async_trait]
impl Client for Channels {
    async fn send(&mut self, output: Output) -> Result<(), Gone> {
        match output {
            Output::Stdout(bytes) => self.write(channel::STDOUT, &bytes).await,
            Output::Stderr(bytes) => self.write(channel::STDERR, &bytes).await,
        }
    }

    async fn watch(&mut self) -> Gone {
        loop {
            self.beat.tick().await;
            if self.sink.send(Message::Ping(Bytes::new())).await.is_err() {
                return Gone;
            }
        }
    }

    async fn finish(&mut self, end: End) {
        let text = match self.protocol {
            Protocol::Old => end.text(),
            _ => end.status().to_string(),
        };
        if !text.is_empty() {
            let _ = self.write(channel::ERROR, text.as_bytes()).await;
        }
    }
}
