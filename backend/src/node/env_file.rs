//! Variables from files that a Pod's containers write (`fileKeyRef`, on by default since v1.35): the kubelet's env files,
//! of which a POSIX shell would make the same variables. The file is the learner's: it is opened within its volume,
//! whatever symlinks say, and read only where it is a file.

use std::io::Read as _;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

/// The most that is read of a file, bytes.
const LIMIT: u64 = 64 * 1024;
const WITHIN: ResolveFlags = ResolveFlags::IN_ROOT.union(ResolveFlags::NO_MAGICLINKS);
/// All that the kubelet says of a file that it cannot use.
const UNUSABLE: &str = "couldn't parse env file";

/// The value of a key in the file `path` of a volume; `None` without such a file or key.
///
/// # Errors
/// The kubelet's words.
pub(super) fn value(volume: &Path, path: &str, key: &str) -> Result<Option<String>, String> {
    let Some(text) = read(volume, path).map_err(|_| UNUSABLE.to_owned())? else { return Ok(None) };
    let variables = parse(&text).ok_or(UNUSABLE)?;
    // As a shell has it, the last one counts.
    Ok(variables.into_iter().rev().find(|(name, _)| *name == key).map(|(_, value)| value.to_owned()))
}

fn read(volume: &Path, path: &str) -> std::io::Result<Option<String>> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let root = rustix::fs::open(volume, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
    let file = match rustix::fs::openat2(&root, path, flags, Mode::empty(), WITHIN) {
        Err(Errno::NOENT) => return Ok(None),
        other => other?,
    };
    if FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) != FileType::RegularFile {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    let mut text = String::new();
    std::fs::File::from(file).take(LIMIT + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LIMIT { Err(std::io::ErrorKind::FileTooLarge.into()) } else { Ok(Some(text)) }
}

/// The variables of a file; `None` where it is not of the form: lines of `NAME='value'`, blank, or beginning with `#`.
/// All between the quotes is the value's, line ends too.
fn parse(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut variables = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if rest.starts_with('#') {
            rest = rest.split_once('\n').map_or("", |(_, next)| next).trim_start();
            continue;
        }
        let (name, value) = rest.split_once('=')?;
        let name = name.trim_end_matches([' ', '\t']);
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '\'') {
            return None;
        }
        let (value, after) = value.trim_start_matches([' ', '\t']).strip_prefix('\'')?.split_once('\'')?;
        let (left, next) = after.split_once('\n').unwrap_or((after, ""));
        if !left.trim().is_empty() {
            return None;
        }
        variables.push((name, value));
        rest = next.trim_start();
    }
    Some(variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_as_a_shell_reads_them() {
        let cases = [
            ("", Some(vec![])),
            ("A='x'", Some(vec![("A", "x")])),
            ("\n  # none\n A = 'x y' \n\nB='#'\n", Some(vec![("A", "x y"), ("B", "#")])),
            ("A='one\ntwo'\nB='$(A) \\n \"'\n", Some(vec![("A", "one\ntwo"), ("B", "$(A) \\n \"")])),
            ("A=''\nA='x'", Some(vec![("A", ""), ("A", "x")])),
            ("A=x", None),
            ("A=\"x\"", None),
            ("A='x''y'", None),
            ("A='x'$B", None),
            ("A='x", None),
            ("A\n='x'", None),
            ("export A='x'", None),
            ("='x'", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_file_is_read_within_its_volume() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("outside"), "A='secret'").unwrap();
        let volume = dir.path().join("volume");
        std::fs::create_dir_all(volume.join("sub")).unwrap();
        std::fs::write(volume.join("sub/a.env"), "A='x'\nA='y'\nE=''\n").unwrap();
        std::fs::write(volume.join("broken"), "A=x").unwrap();
        std::fs::write(volume.join("long"), "#".repeat(64 * 1024 + 1)).unwrap();
        std::os::unix::fs::symlink("/sub/a.env", volume.join("inner")).unwrap();
        std::os::unix::fs::symlink("../outside", volume.join("outer")).unwrap();
        let unusable = || Err(UNUSABLE.to_owned());
        for (path, key, expected) in [
            ("sub/a.env", "A", Ok(Some("y".to_owned()))),
            ("sub/a.env", "E", Ok(Some(String::new()))),
            ("sub/a.env", "B", Ok(None)),
            ("inner", "A", Ok(Some("y".to_owned()))),
            ("outer", "A", Ok(None)),
            ("none", "A", Ok(None)),
            ("broken", "A", unusable()),
            ("long", "A", unusable()),
            ("sub", "A", unusable()),
        ] {
            assert_eq!(value(&volume, path, key), expected, "{path} {key}");
        }
    }
}
