//! The console's own shell on `master`: one that lasts, so that `cd` and variables do.

use serde_json::Value;
use shared::api::paths::encode;
use shared::console::{Marks, Piece, SETUP, packed};

use crate::net::socket::{Message, Socket};
use crate::net::{sandbox, socket_address};
use shared::api::json;

/// An open shell.
pub struct Shell {
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
        let mut shell = Self { socket, marks: Marks::default(), pieces: Default::default() };
        // Whatever it prints before it is told to mark is its own greeting.
        shell.socket.send(SETUP.as_bytes());
        loop {
            if let Piece::End(_) = shell.next().await? {
                return Some(shell);
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
