//! Shells on nodes, over WebSockets. A shell outlives its connection: who comes back with its session's name finds it
//! as it was, with what it has printed in between.
//!
//! Binary messages are bytes of the terminal, both ways. Text messages are JSON. From the client: `{"resize":[80,24]}`;
//! `{"close":true}`, which ends the shell, as a WebSocket closed with code 1000 does. To the client: `{"session":"…",
//! "new":true}` first; `{"exit":0}` when the shell has ended; `{"error":"…"}` when there is none.

mod scrollback;
mod shell;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::ws::WebSocketUpgrade;
use axum::response::Response;
use serde::Deserialize;
use tokio::sync::mpsc;

use crate::runtime::{ExecSpec, Runtime};
use shell::{Shell, Visitor};

/// The largest message: what a person pastes.
const MESSAGE_LIMIT: usize = 1 << 20;
/// Shells a node may have at a time.
const SHELLS: usize = 32;
/// Clients that may wait to join one shell.
const VISITORS: usize = 4;
/// What the page's terminal is.
const ENVIRONMENT: [&str; 2] = ["TERM=xterm-256color", "COLORTERM=truecolor"];
/// Columns and rows where the client says nothing.
const SIZE: (u16, u16) = (80, 24);

/// How a terminal is asked for: the URL's query, `?cols=80&rows=24&session=name`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Opening {
    /// Columns.
    pub cols: Option<u16>,
    /// Rows.
    pub rows: Option<u16>,
    /// Which of the node's shells; a new one where it is not given or not there.
    pub session: Option<String>,
}

/// The shells of all nodes. Clones share them.
#[derive(Clone, Default)]
pub struct Terminals {
    // A std Mutex and not tokio's: it is never held over an await.
    shells: Arc<Mutex<HashMap<Key, mpsc::Sender<Visitor>>>>,
}

/// A node's container, and a session's name.
type Key = (String, String);

impl Terminals {
    /// Answers the request, and joins the client to a shell in `container`. `command` is what a new shell runs,
    /// `bash -l` say.
    pub fn serve(
        &self,
        socket: WebSocketUpgrade,
        runtime: Arc<dyn Runtime>,
        container: String,
        command: Vec<String>,
        opening: Opening,
    ) -> Response {
        let terminals = self.clone();
        let size = (opening.cols.unwrap_or(SIZE.0).max(1), opening.rows.unwrap_or(SIZE.1).max(1));
        let name = opening.session.filter(|s| !s.is_empty() && s.len() <= 64);
        let name = name.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        socket.max_message_size(MESSAGE_LIMIT).max_frame_size(MESSAGE_LIMIT).on_upgrade(move |socket| async move {
            terminals.join(runtime.as_ref(), (container, name), command, Visitor { socket, size }).await;
        })
    }

    async fn join(&self, runtime: &dyn Runtime, key: Key, command: Vec<String>, mut visitor: Visitor) {
        loop {
            let (door, visitors) = match self.door(&key) {
                Ok(door) => door,
                Err(why) => return shell::refuse(visitor.socket, &why).await,
            };
            if let Err(mpsc::error::SendError(back)) = door.send(visitor).await {
                // The shell ended just now.
                visitor = back;
                continue;
            }
            let Some(visitors) = visitors else { return };
            let spec = ExecSpec {
                env: ENVIRONMENT.map(str::to_owned).to_vec(),
                tty: true,
                stdin: true,
                ..ExecSpec::new(&command)
            };
            return match runtime.exec(&key.0, &spec).await {
                Ok(session) => Shell::new(key.1, session, visitors).run().await,
                Err(error) => shell::refuse_all(visitors, &error.to_string()).await,
            };
        }
    }

    /// Where to knock, and the other end of it if there is no such shell yet: then the caller starts it. The entry is
    /// made before the shell, so that two clients with one name cannot start two.
    fn door(&self, key: &Key) -> Result<(mpsc::Sender<Visitor>, Option<mpsc::Receiver<Visitor>>), String> {
        let mut shells = self.shells.lock().unwrap_or_else(PoisonError::into_inner);
        shells.retain(|_, door| !door.is_closed());
        if let Some(door) = shells.get(key) {
            return Ok((door.clone(), None));
        }
        if shells.keys().filter(|(container, _)| *container == key.0).count() >= SHELLS {
            return Err(format!("this node has {SHELLS} terminals already"));
        }
        let (door, visitors) = mpsc::channel(VISITORS);
        shells.insert(key.clone(), door.clone());
        Ok((door, Some(visitors)))
    }
}
