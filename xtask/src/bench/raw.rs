//! The peer of a Pod's start: the same two containers (pause and app) made by plain Docker Engine API calls.

use std::time::Instant;

use anyhow::Context;
use serde_json::{Value, json};

use crate::http::{Address, Connection};

/// A network of its own to start raw Pods on; removed with it.
pub struct RawDocker {
    socket: String,
    network: String,
    /// The third part of its addresses, at their lowest.
    part: u8,
    made: usize,
}

impl RawDocker {
    /// Connects and makes the network.
    pub fn open(socket: &str, run: &str) -> anyhow::Result<Self> {
        let mut docker = Connection::open(&Address::Unix(socket.to_owned()))?;
        let network = format!("pg-bench-{run}");
        let mut create = |part: u8| {
            let (subnet, gateway) = (format!("10.47.{part}.0/22"), format!("10.47.{part}.1"));
            let config = json!({
                "Name": network,
                "Labels": {"io.podground.bench": run},
                "IPAM": {"Config": [{"Subnet": subnet, "Gateway": gateway}]},
            });
            docker.json("POST", "/networks/create", &config).map(|_| part)
        };
        // Docker 20.10 may refuse to remove an earlier run's network: another range then.
        let part =
            create(240).or_else(|_| create(244)).or_else(|_| create(248)).context("making the bench's network")?;
        Ok(Self { socket: socket.to_owned(), network, part, made: 0 })
    }

    /// Another connection, for another thread; the network stays this one's.
    pub fn again(&self) -> anyhow::Result<Client> {
        Ok(Client { docker: Connection::open(&Address::Unix(self.socket.clone()))?, network: self.network.clone() })
    }

    /// A pair that is not made yet.
    pub fn name(&mut self) -> Pair {
        self.made += 1;
        Pair {
            names: ["pause", "app"].map(|part| format!("{}-{part}-{}", self.network, self.made)),
            address: format!("10.47.{}.{}", self.part + 1, self.made % 250 + 1),
        }
    }
}

/// A pause container, and an application's that lives in its network.
pub struct Pair {
    names: [String; 2],
    address: String,
}

/// Who makes pairs.
pub struct Client {
    docker: Connection,
    network: String,
}

impl Client {
    /// Creates and starts the pause container.
    pub fn pause(&mut self, pair: &Pair) -> anyhow::Result<()> {
        let config = json!({
            "Image": "podground-pause:latest",
            "HostConfig": {"NetworkMode": self.network, "IpcMode": "shareable"},
            "NetworkingConfig": {"EndpointsConfig": {&self.network: {"IPAMConfig": {"IPv4Address": pair.address}}}},
        });
        self.run(&pair.names[0], &config)
    }

    /// Creates and starts the application's container in its running pause container.
    pub fn app(&mut self, pair: &Pair, image: &str, command: &[&str]) -> anyhow::Result<()> {
        let shared = format!("container:{}", pair.names[0]);
        let config = json!({
            "Image": image, "Entrypoint": command, "Cmd": [],
            "HostConfig": {"NetworkMode": shared, "IpcMode": shared},
        });
        self.run(&pair.names[1], &config)
    }

    fn run(&mut self, name: &str, config: &Value) -> anyhow::Result<()> {
        self.docker.json("POST", &format!("/containers/create?name={name}"), config)?;
        self.docker.request("POST", &format!("/containers/{name}/start"), &[])?;
        Ok(())
    }

    /// Stops the app as `kubectl delete --now` does (SIGTERM, SIGKILL after a second), then removes both.
    pub fn stop(&mut self, pair: &Pair) -> anyhow::Result<f64> {
        let started = Instant::now();
        self.docker.request("POST", &format!("/containers/{}/stop?t=1", pair.names[1]), &[])?;
        for name in pair.names.iter().rev() {
            self.docker.request("DELETE", &format!("/containers/{name}?force=true&v=true"), &[])?;
        }
        Ok(started.elapsed().as_secs_f64() * 1000.0)
    }
}

impl Drop for RawDocker {
    fn drop(&mut self) {
        if let Ok(mut client) = self.again() {
            let _ = client.docker.request("DELETE", &format!("/networks/{}", self.network), &[]);
        }
    }
}
