//! A word that changes with the content of files: whether what was made from them is still what they would make.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Of files and whole folders, by their names within `root`, and of further words.
pub fn of(root: &Path, paths: &[&Path], words: &[&str]) -> Result<String> {
    let mut files = Vec::new();
    for path in paths {
        walk(path, &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in &files {
        file.strip_prefix(root).unwrap_or(file).hash(&mut hasher);
        fs::read(file).with_context(|| format!("could not read {}", file.display()))?.hash(&mut hasher);
    }
    words.hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

fn walk(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).with_context(|| format!("could not read {}", path.display()))? {
        let entry = entry?;
        if entry.file_name() != "node_modules" {
            walk(&entry.path(), files)?;
        }
    }
    Ok(())
}
