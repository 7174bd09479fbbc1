//! The learner's files: which there are, which are open, what in them is not saved yet.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::net::playground::{self, Refusal};
use crate::signal::RwSignal;

/// How many files are listed: a home is for manifests, not for a source tree.
const LISTED: usize = 300;
/// How deep folders are looked into.
const DEPTH: usize = 4;

/// An open file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path below the home.
    pub path: String,
    /// The text as it is in the editor.
    pub text: String,
    /// The text as it is on the node; `None` where there is no such file yet.
    pub saved: Option<String>,
}

impl File {
    /// Whether the editor has what the node has not.
    pub fn is_changed(&self) -> bool {
        self.saved.as_ref() != Some(&self.text) && !(self.saved.is_none() && self.text.is_empty())
    }
}

/// What could not be done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// Reading it.
    Open,
    /// Writing it.
    Save,
    /// Removing it.
    Remove,
}

/// All files of the page.
#[derive(Clone, Copy)]
pub struct Files {
    /// Paths below the home, sorted.
    pub names: RwSignal<Vec<String>>,
    /// Open files.
    pub open: RwSignal<Vec<File>>,
    /// The path of the one that is shown.
    pub current: RwSignal<Option<String>>,
    /// What the server said when something could not be done.
    pub refusal: RwSignal<Option<(Failed, String)>>,
    /// Counts the wishes to show a file: the answer to an earlier one comes too late.
    wishes: StoredValue<u64>,
}

impl Files {
    /// None yet.
    pub fn new() -> Self {
        Self {
            names: RwSignal::new(Vec::new()),
            open: RwSignal::new(Vec::new()),
            current: RwSignal::new(None),
            refusal: RwSignal::new(None),
            wishes: StoredValue::new(0),
        }
    }

    /// The open file that is shown.
    pub fn shown(&self) -> Option<File> {
        let current = self.current.get()?;
        self.open.with(|open| open.iter().find(|f| f.path == current).cloned())
    }

    /// Whether anything is not saved.
    pub fn any_changed(&self) -> bool {
        self.open.with_untracked(|open| open.iter().any(File::is_changed))
    }

    /// Looks which files there are, also in folders. Hidden ones belong to the shell.
    pub async fn refresh(self) {
        let (mut names, mut folders) = (Vec::new(), vec![String::new()]);
        while let Some(folder) = folders.pop() {
            let Ok(found) = playground::list(&folder).await else { return };
            for (name, kind) in found.into_iter().filter(|(name, _)| !name.starts_with('.')) {
                let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                match kind.as_str() {
                    "directory" if path.matches('/').count() < DEPTH => folders.push(path),
                    "file" if names.len() < LISTED => names.push(path),
                    _ => {}
                }
            }
        }
        names.sort();
        if self.names.with_untracked(|old| *old != names) {
            self.names.set(names);
        }
    }

    /// Shows a file, reading it first where it is not open. One that is open and unchanged is read again, since a
    /// shell may have written it.
    pub fn show(self, path: &str) {
        let path = path.to_owned();
        let wish = self.wish();
        let was_open = self.find(&path).is_some();
        if was_open {
            self.current.set(Some(path.clone()));
        }
        spawn_local(async move {
            let read = playground::read_file(&path).await;
            let open = self.find(&path);
            if was_open && open.is_none() {
                // Closed meanwhile.
                return;
            }
            match read {
                // What was typed while it was read stays.
                Ok(_) if open.as_ref().is_some_and(File::is_changed) => {}
                Ok(bytes) => {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    self.put(File { path: path.clone(), saved: Some(text.clone()), text });
                }
                // A proposal that was never saved is not there, which is as it should be.
                Err(refusal) if open.is_some() && refusal.status == 404 => {}
                Err(refusal) => return self.refusal.set(Some((Failed::Open, refusal.message))),
            }
            self.refusal.set(None);
            if self.wishes.get_value() == wish && self.current.get_untracked().as_ref() != Some(&path) {
                self.current.set(Some(path));
            }
        });
    }

    /// Whether a file of that name is open, or on the node.
    pub fn is_known(self, path: &str) -> bool {
        self.names.with_untracked(|names| names.iter().any(|n| n == path)) || self.find(path).is_some()
    }

    /// Whether a file has edits that are not saved, and are not this text.
    pub fn would_lose(self, path: &str, text: &str) -> bool {
        self.find(path).is_some_and(|f| f.is_changed() && f.text != text)
    }

    /// Opens a new text under a name; it is written when it is saved.
    pub fn propose(self, path: &str, text: &str) {
        self.wish();
        let saved = self.find(path).and_then(|f| f.saved);
        self.put(File { path: path.to_owned(), text: text.to_owned(), saved });
        self.current.set(Some(path.to_owned()));
    }

    fn wish(self) -> u64 {
        self.wishes.update_value(|wishes| *wishes += 1);
        self.wishes.get_value()
    }

    fn find(self, path: &str) -> Option<File> {
        self.open.with_untracked(|open| open.iter().find(|f| f.path == path).cloned())
    }

    fn put(self, file: File) {
        if self.find(&file.path).as_ref() == Some(&file) {
            return;
        }
        self.open.update(|open| match open.iter_mut().find(|f| f.path == file.path) {
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
        let file = self.current.get_untracked().and_then(|current| self.find(&current));
        let Some(file) = file else { return Err(Refusal { status: 0, message: String::new() }) };
        if let Err(refusal) = playground::write_file(&file.path, file.text.as_bytes()).await {
            self.refusal.set(Some((Failed::Save, refusal.message.clone())));
            return Err(refusal);
        }
        self.refusal.set(None);
        self.open.update(|open| {
            if let Some(found) = open.iter_mut().find(|f| f.path == file.path) {
                found.saved = Some(file.text);
            }
        });
        self.refresh().await;
        Ok(file.path)
    }

    /// Closes a file; its neighbour is shown.
    pub fn close(self, path: &str) {
        self.wish();
        let at = self.open.with_untracked(|open| open.iter().position(|f| f.path == path)).unwrap_or_default();
        self.open.update(|open| open.retain(|f| f.path != path));
        if self.current.get_untracked().as_deref() == Some(path) {
            let next = self.open.with_untracked(|open| open.get(at).or(open.last()).map(|f| f.path.clone()));
            self.current.set(next);
        }
    }

    /// Removes a file from the node, and closes it.
    pub fn remove(self, path: &str) {
        let path = path.to_owned();
        spawn_local(async move {
            match playground::remove_file(&path).await {
                // One that was never saved is not there, which is as good.
                Err(refusal) if refusal.status != 404 => {
                    self.refusal.set(Some((Failed::Remove, refusal.message)));
                }
                _ => {
                    self.refusal.set(None);
                    self.close(&path);
                }
            }
            self.refresh().await;
        });
    }
}
