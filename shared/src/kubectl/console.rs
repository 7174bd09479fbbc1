//! What a command sees of the place it runs in: a terminal, files, a clock.
//!
//! Two hosts implement it: the web app and the native command. Nothing here knows which.

use crate::api::Timestamp;

/// The host of a command. Futures are never required to be `Send`: in the browser they cannot be.
#[allow(async_fn_in_trait)]
pub trait Console {
    /// Writes to standard output.
    fn out(&mut self, bytes: &[u8]);

    /// Writes to standard error.
    fn err(&mut self, bytes: &[u8]);

    /// The bytes of a file.
    async fn read_file(&mut self, path: &str) -> Result<Vec<u8>, FileError>;

    /// Replaces or creates a file, and the directories it is in.
    async fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), FileError>;

    /// The names in a directory, sorted; directories end with `/`.
    async fn list_dir(&mut self, path: &str) -> Result<Vec<String>, FileError>;

    /// The next thing the user does. Must be cancel-safe: a dropped call loses nothing. After [`Input::End`] it waits
    /// for a resize or an interrupt.
    async fn input(&mut self) -> Input;

    /// Resolves when the user interrupts the command (Ctrl-C) while it is not reading input.
    async fn interrupted(&self);

    /// The terminal's size; `None` when standard input is no terminal.
    fn terminal(&self) -> Option<Size>;

    /// Passes keys on as they are typed, control characters too; or not any more.
    fn raw(&mut self, on: bool) {
        let _ = on;
    }

    /// The time.
    fn now(&self) -> Timestamp;

    /// Waits.
    async fn sleep(&self, milliseconds: u64);

    /// An environment variable.
    fn env(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }

    /// The namespace of commands that name none.
    fn namespace(&self) -> String {
        "default".to_owned()
    }

    /// The server's address, as messages and `cluster-info` name it.
    fn server(&self) -> String {
        String::new()
    }

    /// Shows what answers on ports of a Pod, pairs of a local and a remote one, instead of what was shown before; none ends
    /// it. Whether there is a way to.
    fn forward(&mut self, namespace: &str, pod: &str, ports: &[(u16, u16)]) -> bool {
        let _ = (namespace, pod, ports);
        false
    }

    /// The next connection to a forwarded port: its local port. Must be cancel-safe.
    async fn connected(&self) -> u16 {
        std::future::pending().await
    }

    /// Lets the user edit a text (`kubectl edit`): the new text, or why there is no editor.
    async fn edit(&mut self, name: &str, text: &str) -> Result<String, String> {
        let _ = (name, text);
        Err("no editor here".to_owned())
    }
}

/// A terminal's size in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// What the user does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Bytes on standard input.
    Data(Vec<u8>),
    /// Standard input ends.
    End,
    /// The terminal has a new size.
    Resize(Size),
    /// Ctrl-C outside of raw mode.
    Interrupt,
}

/// Why a file cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Nothing is there.
    #[error("no such file or directory")]
    NotFound,
    /// A directory is there: [`Console::list_dir`] reads it.
    #[error("is a directory")]
    IsDirectory,
    /// A file is there where a directory was expected.
    #[error("not a directory")]
    NotDirectory,
    /// The host's own words.
    #[error("{0}")]
    Other(String),
}
