//! The learner's files: which there are, which are open, what in them is not saved yet.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::net::playground::{self, Refusal};

/// An open file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path below the home.
    pub path: String,
    /// The text as it is in the editor.
    pub text: String,
    /// The text as it is on the node.
    pub saved: String,
}

impl File {
    /// Whether the editor has what the node has not.
    pub fn is_changed(&self) -> bool {
        self.text != self.saved
    }
}

/// All files of the page.
#[derive(Clone, Copy)]
pub struct Files {
    /// Names in the home, sorted.
    pub names: RwSignal<Vec<String>>,
    /// Open files.
    pub open: RwSignal<Vec<File>>,
    /// The path of the one that is shown.
    pub current: RwSignal<Option<String>>,
    /// What the server said when something could not be saved.
    pub refusal: RwSignal<Option<String>>,
}

impl Files {
    /// None yet.
    pub fn new() -> Self {
        Self {
            names: RwSignal::new(Vec::new()),
            open: RwSignal::new(Vec::new()),
            current: RwSignal::new(None),
            refusal: RwSignal::new(None),
        }
    }

    /// The open file that is shown.
    pub fn shown(&self) -> Option<File> {
        let current = self.current.get()?;
        self.open.with(|open| open.iter().find(|f| f.path == current).cloned())
    }

    /// Looks which files there are. Hidden ones belong to the shell.
    pub async fn refresh(self) {
        if let Ok(found) = playground::list("").await {
            let files = found.into_iter().filter(|(name, kind)| kind == "file" && !name.starts_with('.'));
            let names: Vec<String> = files.map(|(name, _)| name).collect();
            if self.names.with_untracked(|old| *old != names) {
                self.names.set(names);
            }
        }
    }

    /// Shows a file, reading it first where it is not open. One that is open and unchanged is read again, since a
    /// shell may have written it.
    pub fn show(self, path: &str) {
        let path = path.to_owned();
        spawn_local(async move {
            let changed = self.open.with_untracked(|open| open.iter().any(|f| f.path == path && f.is_changed()));
            if !changed && let Ok(bytes) = playground::read_file(&path).await {
                self.put(&path, String::from_utf8_lossy(&bytes).into_owned(), None);
            }
            self.current.set(None);
            self.current.set(Some(path));
        });
    }

    /// Whether a file of that name is open, or on the node.
    pub fn is_known(self, path: &str) -> bool {
        self.names.with_untracked(|names| names.iter().any(|n| n == path))
            || self.open.with_untracked(|open| open.iter().any(|f| f.path == path))
    }

    /// Whether a file has edits that are not saved, and are not this text.
    pub fn would_lose(self, path: &str, text: &str) -> bool {
        self.open.with_untracked(|open| open.iter().any(|f| f.path == path && f.is_changed() && f.text != text))
    }

    /// Opens a new text under a name; it is written when it is saved.
    pub fn propose(self, path: &str, text: &str) {
        let saved = self.open.with_untracked(|o| o.iter().find(|f| f.path == path).map(|f| f.saved.clone()));
        self.put(path, text.to_owned(), Some(saved.unwrap_or_default()));
        self.current.set(None);
        self.current.set(Some(path.to_owned()));
    }

    fn put(self, path: &str, text: String, saved: Option<String>) {
        let file = File { path: path.to_owned(), saved: saved.unwrap_or_else(|| text.clone()), text };
        self.open.update(|open| match open.iter_mut().find(|f| f.path == path) {
            Some(found) => *found = file,
            None => open.push(file),
        });
    }

    /// The editor's text of the shown file.
    pub fn edit(self, text: String) {
        let Some(current) = self.current.get_untracked() else { return };
        self.open.update(|open| {
            if let Some(file) = open.iter_mut().find(|f| f.path == current) {
                file.text = text;
            }
        });
    }

    /// Writes the shown file to the node.
    pub async fn save(self) -> Result<String, Refusal> {
        let current = self.current.get_untracked().unwrap_or_default();
        let file = self.open.with_untracked(|open| open.iter().find(|f| f.path == current).cloned());
        let Some(file) = file else { return Err(Refusal { status: 0, message: String::new() }) };
        if let Err(refusal) = playground::write_file(&file.path, file.text.as_bytes()).await {
            self.refusal.set(Some(refusal.message.clone()));
            return Err(refusal);
        }
        self.refusal.set(None);
        self.open.update(|open| {
            if let Some(found) = open.iter_mut().find(|f| f.path == file.path) {
                found.saved.clone_from(&file.text);
            }
        });
        self.refresh().await;
        Ok(file.path)
    }

    /// Closes a file.
    pub fn close(self, path: &str) {
        self.open.update(|open| open.retain(|f| f.path != path));
        if self.current.get_untracked().as_deref() == Some(path) {
            self.current.set(self.open.with_untracked(|open| open.last().map(|f| f.path.clone())));
        }
    }

    /// Removes a file from the node, and closes it.
    pub fn remove(self, path: &str) {
        let path = path.to_owned();
        spawn_local(async move {
            // One that was never saved is not there, which is as good.
            let _ = playground::remove_file(&path).await;
            self.close(&path);
            self.refresh().await;
        });
    }
}
