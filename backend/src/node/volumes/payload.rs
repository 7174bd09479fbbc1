//! Writes a volume's files so that a reader sees all of an update or nothing of it
//! (`pkg/volume/util/atomic_writer.go`): files in a directory of their own, `..data` pointing to it, and each name
//! pointing through `..data`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use shared::api::Timestamp;

/// One file of a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Its permission bits.
    pub mode: u32,
}

/// A volume's files by path relative to its root.
pub type Payload = BTreeMap<String, File>;

const DATA: &str = "..data";

/// What a Pod's group may do with files at least (`pkg/volume/volume_linux.go: roMask`).
const OF_GROUP: u32 = 0o440;

/// Brings the directory to `payload`. Says whether anything was written. `group` owns the files, if given, and may read
/// them.
///
/// # Errors
/// The file system's words.
pub fn write(root: &Path, payload: &Payload, group: Option<u32>, now: Timestamp) -> io::Result<bool> {
    let mode_of = |file: &File| file.mode | group.map_or(0, |_| OF_GROUP);
    fs::create_dir_all(root)?;
    let current = fs::read_link(root.join(DATA)).ok();
    if let Some(current) = &current
        && same(&root.join(current), payload, mode_of)?
    {
        return Ok(false);
    }
    let version = version_of(root, now);
    let directory = root.join(&version);
    fs::create_dir(&directory)?;
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o755))?;
    for (path, file) in payload {
        let target = directory.join(path);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&target, &file.bytes)?;
        fs::set_permissions(&target, fs::Permissions::from_mode(mode_of(file)))?;
        if let Some(group) = group {
            std::os::unix::fs::chown(&target, None, Some(group))?;
        }
    }
    // The one moment: everything before is invisible, everything after is tidying.
    let next = root.join("..data_tmp");
    let _ = fs::remove_file(&next);
    symlink(&version, &next)?;
    fs::rename(&next, root.join(DATA))?;
    let names: BTreeSet<&str> = payload.keys().filter_map(|path| path.split('/').next()).collect();
    for name in &names {
        let link = root.join(name);
        if fs::symlink_metadata(&link).is_err() {
            symlink(Path::new(DATA).join(name), link)?;
        }
    }
    for entry in fs::read_dir(root)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.starts_with("..") && !names.contains(name.as_str()) {
            fs::remove_file(root.join(name))?;
        }
    }
    if let Some(old) = current {
        fs::remove_dir_all(root.join(old))?;
    }
    Ok(true)
}

/// `..2026_11_24_08_27_14.123456`
fn version_of(root: &Path, now: Timestamp) -> PathBuf {
    let mut now = now;
    loop {
        let name = now.rfc3339_micro().trim_end_matches('Z').replace(['-', ':', 'T'], "_");
        let name = PathBuf::from(format!("..{name}"));
        if !root.join(&name).exists() {
            return name;
        }
        now = now.plus_micros(1);
    }
}

fn same(directory: &Path, payload: &Payload, mode_of: impl Fn(&File) -> u32) -> io::Result<bool> {
    let mut found = 0;
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                open.push(entry.path());
            } else {
                found += 1;
            }
        }
    }
    let equal = |(path, file): (&String, &File)| {
        let target = directory.join(path);
        let mode = fs::metadata(&target).map(|m| m.permissions().mode() & 0o7777).ok();
        mode == Some(mode_of(file)) && fs::read(&target).is_ok_and(|bytes| bytes == file.bytes)
    };
    Ok(found == payload.len() && payload.iter().all(equal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(root: &Path, files: &[(&str, &str)], expected: bool) {
        let file = |text: &str| File { bytes: text.into(), mode: 0o644 };
        let payload: Payload = files.iter().map(|(path, text)| ((*path).to_owned(), file(text))).collect();
        assert_eq!(write(root, &payload, None, Timestamp::from_seconds(1_800_000_000)).unwrap(), expected);
        for (path, text) in files {
            assert_eq!(fs::read_to_string(root.join(path)).unwrap(), *text);
        }
        let mut visible: Vec<_> = fs::read_dir(root).unwrap().map(|e| e.unwrap().file_name()).collect();
        visible.retain(|name| !name.to_string_lossy().starts_with(".."));
        let tops: BTreeSet<_> = files.iter().map(|(path, _)| path.split('/').next().unwrap()).collect();
        assert_eq!(visible.len(), tops.len());
    }

    #[test]
    fn updates_are_whole() {
        let root = tempfile::tempdir().unwrap();
        check(root.path(), &[("a", "1"), ("d/e", "2")], true);
        check(root.path(), &[("a", "1"), ("d/e", "2")], false);
        check(root.path(), &[("a", "3"), ("b", "4")], true);
        check(root.path(), &[], true);
        let left = fs::read_dir(root.path()).unwrap().count();
        assert_eq!(left, 2, "..data and the one version it points to");
    }
}
