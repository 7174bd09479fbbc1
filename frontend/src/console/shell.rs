//! The console's own shell on `master`: one that lasts, so that `cd` and variables do.

use serde_json::Value;
use shared::api::paths::encode;
use shared::console::{Marks, Piece, SETUP, packed};

use crate::net::socket::{Message, Socket};
use crate::net::{sandbox, socket_address};
use shared::api::json;

/// An open shell.
pub struct Shell {
    /// The namespace of its kubeconfig, as it was when a command ended last.
    pub namespace: String,
    socket: Socket,
    marks: Marks,
    pieces: std::collections::VecDeque<Piece>,
}

impl Shell {
    /// Starts one of this size; `None` when the server does not answer.
    pub async fn open(columns: u16, rows: u16) -> Option<Self> {
        let path =
            format!("/playground/v1/sandboxes/{}/nodes/master/terminal?cols={columns}&rows={rows}", encode(&sandbox()));
        let socket = Socket::open(&socket_address(&path), &[]).await?;
        let (namespace, marks) = (String::new(), Marks::default());
        let mut shell = Self { namespace, socket, marks, pieces: Default::default() };
        // Whatever it prints before it is told to mark is its own greeting.
        shell.socket.send(SETUP.as_bytes());
        shell.until_end().await.then_some(shell)
    }

    /// Finds out what the namespace is by now; `false` when the shell is gone. Keys wait meanwhile.
    pub async fn look(&mut self) -> bool {
        self.run(":");
        self.until_end().await
    }

    async fn until_end(&mut self) -> bool {
        loop {
            match self.next().await {
                Some(Piece::End(_)) => return true,
                Some(_) => {}
                None => return false,
            }
        }
    }

    /// Hands a command over, of one line or of many.
    pub fn run(&self, command: &str) -> bool {
        self.socket.send(packed(command).as_bytes())
    }

    /// Keys for whatever runs.
    pub fn type_keys(&self, keys: &str) -> bool {
        self.socket.send(keys.as_bytes())
    }

    /// The terminal has a new size.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.socket.send_text(&format!("{{\"resize\":[{columns},{rows}]}}"));
    }

    /// What comes next; `None` when the shell is gone.
    pub async fn next(&mut self) -> Option<Piece> {
        loop {
            if let Some(piece) = self.pieces.pop_front() {
                if let Piece::End(end) = &piece {
                    end.namespace.clone_into(&mut self.namespace);
                }
                return Some(piece);
            }
            match self.socket.next().await? {
                Message::Binary(bytes) => self.pieces.extend(self.marks.feed(&bytes)),
                Message::Text(text) => {
                    let said: Value = json::read(text.as_bytes()).unwrap_or_default();
                    if said.get("exit").is_some() || said.get("error").is_some() {
                        return None;
                    }
                }
            }
        }
    }
}
