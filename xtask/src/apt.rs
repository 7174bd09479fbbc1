//! Debian packages: installed on this machine, or unpacked into a folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

/// Installs packages on this machine. `what` says what for, in the message for machines that are no Debian.
pub fn install(packages: &[&str], what: &str) -> Result<()> {
    if !process::on_path("apt-get") {
        bail!("{what} is missing, and this machine has no apt-get: install it by hand, then run this again");
    }
    let attempt =
        || process::run(as_root("apt-get")?.args(["install", "-y", "-q", "--no-install-recommends"]).args(packages));
    if attempt().is_ok() {
        return Ok(());
    }
    // The lists may be missing, or too old for what the mirror still has.
    update()?;
    attempt().with_context(|| format!("could not install {what}"))
}

/// Fetches the package lists.
pub fn update() -> Result<()> {
    process::run(as_root("apt-get")?.args(["update", "-q"])).context("could not fetch the package lists")
}

/// The command, through sudo where we are not root.
pub fn as_root(program: &str) -> Result<Command> {
    let root = process::output(process::command("id").arg("-u"))?.trim() == "0";
    let mut command = if root {
        process::command(program)
    } else if process::on_path("sudo") {
        let mut command = process::command("sudo");
        command.args(["-n", "--", program]);
        command
    } else {
        bail!("{program} needs root here, and there is no sudo: run this as root");
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    Ok(command)
}

/// A package that apt would download.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// As Debian names it.
    pub name: String,
    /// Without epoch, with Debian's revision.
    pub version: String,
    /// Of its archive.
    pub file: String,
}

/// Resolves packages and all that they depend on as if nothing were installed, so that the answer does not hang on
/// this machine's own packages. `scratch` is an empty folder of the caller's.
pub fn closure(packages: &[&str], scratch: &Path) -> Result<Vec<Package>> {
    let mut command = from_nothing(scratch)?;
    command.args(["install", "--print-uris", "-qq", "-y"]).args(packages);
    let text = process::output(&mut command)?;
    text.lines().filter(|line| line.starts_with('\'')).map(parse_uri_line).collect()
}

/// Downloads the archives that `folder` does not have yet. Says how many that were.
pub fn download(packages: &[Package], folder: &Path, scratch: &Path) -> Result<usize> {
    let missing: Vec<&str> = packages
        .iter()
        .filter(|package| !archive(folder, package).exists())
        .map(|package| package.name.as_str())
        .collect();
    if !missing.is_empty() {
        std::fs::create_dir_all(folder)?;
        let mut command = from_nothing(scratch)?;
        process::run(command.current_dir(folder).args(["-qq", "download"]).args(&missing))?;
    }
    Ok(missing.len())
}

/// Unpacks an archive into `folder`, without its scripts and without `excluded` paths.
pub fn unpack(package: &Package, archives: &Path, folder: &Path, excluded: &[&str]) -> Result<()> {
    let archive = archive(archives, package);
    let mut reader = process::command("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(&archive)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .context("could not start dpkg-deb")?;
    let stream = reader.stdout.take().context("dpkg-deb has no output")?;
    let unpacked = process::run(
        process::command("tar")
            .arg("-C")
            .arg(folder)
            .args(["-xp", "--keep-directory-symlink", "-f", "-"])
            .args(excluded.iter().map(|path| format!("--exclude=./{path}")))
            .stdin(stream),
    );
    let read = reader.wait()?;
    if !read.success() {
        // Half a download would fail for ever: the next run fetches it again.
        let _ = std::fs::remove_file(&archive);
        bail!("{} is damaged and was removed: run this again", archive.display());
    }
    unpacked
}

fn archive(folder: &Path, package: &Package) -> PathBuf {
    folder.join(&package.file)
}

/// apt-get with an empty status and an empty cache, but this machine's own sources, keys and proxy.
fn from_nothing(scratch: &Path) -> Result<Command> {
    if !process::on_path("apt-get") {
        bail!("images are made from Debian packages, and this machine has no apt-get");
    }
    std::fs::create_dir_all(scratch.join("partial"))?;
    let mut command = process::command("apt-get");
    command
        .args(["-o", "Dir::State::status=/dev/null"])
        .arg("-o")
        .arg(format!("Dir::Cache::archives={}", scratch.display()))
        .args(["-o", "APT::Install-Recommends=false"])
        .args(["-o", "APT::Sandbox::User=root"])
        .args(["-o", "Debug::NoLocking=1"]);
    Ok(command)
}

/// `'URI' name_version_arch.deb size hash`
fn parse_uri_line(line: &str) -> Result<Package> {
    let file = line.split(' ').nth(1).with_context(|| format!("apt-get answered {line:?}"))?;
    let mut parts = file.splitn(3, '_');
    let (Some(name), Some(version), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        bail!("apt-get named an archive {file:?}");
    };
    let version = version.split_once("%3a").map_or(version, |(_, version)| version);
    Ok(Package { name: name.into(), version: version.into(), file: file.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, name: &str, version: &str) {
        let package = parse_uri_line(line).unwrap();
        assert_eq!((package.name.as_str(), package.version.as_str()), (name, version));
    }

    #[test]
    fn reads_what_apt_prints() {
        check("'http://x/nginx_1.22.1-9_amd64.deb' nginx_1.22.1-9_amd64.deb 1234 SHA256:ab", "nginx", "1.22.1-9");
        check("'http://x/b.deb' busybox-static_1%3a1.35.0-4_amd64.deb 1 MD5Sum:c", "busybox-static", "1.35.0-4");
        assert!(parse_uri_line("'http://x/y.deb' odd 1").is_err());
    }
}
