//! A Pod's directory on the engine's host: volumes, `/etc/hosts`, termination messages. Only paths; no IO but reading
//! a termination message.

use std::path::{Path, PathBuf};

/// The most of a termination message that is kept, bytes.
const MESSAGE_LIMIT: usize = 4096;

/// The directory.
#[derive(Clone, Debug)]
pub(super) struct PodDir(PathBuf);

impl PodDir {
    pub fn new(data_dir: &Path, sandbox: &str, node: &str, uid: &str) -> Self {
        Self(Self::of_node(data_dir, sandbox, node).join(uid))
    }

    /// Where a node keeps all its Pods' directories.
    pub fn of_node(data_dir: &Path, sandbox: &str, node: &str) -> PathBuf {
        Self::of_sandbox(data_dir, sandbox).join(node)
    }

    /// Where a sandbox's nodes keep theirs.
    pub fn of_sandbox(data_dir: &Path, sandbox: &str) -> PathBuf {
        data_dir.join("pods").join(sandbox)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn volume(&self, name: &str) -> PathBuf {
        self.0.join("volumes").join(name)
    }

    /// Where a `subPath` of a container's mount is bound.
    pub fn sub_path(&self, container: &str, index: usize) -> PathBuf {
        self.0.join("subpaths").join(container).join(index.to_string())
    }

    pub fn hosts(&self) -> PathBuf {
        self.0.join("hosts")
    }

    pub fn hostname(&self) -> PathBuf {
        self.0.join("hostname")
    }

    pub fn resolv_conf(&self) -> PathBuf {
        self.0.join("resolv.conf")
    }

    /// The file that a container's attempt writes its termination message to.
    pub fn message(&self, container: &str, attempt: u32) -> PathBuf {
        self.0.join("messages").join(container).join(attempt.to_string())
    }

    /// The termination message of an attempt; `None` where there is none.
    pub fn read_message(&self, container: &str, attempt: u32) -> Option<String> {
        use std::io::Read as _;
        let file = std::fs::File::open(self.message(container, attempt)).ok()?;
        let mut bytes = Vec::new();
        file.take(MESSAGE_LIMIT as u64).read_to_end(&mut bytes).ok()?;
        (!bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes).into_owned())
    }
}
