//! The Docker Engine: a running one is used as it is; where none answers, Debian's is installed and started.

use std::fs::{File, OpenOptions};
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::places::Places;
use crate::step::Outcome;
use crate::{apt, process};

/// How long a new engine may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sees to it that an engine answers.
pub fn bring(places: &Places) -> Result<Outcome> {
    if let Some(version) = version() {
        return Ok(Outcome::Reused(format!("Docker Engine {version}")));
    }
    if std::env::var_os("DOCKER_HOST").is_some() {
        bail!("DOCKER_HOST is set, and no engine answers there");
    }
    if !process::on_path("dockerd") {
        apt::install(&["docker.io", "iptables"], "a Docker Engine")?;
        if !process::on_path("docker") {
            // From Debian 13 on the client is a package of its own.
            apt::install(&["docker-cli"], "the Docker client")?;
        }
        // On a machine with systemd the package has started it.
        if let Some(version) = wait(Duration::from_secs(5)) {
            return Ok(Outcome::Done(format!("installed Docker Engine {version}")));
        }
    }
    let log = places.in_cache("dockerd.log");
    start(&log)?;
    match wait(PATIENCE) {
        Some(version) => Ok(Outcome::Done(format!("started Docker Engine {version}, log in {}", log.display()))),
        None => {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            bail!("dockerd does not answer; its log ends with\n{}", lines[lines.len().saturating_sub(15)..].join("\n"))
        }
    }
}

/// Detached: it outlives this task, as an engine does, and nobody's Ctrl-C ends it.
fn start(log: &std::path::Path) -> Result<()> {
    let output: File = OpenOptions::new().create(true).append(true).open(log)?;
    let mut command = apt::as_root("dockerd")?;
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).process_group(0);
    command.spawn().context("could not start dockerd")?;
    Ok(())
}

fn wait(patience: Duration) -> Option<String> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(version) = version() {
            return Some(version);
        }
        if Instant::now() >= deadline {
            return None;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn version() -> Option<String> {
    let mut command = process::command("docker");
    let version = process::output(command.args(["version", "-f", "{{.Server.Version}}"])).ok()?;
    Some(version.trim().to_owned()).filter(|v| !v.is_empty())
}
