//! A shell in a node's terminal, as the console keeps one: told to mark where commands begin and end.

use std::collections::VecDeque;

use anyhow::{Context, bail};
use futures::{SinkExt, StreamExt};
use shared::api::paths::encode;
use shared::console::{Marks, Piece, SETUP, packed};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::stage::Stage;

/// An open shell.
pub struct Shell {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    marks: Marks,
    pieces: VecDeque<Piece>,
    /// Where it is.
    pub directory: String,
    /// The namespace of its kubeconfig.
    pub namespace: String,
}

impl Shell {
    /// Starts one on a node.
    ///
    /// # Errors
    /// When there is no such node, or its terminal does not open.
    pub async fn open(stage: &Stage, node: &str) -> anyhow::Result<Self> {
        let server = stage.server.strip_prefix("http").unwrap_or(&stage.server);
        let path = stage.path(&format!("/nodes/{}/terminal?cols=200&rows=50", encode(node)));
        let (socket, _) = tokio_tungstenite::connect_async(format!("ws{server}{path}"))
            .await
            .with_context(|| format!("opening a terminal on {node:?}"))?;
        let (directory, namespace) = (String::new(), String::new());
        let mut shell = Self { socket, marks: Marks::default(), pieces: VecDeque::new(), directory, namespace };
        shell.type_keys(SETUP).await?;
        // Whatever it prints before it is told to mark is its own greeting.
        shell.until_end(&mut Vec::new()).await?;
        Ok(shell)
    }

    /// Types keys.
    ///
    /// # Errors
    /// When the shell is gone.
    pub async fn type_keys(&mut self, keys: &str) -> anyhow::Result<()> {
        self.socket.send(Message::binary(keys.as_bytes().to_vec())).await.context("the shell is gone")
    }

    /// Begins a command; [`Shell::until_end`] reads what it prints.
    ///
    /// # Errors
    /// When the shell is gone.
    pub async fn start(&mut self, command: &str) -> anyhow::Result<()> {
        self.type_keys(&packed(command)).await
    }

    /// Gathers what the command prints until it has ended; gives its exit code. May be called again where it was
    /// dropped.
    ///
    /// # Errors
    /// When the shell is gone.
    pub async fn until_end(&mut self, out: &mut Vec<u8>) -> anyhow::Result<i32> {
        loop {
            match self.next().await? {
                // What the shell echoes of the line it was given.
                Piece::Begin => out.clear(),
                Piece::Output(bytes) => out.extend(bytes),
                Piece::End(end) => {
                    (self.directory, self.namespace) = (end.directory, end.namespace);
                    return Ok(end.code);
                }
            }
        }
    }

    async fn next(&mut self) -> anyhow::Result<Piece> {
        loop {
            if let Some(piece) = self.pieces.pop_front() {
                return Ok(piece);
            }
            match self.socket.next().await {
                Some(Ok(Message::Binary(bytes))) => self.pieces.extend(self.marks.feed(&bytes)),
                Some(Ok(Message::Text(text))) if text.contains("\"exit\"") || text.contains("\"error\"") => {
                    bail!("the shell has ended: {text}")
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => bail!("the shell is gone: {error}"),
                None => bail!("the shell is gone"),
            }
        }
    }
}
