//! The lessons of a folder: which there are, and which of them are one lesson in several languages.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

/// A lesson's file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct File {
    /// Where it is.
    pub path: PathBuf,
    /// What is in it.
    pub text: String,
}

impl File {
    /// `01-pod`
    pub fn name(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// The lessons at a path: one list a language, the first being what the others are held against. A folder without
/// folders named by languages has one list, as has a file.
///
/// # Errors
/// When a path cannot be read, or holds no lesson.
pub fn lessons(path: &Path) -> anyhow::Result<Vec<Vec<File>>> {
    let languages = languages(path)?;
    let folders = if languages.is_empty() { vec![path.to_owned()] } else { languages };
    let lists = folders.iter().map(|folder| read(folder)).collect::<anyhow::Result<Vec<_>>>()?;
    ensure!(lists.iter().any(|files| !files.is_empty()), "{} holds no lesson: no file ends with .md", path.display());
    Ok(lists)
}

/// English first, if it is there: it is what the others were made from.
fn languages(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let two_letters = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        path.is_dir() && name.len() == 2 && name.bytes().all(|b| b.is_ascii_lowercase())
    };
    let mut found: Vec<PathBuf> = entries(path)?.into_iter().filter(two_letters).collect();
    found.sort_by_key(|path| (!path.ends_with("en"), path.clone()));
    Ok(found)
}

fn read(path: &Path) -> anyhow::Result<Vec<File>> {
    let paths = match path.is_dir() {
        true => entries(path)?.into_iter().filter(|p| p.extension().is_some_and(|e| e == "md")).collect(),
        false => vec![path.to_owned()],
    };
    let text = |path: &Path| std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()));
    paths.into_iter().map(|path| Ok(File { text: text(&path)?, path })).collect()
}

fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let listed = std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut paths = listed.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
