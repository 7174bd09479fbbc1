//! One shell, and whoever looks at it: nobody, or one client at a time. A newcomer takes over.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use bytes::Bytes;
use futures::StreamExt;
use serde::Deserialize;
use serde_json::json;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::scrollback::Scrollback;
use crate::runtime::{Output, RuntimeError, Session};

/// How long a shell waits for its client to come back.
const ALONE: Duration = Duration::from_secs(600);
/// Finds out that a client is gone that has not said so.
const PING: Duration = Duration::from_secs(10);
/// Messages that may wait for the shell to read them.
const INPUT: usize = 16;
/// The private code that tells a client that another has taken over: it must not come back by itself.
const TAKEN_OVER: u16 = 4000;

/// A client that has come, and its terminal's columns and rows.
pub struct Visitor {
    pub socket: WebSocket,
    pub size: (u16, u16),
}

/// Tells a client that there is no shell for it.
pub async fn refuse(mut socket: WebSocket, why: &str) {
    let _ = socket.send(Message::Text(json!({"error": why}).to_string().into())).await;
    close(&mut socket, close_code::ERROR).await;
}

/// Tells everybody who is waiting.
pub async fn refuse_all(mut visitors: mpsc::Receiver<Visitor>, why: &str) {
    visitors.close();
    while let Some(visitor) = visitors.recv().await {
        refuse(visitor.socket, why).await;
    }
}

/// A running shell.
pub struct Shell {
    name: String,
    session: Session,
    visitors: mpsc::Receiver<Visitor>,
    scrollback: Scrollback,
    client: Option<WebSocket>,
    /// Until when the shell lives with no client.
    deadline: Instant,
    joined: bool,
}

/// What happened.
enum Event {
    Printed(Option<Result<Output, RuntimeError>>),
    Joined(Box<Visitor>),
    Said(Option<Message>),
    Room,
    Beat,
    Forgotten,
}

/// What a client says in text.
#[derive(Deserialize)]
struct Said {
    resize: Option<(u16, u16)>,
    #[serde(default)]
    close: bool,
}

impl Shell {
    pub fn new(name: String, session: Session, visitors: mpsc::Receiver<Visitor>) -> Self {
        let (scrollback, deadline) = (Scrollback::default(), Instant::now() + ALONE);
        Self { name, session, visitors, scrollback, client: None, deadline, joined: false }
    }

    /// Serves the shell until it ends or is ended.
    pub async fn run(mut self) {
        // Beside the loop: a shell that prints before it reads on would stop both.
        let (input, typed) = mpsc::channel(INPUT);
        if let Some(stdin) = self.session.stdin.take() {
            tokio::spawn(write(stdin, typed));
        }
        let mut waiting: Option<Bytes> = None;
        let mut beat = tokio::time::interval(PING);
        loop {
            let event = tokio::select! {
                piece = self.session.output.next() => Event::Printed(piece),
                Some(visitor) = self.visitors.recv() => Event::Joined(Box::new(visitor)),
                said = listen(&mut self.client), if waiting.is_none() => Event::Said(said),
                _ = input.reserve(), if waiting.is_some() => Event::Room,
                _ = beat.tick() => Event::Beat,
                () = sleep_until(self.deadline), if self.client.is_none() => Event::Forgotten,
            };
            match event {
                Event::Printed(Some(Ok(Output::Stdout(bytes) | Output::Stderr(bytes)))) => {
                    self.scrollback.push(&bytes);
                    self.tell(Message::Binary(bytes)).await;
                }
                Event::Printed(Some(Err(_)) | None) => return self.ended().await,
                Event::Joined(visitor) => self.welcome(*visitor).await,
                Event::Said(Some(Message::Binary(bytes))) => waiting = Some(bytes),
                Event::Said(Some(Message::Text(text))) => match serde_json::from_str::<Said>(&text) {
                    Ok(Said { close: true, .. }) => return self.end().await,
                    Ok(Said { resize: Some((columns, rows)), .. }) => self.resize(columns, rows).await,
                    // Not ours to guess; the shell goes on.
                    Ok(_) | Err(_) => {}
                },
                Event::Said(Some(Message::Close(Some(CloseFrame { code: close_code::NORMAL, .. })))) => {
                    return self.end().await;
                }
                Event::Said(Some(Message::Close(_)) | None) => self.leave(),
                Event::Said(Some(Message::Ping(_) | Message::Pong(_))) => {}
                Event::Room => {
                    // Only this loop sends, so there is still room.
                    if let Some(bytes) = waiting.take() {
                        let _ = input.try_send(bytes);
                    }
                }
                Event::Beat => self.tell(Message::Ping(Bytes::new())).await,
                Event::Forgotten => return self.end().await,
            }
        }
    }

    async fn welcome(&mut self, visitor: Visitor) {
        if let Some(mut former) = self.client.replace(visitor.socket) {
            close(&mut former, TAKEN_OVER).await;
        }
        let greeting = json!({"session": self.name, "new": !self.joined});
        self.joined = true;
        self.tell(Message::Text(greeting.to_string().into())).await;
        let printed = self.scrollback.bytes();
        if !printed.is_empty() {
            self.tell(Message::Binary(printed.into())).await;
        }
        let (columns, rows) = visitor.size;
        self.resize(columns, rows).await;
    }

    /// Tells the client, if there is one. One that does not listen is let go when another comes.
    async fn tell(&mut self, message: Message) {
        let Some(client) = &mut self.client else { return };
        let next = tokio::select! {
            sent = client.send(message) => match sent {
                Ok(()) => return,
                Err(_) => None,
            },
            Some(visitor) = self.visitors.recv() => Some(visitor),
        };
        self.leave();
        if let Some(visitor) = next {
            Box::pin(self.welcome(visitor)).await;
        }
    }

    async fn resize(&mut self, columns: u16, rows: u16) {
        if columns > 0 && rows > 0 {
            let _ = self.session.control.resize(columns, rows).await;
        }
    }

    fn leave(&mut self) {
        self.client = None;
        self.deadline = Instant::now() + ALONE;
    }

    /// Ends the shell.
    async fn end(mut self) {
        self.visitors.close();
        self.session.control.hangup().await;
        if let Some(client) = &mut self.client {
            close(client, close_code::NORMAL).await;
        }
    }

    /// The shell has ended.
    async fn ended(mut self) {
        self.visitors.close();
        let exit = match self.session.control.wait().await {
            Ok(status) => json!({"exit": status.code}),
            Err(error) => json!({"error": error.to_string()}),
        };
        if let Some(mut client) = self.client.take() {
            let _ = client.send(Message::Text(exit.to_string().into())).await;
            close(&mut client, close_code::NORMAL).await;
        }
        refuse_all(self.visitors, "the shell has ended").await;
    }
}

async fn listen(client: &mut Option<WebSocket>) -> Option<Message> {
    match client {
        Some(client) => client.recv().await.and_then(Result::ok),
        None => std::future::pending().await,
    }
}

async fn write(mut stdin: Box<dyn AsyncWrite + Send + Unpin>, mut typed: mpsc::Receiver<Bytes>) {
    while let Some(bytes) = typed.recv().await {
        if stdin.write_all(&bytes).await.is_err() || stdin.flush().await.is_err() {
            return;
        }
    }
}

async fn close(socket: &mut WebSocket, code: u16) {
    let _ = socket.send(Message::Close(Some(CloseFrame { code, reason: "".into() }))).await;
}
