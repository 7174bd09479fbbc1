//! The peer of a Pod's start: the same two containers (pause and app) made by plain Docker Engine API calls.

use std::time::Instant;

use anyhow::Context;
use serde_json::{Value, json};

use crate::http::{Address, Connection};

/// A network of its own to start raw Pods on; removed with it.
pub struct RawDocker {
    docker: Connection,
    network: String,
    made: usize,
}

impl RawDocker {
    /// Connects and makes the network.
    pub fn open(socket: &str, run: &str) -> anyhow::Result<Self> {
        let mut docker = Connection::open(&Address::Unix(socket.to_owned()))?;
        let network = format!("pg-bench-{run}");
        let config = json!({
            "Name": network,
            "Labels": {"io.podground.bench": run},
            "IPAM": {"Config": [{"Subnet": "10.47.240.0/22", "Gateway": "10.47.240.1"}]},
        });
        docker.json("POST", "/networks/create", &config).context("making the bench's network")?;
        Ok(Self { docker, network, made: 0 })
    }

    /// Creates and starts pause and app; the answer is their names and the milliseconds it took.
    pub fn start(&mut self, image: &str, command: &[&str]) -> anyhow::Result<([String; 2], f64)> {
        self.made += 1;
        let names = ["pause", "app"].map(|part| format!("{}-{part}-{}", self.network, self.made));
        let address = format!("10.47.241.{}", self.made % 250 + 1);
        let started = Instant::now();
        let pause = json!({
            "Image": "podground-pause:latest",
            "HostConfig": {"NetworkMode": self.network, "IpcMode": "shareable"},
            "NetworkingConfig": {"EndpointsConfig": {&self.network: {"IPAMConfig": {"IPv4Address": address}}}},
        });
        self.run(&names[0], &pause)?;
        let shared = format!("container:{}", names[0]);
        let app = json!({
            "Image": image, "Entrypoint": command, "Cmd": [],
            "HostConfig": {"NetworkMode": shared, "IpcMode": shared},
        });
        self.run(&names[1], &app)?;
        Ok((names, started.elapsed().as_secs_f64() * 1000.0))
    }

    fn run(&mut self, name: &str, config: &Value) -> anyhow::Result<()> {
        self.docker.json("POST", &format!("/containers/create?name={name}"), config)?;
        self.docker.request("POST", &format!("/containers/{name}/start"), &[])?;
        Ok(())
    }

    /// Stops the app as `kubectl delete --now` does (SIGTERM, SIGKILL after a second), then removes both.
    pub fn stop(&mut self, names: &[String; 2]) -> anyhow::Result<f64> {
        let started = Instant::now();
        self.docker.request("POST", &format!("/containers/{}/stop?t=1", names[1]), &[])?;
        for name in names.iter().rev() {
            self.docker.request("DELETE", &format!("/containers/{name}?force=true&v=true"), &[])?;
        }
        Ok(started.elapsed().as_secs_f64() * 1000.0)
    }
}

impl Drop for RawDocker {
    fn drop(&mut self) {
        let network = self.network.clone();
        let _ = self.docker.request("DELETE", &format!("/networks/{network}"), &[]);
    }
}
