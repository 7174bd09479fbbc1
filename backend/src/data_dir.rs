//! The data directory: who owns it, the installation's name, and files written whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rand::RngExt;

/// An open data directory. The lock on it ends with the process.
pub struct DataDir {
    path: PathBuf,
    instance: String,
    _lock: File,
}

impl DataDir {
    /// Opens the directory, making it and the installation's name where they are missing.
    ///
    /// # Errors
    /// When another server has it open, or it cannot be read or written.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(path.join("sandboxes")).with_context(|| format!("making {}", path.display()))?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path.join("lock"))?;
        if lock.try_lock().is_err() {
            bail!("{} is in use by another podground", path.display());
        }
        let file = path.join("instance");
        if !file.exists() {
            write(&file, format!("{:06x}", rand::rng().random_range(0..0x100_0000)).as_bytes())?;
        }
        let instance = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        let instance = instance.trim().to_owned();
        if instance.is_empty() || instance.len() > 12 || !instance.bytes().all(|b| b.is_ascii_alphanumeric()) {
            bail!("{} must hold up to 12 letters and digits", file.display());
        }
        Ok(Self { path: path.to_owned(), instance, _lock: lock })
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The installation's name: in every Docker label and name, so that two installations share an engine.
    pub fn instance(&self) -> &str {
        &self.instance
    }
}

/// Writes a file that only its owner can read; after a crash it is either the old or the new one.
///
/// # Errors
/// What the file system says.
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let new = path.with_extension("new");
    let write = || {
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&new, path)?;
        if let Some(parent) = path.parent() {
            File::open(parent)?.sync_all()?;
        }
        Ok::<_, std::io::Error>(())
    };
    write().with_context(|| format!("writing {}", path.display()))
}
