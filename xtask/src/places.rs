//! Where things are: the clone, and the cache that all clones share.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The folders that every step works in.
#[derive(Debug, Clone)]
pub struct Places {
    /// The clone's root.
    pub root: PathBuf,
    /// What outlives the clone: `$PODGROUND_CACHE`, or `podground` in `$XDG_CACHE_HOME` or `~/.cache`. Always safe to delete.
    pub cache: PathBuf,
}

impl Places {
    /// Finds both, and makes the cache.
    pub fn find() -> Result<Places> {
        // Cargo sets this when it runs the task; the built-in value serves a binary that was started by hand.
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().context("xtask has no parent folder")?.to_path_buf();
        let cache = match (variable("PODGROUND_CACHE"), variable("XDG_CACHE_HOME"), variable("HOME")) {
            (Some(cache), _, _) => cache,
            (None, Some(caches), _) => caches.join("podground"),
            (None, None, Some(home)) => home.join(".cache/podground"),
            (None, None, None) => PathBuf::from("/var/cache/podground"),
        };
        std::fs::create_dir_all(&cache).with_context(|| format!("could not make {}", cache.display()))?;
        Ok(Places { root, cache })
    }

    /// A path in the clone.
    pub fn in_clone(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }

    /// A path in the cache.
    pub fn in_cache(&self, path: impl AsRef<Path>) -> PathBuf {
        self.cache.join(path)
    }
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
