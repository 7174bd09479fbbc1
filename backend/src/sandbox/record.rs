//! What is remembered of a sandbox besides its objects. Everything else is re-observed from the engine.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

/// A sandbox as its file in the data directory describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The sandbox's name.
    pub name: String,
    /// Which /22 of the pool it has; see [`Subnet`].
    pub subnet: u16,
    /// The learner's token on the sandbox's own network.
    pub token: String,
    /// When it was made, RFC 3339.
    pub created: String,
    /// The names of its nodes, the control plane first.
    pub nodes: Vec<String>,
}

impl Record {
    fn file(dir: &Path, name: &str) -> PathBuf {
        dir.join("sandboxes").join(format!("{name}.json"))
    }

    /// Every remembered sandbox, by name.
    ///
    /// # Errors
    /// When a file cannot be read or understood: nothing is skipped silently.
    pub fn all(dir: &Path) -> anyhow::Result<Vec<Self>> {
        let mut records = Vec::new();
        for entry in std::fs::read_dir(dir.join("sandboxes"))? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "json") {
                let text = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
                let record = serde_json::from_slice(&text)
                    .with_context(|| format!("{} is not a sandbox record", path.display()))?;
                records.push(record);
            }
        }
        records.sort_by(|a: &Self, b| a.name.cmp(&b.name));
        Ok(records)
    }

    /// Remembers the sandbox.
    ///
    /// # Errors
    /// What the file system says.
    pub fn save(&self, dir: &Path) -> anyhow::Result<()> {
        crate::data_dir::write(&Self::file(dir, &self.name), &serde_json::to_vec_pretty(self)?)
    }

    /// Forgets the sandbox.
    ///
    /// # Errors
    /// What the file system says, unless the file is gone already.
    pub fn remove(dir: &Path, name: &str) -> anyhow::Result<()> {
        match std::fs::remove_file(Self::file(dir, name)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e.into()),
            _ => Ok(()),
        }
    }
}

/// A sandbox's addresses: one of the 512 blocks of four /24 networks in 10.40.0.0/13.
/// The first /24 is the gateway's (.1) and the nodes' (.2, .3, …); the next ones are the nodes' pod ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subnet(pub u16);

impl Subnet {
    /// How many sandboxes there can be.
    pub const COUNT: u16 = 512;
    /// How many nodes a sandbox can have.
    pub const NODES: usize = 3;

    /// Blocks count from 10.42.0.0, so that the first sandbox has the addresses that k3s users know, and wrap around.
    const fn base(self) -> u32 {
        let block = (self.0 as u32 + 128) % Self::COUNT as u32;
        (10 << 24) + (40 << 16) + (block << 10)
    }

    /// The whole block, `10.42.0.0/22`.
    pub fn cidr(self) -> String {
        format!("{}/22", Ipv4Addr::from(self.base()))
    }

    /// The gateway, which is the host's end of the bridge.
    pub fn gateway(self) -> Ipv4Addr {
        Ipv4Addr::from(self.base() + 1)
    }

    /// The address of node `index`.
    pub fn node(self, index: usize) -> Ipv4Addr {
        Ipv4Addr::from(self.base() + 2 + index as u32)
    }

    /// The pod range of node `index`, `10.42.1.0/24`.
    pub fn pod_cidr(self, index: usize) -> String {
        format!("{}/24", Ipv4Addr::from(self.base() + 256 * (index as u32 + 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subnets_follow_one_another_and_wrap() {
        let shown = |s: Subnet| format!("{} {} {} {}", s.cidr(), s.gateway(), s.node(1), s.pod_cidr(1));
        assert_eq!(shown(Subnet(0)), "10.42.0.0/22 10.42.0.1 10.42.0.3 10.42.2.0/24");
        assert_eq!(shown(Subnet(1)), "10.42.4.0/22 10.42.4.1 10.42.4.3 10.42.6.0/24");
        assert_eq!(shown(Subnet(511)), "10.41.252.0/22 10.41.252.1 10.41.252.3 10.41.254.0/24");
    }
}
