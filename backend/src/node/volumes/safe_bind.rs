//! Binds what a path means *inside a node* to a directory of ours, so that the engine never follows a learner's
//! symlinks on the real host. Nothing here trusts a path after it has been opened once.
//!
//! The path is opened below the node's root (`openat2` with `RESOLVE_IN_ROOT`: symlinks, also absolute ones, stay in
//! the node), its mount is cloned (`open_tree`), and the clone is attached to our target (`move_mount`). The mount pins
//! the inode: there is nothing left to race. Cloning needs the node's mount namespace, so it is done in a thread that
//! ends afterwards.

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use rustix::mount::{MoveMountFlags, OpenTreeFlags};
use rustix::thread::{LinkNameSpaceType, UnshareFlags};

const INSIDE: ResolveFlags = ResolveFlags::IN_ROOT.union(ResolveFlags::NO_MAGICLINKS);

/// Binds `path` of the node whose first process is `pid` to `target`, which is made. `kind` is hostPath's `type`.
///
/// # Errors
/// The kubelet's words where it has them; the kernel's otherwise. Blocks: call it off the event loop.
pub fn bind_of_node(pid: i64, path: &str, kind: &str, target: &Path) -> Result<(), String> {
    let (path, kind, target) = (path.to_owned(), kind.to_owned(), target.to_owned());
    let thread = std::thread::Builder::new().name("bind".to_owned()).spawn(move || {
        let fail = |what: &'static str| move |error: Errno| format!("{what}: {error}");
        let own = open("/proc/self/ns/mnt", OFlags::RDONLY).map_err(fail("opening the own mount namespace"))?;
        let of_node =
            open(&format!("/proc/{pid}/ns/mnt"), OFlags::RDONLY).map_err(fail("opening the node's mount namespace"))?;
        let root = open(&format!("/proc/{pid}/root"), OFlags::PATH).map_err(fail("opening the node's root"))?;
        own_file_system_view().map_err(fail("leaving the other threads' file system view"))?;
        rustix::thread::move_into_link_name_space(of_node.as_fd(), Some(LinkNameSpaceType::Mount))
            .map_err(fail("entering the node"))?;
        let found = resolve(&root, &path, &kind).and_then(|fd| Ok((is_directory(&fd)?, clone_of(&fd)?)));
        // Back first, whatever was found: the target is ours.
        rustix::thread::move_into_link_name_space(own.as_fd(), Some(LinkNameSpaceType::Mount))
            .map_err(fail("leaving the node"))?;
        let (directory, mount) = found?;
        attach(&mount, directory, &target)
    });
    let thread = thread.map_err(|e| format!("starting a thread: {e}"))?;
    thread.join().map_err(|_| "the binding thread failed".to_owned())?
}

/// Binds `path` below the directory `volume` of ours to `target`: `subPath`, which must not leave its volume. A path
/// that does not exist is made as a directory, as the kubelet does.
///
/// # Errors
/// The kernel's words.
pub fn bind_sub_path(volume: &Path, path: &str, target: &Path) -> Result<(), String> {
    let root = open(&volume.to_string_lossy(), OFlags::PATH).map_err(|e| format!("opening the volume: {e}"))?;
    let beneath = ResolveFlags::BENEATH.union(ResolveFlags::NO_MAGICLINKS);
    let fd = match rustix::fs::openat2(&root, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), beneath) {
        Err(Errno::NOENT) => make_directories(&root, path, beneath)?,
        other => other.map_err(|e| format!("subPath {path:?}: {e}"))?,
    };
    let (directory, mount) = (is_directory(&fd)?, clone_of(&fd)?);
    attach(&mount, directory, target)
}

fn open(path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    rustix::fs::open(path, flags | OFlags::CLOEXEC, Mode::empty())
}

/// A thread that shares its root and working directory with others may not change its mount namespace.
fn own_file_system_view() -> Result<(), Errno> {
    // The replacement is unsafe for the sake of UnshareFlags::FILES; FS concerns this thread's paths only.
    #[allow(deprecated)]
    rustix::thread::unshare(UnshareFlags::FS)
}

