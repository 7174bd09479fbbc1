//! What a sandbox stands on at the engine: a network, and a container per node. Laid anew or taken over; what is
//! there already and fits is left alone, so that a restart of the server disturbs nothing.

use std::collections::BTreeMap;
use std::net::IpAddr;

use anyhow::Context;
use bytes::Bytes;
use shared::api::Quantity;

use super::record::{Record, Subnet};
use super::registry::Parts;
use super::{cgroup, firewall, kubeconfig};
use crate::node::NodeConfig;
use crate::runtime::{NetworkSpec, NodeSpec, Role, RuntimeError, labels};

/// Where the API listens on a sandbox's gateway.
pub const API_PORT: u16 = 6443;
/// Where Pods find it, as they find the Service `kubernetes` in a cluster.
const SERVICE_PORT: u16 = 443;
/// Where kubectl on a node finds its configuration.
const NODE_KUBECONFIG: &str = "/etc/podground/kubeconfig";
const NODE_IMAGE: &str = "podground-node:latest";

/// A sandbox's network and nodes, as the engine has them.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The network's name.
    pub network: String,
    /// Where the API is for Pods.
    pub service_port: u16,
    /// The nodes, the control plane first.
    pub nodes: Vec<Node>,
}

/// A node's container.
#[derive(Clone, Debug)]
pub struct Node {
    /// The node's name.
    pub name: String,
    /// The container's id.
    pub container: String,
    /// The cgroup that everything on the node lives below.
    pub cgroup_parent: String,
}

/// The bridge's interface name: the firewall's rules name it, and 15 letters is the kernel's limit.
pub fn bridge(instance: &str, subnet: u16) -> String {
    format!("pg{instance}{subnet}").chars().take(15).collect()
}

/// Whether the engine refused the network because its addresses are in use.
pub fn is_overlap(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|e| e.downcast_ref::<RuntimeError>()).any(|e| e.to_string().contains("overlaps"))
}

fn common_labels(parts: &Parts, record: &Record) -> BTreeMap<String, String> {
    BTreeMap::from([
        (labels::INSTANCE.to_owned(), parts.instance.clone()),
        (labels::SANDBOX.to_owned(), record.name.clone()),
    ])
}

fn network_name(parts: &Parts, record: &Record) -> String {
    format!("pg-{}-{}", parts.instance, record.name)
}

/// Lays the ground of a sandbox, or takes it over.
///
/// # Errors
/// What the engine says.
pub async fn lay(parts: &Parts, record: &Record) -> anyhow::Result<Ground> {
    let subnet = Subnet(record.subnet);
    let network = network_name(parts, record);
    let bridge = bridge(&parts.instance, record.subnet);
    let spec = NetworkSpec {
        name: network.clone(),
        subnet: subnet.cidr(),
        gateway: subnet.gateway().to_string(),
        bridge: Some(bridge.clone()),
        labels: common_labels(parts, record),
    };
    parts.runtime.ensure_network(&spec).await.context("making the sandbox's network")?;
    let service_port = match firewall::protect(&bridge, subnet.gateway(), (SERVICE_PORT, API_PORT)).await {
        Ok(()) => SERVICE_PORT,
        Err(error) => {
            tracing::warn!(sandbox = record.name, %error, "the host is not shielded from the sandbox's containers");
            API_PORT
        }
    };
    let info = parts.runtime.info().await?;
    let places = (0..record.nodes.len()).map(|index| place(parts, record, &network, &info.cgroup_driver, index));
    let nodes = futures::future::try_join_all(places).await?;
    Ok(Ground { network, service_port, nodes })
}

