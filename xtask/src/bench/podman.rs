//! A peer of a Pod's start: `podman kube play` of the same manifest, with images and state in a folder of its own.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};

use crate::{apt, process};

/// Limits that any process here may set: podman's own are higher than a container of this machine may have.
const CONFIG: &str = "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=4096:4096\"]\n\
                      log_driver = \"k8s-file\"\n[engine]\nevents_logger = \"file\"\ncgroup_manager = \"cgroupfs\"\n";

/// Podman with the image busybox; gone when dropped.
pub struct Podman {
    folder: PathBuf,
}

impl Podman {
    /// Installs Debian's podman where there is none, and gives it the engine's busybox.
    pub fn open(run: &str, manifest: &str) -> anyhow::Result<Self> {
        if !process::on_path("podman") {
            apt::install(&["podman", "catatonit", "netavark"], "podman, a peer of the Pods' figures")?;
        }
        let folder = std::env::temp_dir().join(format!("podground-bench-podman-{run}"));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("containers.conf"), CONFIG)?;
        std::fs::write(folder.join("pod.json"), manifest)?;
        let podman = Self { folder };
        let mut save = Command::new("docker").args(["save", "busybox"]).stdout(Stdio::piped()).spawn()?;
        let image = save.stdout.take().context("docker save has no output")?;
        podman.run(podman.command().arg("load").stdin(image))?;
        save.wait()?;
        Ok(podman)
    }

    fn command(&self) -> Command {
        let mut command = Command::new("podman");
        command.env("CONTAINERS_CONF", self.folder.join("containers.conf"));
        command.arg("--root").arg(self.folder.join("root")).arg("--runroot").arg(self.folder.join("run"));
        command
    }

    fn run(&self, command: &mut Command) -> anyhow::Result<()> {
        let output = command.output().context("starting podman")?;
        if !output.status.success() {
            bail!("podman: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    /// Milliseconds of `podman kube play`, which ends when the containers run.
    pub fn play(&self) -> anyhow::Result<f64> {
        let started = Instant::now();
        self.run(self.command().args(["kube", "play"]).arg(self.folder.join("pod.json")))?;
        Ok(started.elapsed().as_secs_f64() * 1000.0)
    }

    /// Stops and removes what was played.
    pub fn down(&self) -> anyhow::Result<()> {
        self.run(self.command().args(["kube", "down"]).arg(self.folder.join("pod.json")))
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        let _ = self.run(self.command().args(["system", "reset", "--force"]));
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