/// Opens the path in the node, after checking or making it as hostPath's `type` says.
fn resolve(root: &OwnedFd, path: &str, kind: &str) -> Result<OwnedFd, String> {
    let relative = path.trim_start_matches('/');
    let relative = if relative.is_empty() { "." } else { relative };
    let opened = rustix::fs::openat2(root, relative, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), INSIDE);
    let fd = match (opened, kind) {
        (Ok(fd), _) => fd,
        // Without a type the engine makes a missing directory, as the runtimes do under a kubelet.
        (Err(Errno::NOENT), "" | "DirectoryOrCreate") => make_directories(root, relative, INSIDE)?,
        (Err(Errno::NOENT), "FileOrCreate") => {
            let flags = OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC;
            let made = rustix::fs::openat2(root, relative, flags, Mode::from_raw_mode(0o644), INSIDE);
            made.map_err(|e| format!("hostPath type check failed: making {path}: {e}"))?;
            let again = rustix::fs::openat2(root, relative, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), INSIDE);
            again.map_err(|e| format!("{path}: {e}"))?
        }
        (Err(Errno::NOENT), _) => return Err(wrong(path, kind)),
        (Err(error), _) => return Err(format!("{path}: {error}")),
    };
    let found = file_type(&fd)?;
    let fits = match kind {
        "Directory" | "DirectoryOrCreate" => found == FileType::Directory,
        "File" | "FileOrCreate" => found == FileType::RegularFile,
        "Socket" => found == FileType::Socket,
        "CharDevice" => found == FileType::CharacterDevice,
        "BlockDevice" => found == FileType::BlockDevice,
        _ => true,
    };
    if fits { Ok(fd) } else { Err(wrong(path, kind)) }
}

fn wrong(path: &str, kind: &str) -> String {
    let noun = match kind {
        "Directory" | "DirectoryOrCreate" => "a directory",
        "File" | "FileOrCreate" => "a file",
        "Socket" => "a socket",
        "CharDevice" => "a character device",
        "BlockDevice" => "a block device",
        _ => "what it should be",
    };
    format!("hostPath type check failed: {path} is not {noun}")
}

/// Makes each missing directory of a path, never through a symlink that leads out.
fn make_directories(root: &OwnedFd, path: &str, resolve: ResolveFlags) -> Result<OwnedFd, String> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut done = String::from(".");
    let mut at = rustix::fs::openat2(root, ".", flags, Mode::empty(), resolve).map_err(|e| format!("{path}: {e}"))?;
    for part in Path::new(path).components() {
        let Component::Normal(name) = part else { continue };
        match rustix::fs::mkdirat(&at, name, Mode::from_raw_mode(0o755)) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(format!("making {path}: {error}")),
        }
        done = format!("{done}/{}", name.to_string_lossy());
        at = rustix::fs::openat2(root, done.as_str(), flags, Mode::empty(), resolve)
            .map_err(|e| format!("making {path}: {e}"))?;
    }
    Ok(at)
}

fn file_type(fd: &OwnedFd) -> Result<FileType, String> {
    let stat = rustix::fs::statat(fd, "", AtFlags::EMPTY_PATH).map_err(|e| e.to_string())?;
    Ok(FileType::from_raw_mode(stat.st_mode))
}

fn is_directory(fd: &OwnedFd) -> Result<bool, String> {
    Ok(file_type(fd)? == FileType::Directory)
}

fn clone_of(fd: &OwnedFd) -> Result<OwnedFd, String> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_EMPTY_PATH
        | OpenTreeFlags::AT_RECURSIVE;
    rustix::mount::open_tree(fd, "", flags).map_err(|e| format!("cloning the mount: {e}"))
}

fn attach(mount: &OwnedFd, directory: bool, target: &Path) -> Result<(), String> {
    let made = match (directory, target.parent()) {
        (true, _) => std::fs::create_dir_all(target),
        (false, Some(parent)) => {
            std::fs::create_dir_all(parent).and_then(|()| std::fs::File::create(target).map(|_| ()))
        }
        (false, None) => Ok(()),
    };
    made.map_err(|e| format!("making {}: {e}", target.display()))?;
    let to = open(&target.to_string_lossy(), OFlags::PATH | OFlags::NOFOLLOW).map_err(|e| e.to_string())?;
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    rustix::mount::move_mount(mount, "", &to, "", flags).map_err(|e| format!("attaching the mount: {e}"))
}
