//! The terminal that the command was typed in.

use std::io::{IsTerminal, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use shared::api::Timestamp;
use shared::kubectl::{Console, FileError, Input, Size};
use tokio::io::AsyncReadExt;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::config::Target;

/// Standard input and output of this process.
pub struct Terminal {
    stdin: tokio::io::Stdin,
    ended: bool,
    resized: Option<Signal>,
    saved: Option<Termios>,
    namespace: String,
    server: String,
}

impl Terminal {
    /// Nothing is read or changed yet.
    pub fn new(target: &Target) -> Self {
        Self {
            stdin: tokio::io::stdin(),
            ended: false,
            resized: signal(SignalKind::window_change()).ok(),
            saved: None,
            namespace: target.namespace.clone().unwrap_or_else(|| "default".to_owned()),
            server: target.server.clone(),
        }
    }

    /// Gives the terminal back as it was.
    pub fn leave(&mut self) {
        if let Some(saved) = self.saved.take() {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &saved);
        }
        let _ = std::io::stdout().flush();
    }
}

async fn resize(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

fn file_error(error: &std::io::Error) -> FileError {
    match error.kind() {
        std::io::ErrorKind::NotFound => FileError::NotFound,
        std::io::ErrorKind::IsADirectory => FileError::IsDirectory,
        std::io::ErrorKind::NotADirectory => FileError::NotDirectory,
        _ => FileError::Other(error.to_string()),
    }
}

impl Console for Terminal {
    fn out(&mut self, bytes: &[u8]) {
        let mut out = std::io::stdout().lock();
        // Whoever read the output went away: there is nobody to tell.
        if out.write_all(bytes).and_then(|()| out.flush()).is_err() {
            std::process::exit(1);
        }
    }

    fn err(&mut self, bytes: &[u8]) {
        let _ = std::io::stderr().write_all(bytes);
    }

    async fn read_file(&mut self, path: &str) -> Result<Vec<u8>, FileError> {
        tokio::fs::read(path).await.map_err(|e| file_error(&e))
    }

    async fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        // `cp` of a directory brings folders along.
        if let Some(folder) = std::path::Path::new(path).parent() {
            tokio::fs::create_dir_all(folder).await.map_err(|e| file_error(&e))?;
        }
        tokio::fs::write(path, bytes).await.map_err(|e| file_error(&e))
    }

    async fn list_dir(&mut self, path: &str) -> Result<Vec<String>, FileError> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(path).map_err(|e| file_error(&e))? {
            let entry = entry.map_err(|e| file_error(&e))?;
            let slash = if entry.path().is_dir() { "/" } else { "" };
            names.push(format!("{}{slash}", entry.file_name().to_string_lossy()));
        }
        names.sort();
        Ok(names)
    }

    async fn input(&mut self) -> Input {
        let mut buffer = vec![0; 32 * 1024];
        let read = async {
            match self.ended {
                true => std::future::pending().await,
                // Cancel-safe: tokio's Stdin keeps what a dropped read has read.
                false => self.stdin.read(&mut buffer).await.unwrap_or(0),
            }
        };
        tokio::select! {
            count = read => match count {
                0 => { self.ended = true; Input::End }
                count => { buffer.truncate(count); Input::Data(buffer) }
            },
            () = resize(&mut self.resized) => Input::Resize(self.terminal().unwrap_or(Size { width: 80, height: 24 })),
            _ = tokio::signal::ctrl_c() => Input::Interrupt,
        }
    }

    async fn interrupted(&self) {
        let _ = tokio::signal::ctrl_c().await;
    }

    fn terminal(&self) -> Option<Size> {
        if !std::io::stdin().is_terminal() {
            return None;
        }
        let size = tcgetwinsize(std::io::stdin()).ok()?;
        Some(Size { width: size.ws_col, height: size.ws_row })
    }

    fn raw(&mut self, on: bool) {
        if !on {
            return self.leave();
        }
        let Ok(current) = tcgetattr(std::io::stdin()) else { return };
        let mut raw = current.clone();
        raw.make_raw();
        if tcsetattr(std::io::stdin(), OptionalActions::Now, &raw).is_ok() {
            self.saved = Some(current);
        }
    }

    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    async fn sleep(&self, milliseconds: u64) {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }

    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn namespace(&self) -> String {
        self.namespace.clone()
    }

    fn server(&self) -> String {
        self.server.clone()
    }

    async fn edit(&mut self, name: &str, text: &str) -> Result<String, String> {
        let path = std::env::temp_dir().join(format!("kubectl-edit-{}-{name}.yaml", std::process::id()));
        let editor = ["KUBE_EDITOR", "EDITOR"].iter().find_map(|n| std::env::var(n).ok()).unwrap_or("vi".to_owned());
        tokio::fs::write(&path, text).await.map_err(|e| e.to_string())?;
        let command = format!("{editor} {}", path.display());
        let status = tokio::process::Command::new("sh").args(["-c", &command]).status().await;
        let edited = tokio::fs::read_to_string(&path).await.map_err(|e| e.to_string());
        let _ = tokio::fs::remove_file(&path).await;
        match status {
            Ok(status) if status.success() => edited,
            Ok(status) => Err(format!("there was a problem with the editor {editor:?}: {status}")),
            Err(error) => Err(format!("unable to launch the editor {editor:?}: {error}")),
        }
    }
}
