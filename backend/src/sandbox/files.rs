//! The learner's home directory on `master`: what the editor's files are. Acts inside the node's container only, so a
//! symlink leads wherever it leads on the node, never on the real host.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use shared::api::Status;

use crate::runtime::Runtime;

const HOME: &str = "/root";

/// A home directory.
pub struct Home {
    /// The engine.
    pub runtime: Arc<dyn Runtime>,
    /// The node's container.
    pub container: String,
}

/// What stands at a path.
pub enum Entry {
    /// A file's bytes.
    File(Vec<u8>),
    /// A directory's entries, by name.
    Directory(Vec<Item>),
}

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The entry's name.
    pub name: String,
    /// `file`, `directory`, `link` or `other`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Bytes.
    pub size: u64,
}

/// Prints `D` and the entries, or `F` and the bytes. Exit code 44 stands for "not there".
const READ: &str = r#"if [ -d "$1" ]; then printf D; exec find "$1" -mindepth 1 -maxdepth 1 -printf '%y\t%s\t%f\0'
elif [ -f "$1" ]; then printf F; exec cat -- "$1"; else exit 44; fi"#;
const WRITE: &str = r#"mkdir -p -- "$(dirname -- "$1")" && exec cat > "$1""#;
const REMOVE: &str = r#"[ -e "$1" ] || [ -L "$1" ] || exit 44; exec rm -rf -- "$1""#;

/// Reads a file or lists a directory; the empty path is the home itself.
///
/// # Errors
/// 404 where nothing is, 400 for a path that leaves the home.
pub async fn read(home: &Home, path: &str) -> Result<Entry, Status> {
    let output = run(home, READ, path, Bytes::new()).await?;
    match output.split_first() {
        Some((b'F', bytes)) => Ok(Entry::File(bytes.to_vec())),
        Some((b'D', listing)) => Ok(Entry::Directory(items(listing))),
        _ => Err(Status::internal("the node's shell gave no answer")),
    }
}

/// Writes a file, making directories on the way.
///
/// # Errors
/// 400 for a path that leaves the home; what the node's shell says.
pub async fn write(home: &Home, path: &str, bytes: &[u8]) -> Result<(), Status> {
    run(home, WRITE, path, Bytes::copy_from_slice(bytes)).await.map(drop)
}

/// Removes a file, or a directory with all in it.
///
/// # Errors
/// 404 where nothing is, 400 for the home itself or a path that leaves it.
pub async fn remove(home: &Home, path: &str) -> Result<(), Status> {
    if path.split('/').all(|part| matches!(part, "" | ".")) {
        return Err(Status::bad_request("the home directory itself may not be removed"));
    }
    run(home, REMOVE, path, Bytes::new()).await.map(drop)
}

async fn run(home: &Home, script: &str, path: &str, input: Bytes) -> Result<Vec<u8>, Status> {
    if path.split('/').any(|part| part == "..") || path.contains('\0') {
        return Err(Status::bad_request(format!("path \"{path}\" leaves the home directory")));
    }
    let full = format!("{HOME}/{}", path.trim_matches('/'));
    let command = ["sh", "-c", script, "sh", full.as_str()].map(str::to_owned).to_vec();
    let done = home.runtime.exec_capture(&home.container, &command, input).await.map_err(Status::internal)?;
    match done.exit_code {
        0 => Ok(done.stdout),
        44 => Err(Status::failure(404, "NotFound", format!("files \"{path}\" not found"))),
        _ => Err(Status::bad_request(String::from_utf8_lossy(&done.stderr).trim().to_owned())),
    }
}

fn items(listing: &[u8]) -> Vec<Item> {
    let mut items: Vec<Item> = listing
        .split(|b| *b == 0)
        .filter_map(|line| {
            let line = String::from_utf8_lossy(line);
            let mut fields = line.splitn(3, '\t');
            let kind = match fields.next()? {
                "f" => "file",
                "d" => "directory",
                "l" => "link",
                "" => return None,
                _ => "other",
            };
            let size = fields.next()?.parse().ok()?;
            Some(Item { name: fields.next()?.to_owned(), kind, size })
        })
        .collect();
    items.sort_by(|a, b| a.name.cmp(&b.name));
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listings_are_read_by_name() {
        let found = items(b"f\t12\tb.yaml\0d\t4096\ta dir\0l\t3\tz\0");
        let shown: Vec<_> = found.iter().map(|i| format!("{} {} {}", i.kind, i.size, i.name)).collect();
        assert_eq!(shown, ["directory 4096 a dir", "file 12 b.yaml", "link 3 z"]);
    }
}
