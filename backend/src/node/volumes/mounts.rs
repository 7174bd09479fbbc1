//! The mounts below a directory of ours: which there are, a tmpfs, and taking them all away before the directory goes.

use std::ffi::CString;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, UnmountFlags};

/// Mount points below `directory`, deepest last mounted first.
///
/// # Errors
/// When the kernel's list cannot be read.
pub fn below(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let table = std::fs::read("/proc/self/mountinfo").map_err(|e| format!("reading the mounts: {e}"))?;
    let table = String::from_utf8_lossy(&table);
    let mut found: Vec<PathBuf> = table
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .map(|path| PathBuf::from(unescaped(path)))
        .filter(|path| path.starts_with(directory))
        .collect();
    found.reverse();
    Ok(found)
}

/// Spaces and the like stand in octal.
fn unescaped(text: &str) -> String {
    let mut out = text.to_owned();
    for (code, plain) in [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")] {
        out = out.replace(code, plain);
    }
    out
}

/// Mounts a tmpfs at `target`, unless there is a mount already. `size` in bytes.
///
/// # Errors
/// The kernel's words: this needs the right to mount.
pub fn tmpfs(target: &Path, size: Option<i64>, mode: u32) -> Result<(), String> {
    std::fs::create_dir_all(target).map_err(|e| format!("making {}: {e}", target.display()))?;
    if has_device_of_its_own(target) {
        return Ok(());
    }
    let size = size.map_or(String::new(), |bytes| format!(",size={bytes}"));
    let options = CString::new(format!("mode={mode:o}{size}")).map_err(|e| e.to_string())?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    rustix::mount::mount("podground", target, "tmpfs", flags, options.as_c_str())
        .map_err(|e| format!("mounting a tmpfs: {e}"))
}

/// Whether something other than the file system around it is mounted here, as a tmpfs is. The kernel's list of mounts
/// would tell as well, in a millisecond for each hundred containers of the host.
fn has_device_of_its_own(target: &Path) -> bool {
    let device = |path: &Path| std::fs::metadata(path).map(|found| found.dev()).ok();
    target.parent().is_some_and(|parent| device(parent) != device(target))
}

/// Unmounts all below `directory` and removes it. Never removes through a mount: when one stays, so does all.
///
/// # Errors
/// What is still mounted, or the file system's words.
pub fn clear(directory: &Path) -> Result<(), String> {
    if !directory.exists() {
        return Ok(());
    }
    detach(directory)?;
    std::fs::remove_dir_all(directory).map_err(|e| format!("removing {}: {e}", directory.display()))
}

/// Unmounts all below `directory`.
///
/// # Errors
/// What is still mounted.
pub fn detach(directory: &Path) -> Result<(), String> {
    for path in below(directory)? {
        let _ = rustix::mount::unmount(&path, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW);
    }
    match below(directory)?.first() {
        Some(left) => Err(format!("{} is still mounted", left.display())),
        None => Ok(()),
    }
}
