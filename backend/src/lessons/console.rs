//! The console of a lesson that is played: kubectl in this process, everything else in the shell on `master`, as in the
//! page's console.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Context;
use shared::api::Timestamp;
use shared::console::{HOME, below_home, plain_kubectl};
use shared::kubectl::{self, FileError, Input, Size};

use super::shell::Shell;
use super::stage::Stage;

/// How long a command may take that nobody ends.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a command runs that the next one ends, as by Ctrl-C.
const GLANCE: Duration = Duration::from_secs(3);

/// How a command ended.
#[derive(Debug, Default)]
pub struct Ended {
    /// Its exit code; 130 when it was ended.
    pub code: i32,
    /// What it printed, both streams as they came.
    pub out: Vec<u8>,
}

/// The consoles of one sandbox.
pub struct Consoles<'a> {
    stage: &'a Stage,
    shells: HashMap<String, Shell>,
}

impl<'a> Consoles<'a> {
    /// None is open yet.
    pub fn new(stage: &'a Stage) -> Self {
        Self { stage, shells: HashMap::new() }
    }

    /// Runs a command where it belongs: on a node where one is named, else as the console does. `glance` is for one
    /// that the next command ends.
    ///
    /// # Errors
    /// When a terminal does not open, or its shell is gone.
    pub async fn run(&mut self, command: &str, node: &str, glance: bool) -> anyhow::Result<Ended> {
        let patience = if glance { GLANCE } else { PATIENCE };
        match plain_kubectl(command).filter(|_| node.is_empty()) {
            Some(arguments) => Ok(self.kubectl(&arguments, patience).await),
            None => self.in_shell(command, if node.is_empty() { "master" } else { node }, patience).await,
        }
    }

    async fn kubectl(&mut self, arguments: &[String], patience: Duration) -> Ended {
        let shell = self.shells.get("master");
        let directory = shell.map_or(HOME, |shell| &shell.directory).to_owned();
        let namespace = shell.map(|shell| shell.namespace.clone()).filter(|namespace| !namespace.is_empty());
        let namespace = namespace.unwrap_or_else(|| "default".to_owned());
        let mut host = Host { stage: self.stage, directory, namespace, out: Vec::new(), asked: false };
        let running = kubectl::run(arguments, &mut host, &self.stage.transport);
        let code = tokio::time::timeout(patience, running).await.unwrap_or(130);
        Ended { code, out: host.out }
    }

    async fn in_shell(&mut self, command: &str, node: &str, patience: Duration) -> anyhow::Result<Ended> {
        if !self.shells.contains_key(node) {
            let shell = tokio::time::timeout(PATIENCE, Shell::open(self.stage, node)).await;
            self.shells.insert(node.to_owned(), shell.context("the terminal does not answer")??);
        }
        let shell = self.shells.get_mut(node).context("the shell is gone")?;
        shell.start(command).await?;
        let mut out = Vec::new();
        if let Ok(code) = tokio::time::timeout(patience, shell.until_end(&mut out)).await {
            return Ok(Ended { code: code?, out });
        }
        shell.type_keys("\x03").await?;
        let ended = tokio::time::timeout(GLANCE, shell.until_end(&mut out)).await;
        ended.context("the command does not end, not even on Ctrl-C")??;
        Ok(Ended { code: 130, out })
    }
}

/// What one kubectl command sees.
struct Host<'a> {
    stage: &'a Stage,
    directory: String,
    namespace: String,
    out: Vec<u8>,
    asked: bool,
}

impl Host<'_> {
    fn below_home(&self, path: &str) -> Result<String, FileError> {
        below_home(&self.directory, path).ok_or_else(|| FileError::Other("only files below /root can be read".into()))
    }
}

fn failed(error: anyhow::Error) -> FileError {
    FileError::Other(format!("{error:#}"))
}

impl kubectl::Console for Host<'_> {
    fn out(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    fn err(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    async fn read_file(&mut self, path: &str) -> Result<Vec<u8>, FileError> {
        let path = self.below_home(path)?;
        // The files API answers a directory with its listing: look before.
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let found = self.stage.list(folder).await.map_err(failed)?;
        match found.iter().find(|(n, _)| n == name).map(|(_, kind)| kind.as_str()) {
            Some("directory") => Err(FileError::IsDirectory),
            _ if path.is_empty() => Err(FileError::IsDirectory),
            None => Err(FileError::NotFound),
            Some(_) => self.stage.read(&path).await.map_err(failed)?.ok_or(FileError::NotFound),
        }
    }

    async fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.stage.write(&self.below_home(path)?, bytes).await.map_err(failed)
    }

    async fn list_dir(&mut self, path: &str) -> Result<Vec<String>, FileError> {
        let found = self.stage.list(&self.below_home(path)?).await.map_err(failed)?;
        let slash = |kind: &str| if kind == "directory" { "/" } else { "" };
        let mut names: Vec<String> = found.iter().map(|(name, kind)| format!("{name}{}", slash(kind))).collect();
        names.sort();
        Ok(names)
    }

    async fn input(&mut self) -> Input {
        match std::mem::replace(&mut self.asked, true) {
            false => Input::End,
            true => std::future::pending().await,
        }
    }

    async fn interrupted(&self) {
        std::future::pending().await
    }

    fn terminal(&self) -> Option<Size> {
        None
    }

    fn now(&self) -> Timestamp {
        crate::clock::now()
    }

    async fn sleep(&self, milliseconds: u64) {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }

    fn namespace(&self) -> String {
        self.namespace.clone()
    }

    fn server(&self) -> String {
        format!("{}/sandboxes/{}", self.stage.server, self.stage.sandbox)
    }
}