/// One node: its cgroup, its container, its kubeconfig.
async fn place(parts: &Parts, record: &Record, network: &str, driver: &str, index: usize) -> anyhow::Result<Node> {
    let name = record.nodes[index].clone();
    let subnet = Subnet(record.subnet);
    let cgroup_parent = cgroup::parent(driver, &parts.instance, &record.name, &name);
    let (cpu, memory) = capacity(parts);
    if let Err(error) = cgroup::cap(&cgroup_parent, cpu.milli_value(), memory.value()) {
        tracing::warn!(
            sandbox = record.name,
            node = name,
            error = format!("{error:#}"),
            "the node's capacity is not enforced"
        );
    }
    let mut labels_of_node = common_labels(parts, record);
    labels_of_node.insert(labels::ROLE.to_owned(), Role::Node.as_str().to_owned());
    labels_of_node.insert(labels::NODE.to_owned(), name.clone());
    let spec = NodeSpec {
        name: format!("pg-{}-{}-{name}", parts.instance, record.name),
        hostname: name.clone(),
        image: NODE_IMAGE.to_owned(),
        network: network.to_owned(),
        ip: IpAddr::from(subnet.node(index)),
        cgroup_parent: Some(cgroup_parent.clone()),
        labels: labels_of_node,
    };
    let container = parts.runtime.ensure_node(&spec).await.with_context(|| format!("making the node {name}"))?;
    let server = format!("https://{}:{API_PORT}", subnet.gateway());
    let config = kubeconfig::inside(&record.name, &server, parts.authority.pem(), &record.token);
    // One that leads here stays as the learner has made it: with another namespace, say.
    let there =
        parts.runtime.exec_capture(&container, &["cat", NODE_KUBECONFIG].map(str::to_owned), Bytes::new()).await;
    let there = there.map(|read| String::from_utf8_lossy(&read.stdout).into_owned()).unwrap_or_default();
    if !kubeconfig::leads_to(&there, &server, parts.authority.pem(), &record.token) {
        parts.runtime.write_file(&container, NODE_KUBECONFIG, config.as_bytes(), 0o600).await?;
    }
    Ok(Node { name, container, cgroup_parent })
}

/// CPUs and memory that each node offers.
fn capacity(parts: &Parts) -> (Quantity, Quantity) {
    let read = |text: &str| Quantity::parse(text).unwrap_or_else(|_| Quantity::milli(1000));
    (read(&parts.config.node_cpu), read(&parts.config.node_memory))
}

/// What a node's kubelet needs to know.
pub fn node_config(parts: &Parts, record: &Record, ground: &Ground, node: &Node, index: usize) -> NodeConfig {
    let (cpu, memory) = capacity(parts);
    let subnet = Subnet(record.subnet);
    NodeConfig {
        instance: parts.instance.clone(),
        sandbox: record.name.clone(),
        name: node.name.clone(),
        container_id: node.container.clone(),
        ip: IpAddr::from(subnet.node(index)),
        network: ground.network.clone(),
        pod_cidr: subnet.pod_cidr(index),
        cgroup_parent: Some(node.cgroup_parent.clone()),
        control_plane: index == 0,
        cpu,
        memory,
        data_dir: parts.data_dir.clone(),
        client: parts.api.client(&record.name, &format!("system:node:{}", node.name)),
        api_server: Some((IpAddr::from(subnet.gateway()), ground.service_port).into()),
        runtime: parts.runtime.clone(),
        time_scale: parts.config.time_scale,
    }
}

/// How often a removal that failed is tried again.
const REMOVALS: u32 = 5;

/// Removes every container and network of a sandbox, its cgroups, and what its Pods' volumes have on this host.
///
/// # Errors
/// What the engine says.
pub async fn clear(parts: &Parts, record: &Record) -> anyhow::Result<()> {
    let mut removed = parts.runtime.remove_all(&common_labels(parts, record)).await;
    // A container that the engine was making when its task was ended appears behind the list, and holds the network.
    for _ in 0..REMOVALS {
        if removed.is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        removed = parts.runtime.remove_all(&common_labels(parts, record)).await;
    }
    // Also when a container stays: what is mounted for the others would never be found again.
    crate::node::forget_sandbox(&parts.data_dir, &record.name).await.map_err(anyhow::Error::msg)?;
    removed?;
    let info = parts.runtime.info().await?;
    for node in &record.nodes {
        cgroup::remove(&cgroup::parent(&info.cgroup_driver, &parts.instance, &record.name, node));
    }
    Ok(())
}
