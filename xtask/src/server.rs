//! A server for tests and measurements: its own port and data, gone without a trace when dropped.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::http::{Address, Connection};
use crate::places::Places;
use crate::{build, process};

/// How data directories are called: then the task's process, and the port.
const PREFIX: &str = "podground-run-";
/// The file in it that names the server's process.
const PID: &str = "pid";

/// A running `podground serve`.
pub struct Server {
    child: Child,
    address: String,
    data_dir: PathBuf,
}

impl Server {
    /// Starts one, and waits until it is ready. `log` gets what it prints.
    pub fn start(places: &Places, log: &Path) -> Result<Self> {
        sweep();
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let data_dir = std::env::temp_dir().join(format!("{PREFIX}{}-{port}", std::process::id()));
        std::fs::create_dir_all(&data_dir)?;
        let output = std::fs::File::create(log)?;
        let child = process::command(build::binary(places))
            .args(["serve", "--listen", &address, "--data-dir"])
            .arg(&data_dir)
            .stdout(Stdio::null())
            .stderr(output)
            .spawn()
            .context("could not start the server: run `cargo xtask setup`")?;
        std::fs::write(data_dir.join(PID), child.id().to_string())?;
        let mut server = Self { child, address, data_dir };
        let deadline = Instant::now() + Duration::from_secs(90);
        loop {
            if ready(&server.address) {
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                bail!("the server ended with {status}:\n{}", std::fs::read_to_string(log).unwrap_or_default());
            }
            if Instant::now() > deadline {
                bail!("the server was not ready in 90 seconds:\n{}", std::fs::read_to_string(log).unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// `127.0.0.1:PORT`
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The name in its containers' labels.
    pub fn instance(&self) -> String {
        std::fs::read_to_string(self.data_dir.join("instance")).unwrap_or_default().trim().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGTERM first: the server takes its firewall rules and tasks down in order.
        let _ = process::run(process::command("kill").arg(self.child.id().to_string()));
        let deadline = Instant::now() + Duration::from_secs(15);
        while self.child.try_wait().is_ok_and(|ended| ended.is_none()) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        remove_objects(&self.instance());
        remove_data(&self.data_dir);
    }
}

/// Removes a data directory, with the volumes of Pods that are still mounted in it.
fn remove_data(data_dir: &Path) {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let targets = mounts.lines().rev().filter_map(|line| line.split(' ').nth(1));
    for target in targets.filter(|target| Path::new(target).starts_with(data_dir)) {
        let _ = process::run(process::command("umount").args(["-l", target]));
    }
    let _ = std::fs::remove_dir_all(data_dir);
}

/// Removes what tasks left that were killed before they could clean up.
fn sweep() {
    for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let task = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if task.is_none_or(|task| Path::new("/proc").join(task).exists()) {
            continue;
        }
        let data_dir = entry.path();
        let read = |file: &str| std::fs::read_to_string(data_dir.join(file)).unwrap_or_default().trim().to_owned();
        let (server, instance) = (read(PID), read("instance"));
        let words = std::fs::read(Path::new("/proc").join(&server).join("cmdline")).unwrap_or_default();
        // The number may be another program's by now.
        if !server.is_empty() && String::from_utf8_lossy(&words).contains(&name) {
            let _ = process::run(process::command("kill").args(["-KILL", &server]));
        }
        remove_objects(&instance);
        remove_data(&data_dir);
    }
}

fn ready(address: &str) -> bool {
    // Anything but a success is an error.
    let answer = Connection::open(&Address::Tcp(address.to_owned())).and_then(|mut c| c.request("GET", "/readyz", b""));
    answer.is_ok()
}

/// Removes an installation's containers and networks.
fn remove_objects(instance: &str) {
    if instance.is_empty() {
        return;
    }
    let filter = format!("label=io.podground.instance={instance}");
    let ids = |arguments: &[&str]| -> Vec<String> {
        let listed = process::output(process::command("docker").args(arguments).args(["--filter", &filter]));
        listed.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    };
    let containers = ids(&["ps", "-aq"]);
    if !containers.is_empty() {
        let _ = process::run(process::command("docker").args(["rm", "-fv"]).args(containers));
    }
    let networks = ids(&["network", "ls", "-q"]);
    if !networks.is_empty() {
        let _ = process::run(process::command("docker").args(["network", "rm"]).args(networks));
    }
}
