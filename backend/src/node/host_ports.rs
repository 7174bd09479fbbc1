//! hostPort: what comes to a port of the node goes on to its Pod.
//!
//! The rules are in the network namespace of the node's own container, where `portmap` has them on a real node: no port
//! of the real host is opened, other nodes and Pods reach them by the node's address, and the node's own shell by
//! `localhost` too. They are written whole whenever they change, and vanish with the node's container. TCP and UDP only.
//! Needs root and `iptables` on the engine's own host; where that is missing, the log says so.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use k8s_openapi::api::core::v1::Pod;
use shared::lifecycle::PodSandbox;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Node;

/// How long after the machine's boot, or the backend's start, the rules are first written.
const SETTLE: Duration = Duration::from_millis(200);

/// One port of the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HostPort {
    /// The node's address that is meant; `None` for all.
    address: Option<String>,
    /// `tcp` or `udp`
    protocol: &'static str,
    port: i32,
    /// The Pod's address and port.
    to: (String, i32),
}

/// The node's ports by Pod uid.
#[derive(Default)]
pub(super) struct HostPorts(watch::Sender<BTreeMap<String, Vec<HostPort>>>);

impl HostPorts {
    /// What a Pod has; nothing for an empty list.
    pub fn set(&self, uid: &str, ports: Vec<HostPort>) {
        self.0.send_if_modified(|all| match all.get(uid) {
            None if ports.is_empty() => false,
            Some(known) if *known == ports => false,
            _ if ports.is_empty() => all.remove(uid).is_some(),
            _ => {
                all.insert(uid.to_owned(), ports);
                true
            }
        });
    }

    /// Nothing is there any more.
    pub fn clear(&self) {
        self.0.send_replace(BTreeMap::new());
    }
}

/// The node's ports that go to a Pod whose pod sandbox runs.
pub(super) fn of(pod: &Pod, sandbox: Option<&PodSandbox>) -> Vec<HostPort> {
    let ip = sandbox.filter(|s| s.ready).and_then(|s| s.ip.clone());
    let (Some(ip), Some(spec)) = (ip, &pod.spec) else { return Vec::new() };
    let sidecars = spec.init_containers.iter().flatten().filter(|c| c.restart_policy.as_deref() == Some("Always"));
    let ports = spec.containers.iter().chain(sidecars).flat_map(|c| c.ports.iter().flatten());
    let ports = ports.filter_map(|port| {
        let protocol = match port.protocol.as_deref() {
            None | Some("TCP") => "tcp",
            Some("UDP") => "udp",
            _ => return None,
        };
        let address = port.host_ip.clone().filter(|ip| !matches!(ip.as_str(), "" | "0.0.0.0" | "::"));
        let number = port.host_port.filter(|port| *port > 0)?;
        Some(HostPort { address, protocol, port: number, to: (ip.clone(), port.container_port) })
    });
    ports.collect()
}

/// Keeps the rules in the namespace of `pid` until the session is over.
pub(super) async fn run(node: Arc<Node>, pid: i32, session: CancellationToken) {
    let mut ports = node.host_ports.0.subscribe();
    // Rules of an earlier process stay until its Pods have been taken over.
    tokio::select! {
        () = session.cancelled() => return,
        () = tokio::time::sleep(SETTLE) => {}
    }
    let mut written = rules([].iter());
    if ports.borrow().is_empty() {
        // What is left of Pods that went meanwhile, if anything.
        let _ = enter(pid, "iptables -w -t nat -F PODGROUND-HOSTPORT", "").await;
    }
    loop {
        let wanted = rules(ports.borrow_and_update().values().flatten());
        if wanted != written {
            match enter(pid, SCRIPT, &wanted).await {
                Ok(()) => written = wanted,
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::warn!(node = node.config.name, error, "the node's ports do not lead to its Pods");
                }
            }
        }
        tokio::select! {
            () = session.cancelled() => return,
            changed = ports.changed() => if changed.is_err() { return },
        }
    }
}

/// Two chains for `iptables-restore`: where to, and that the answer comes back the same way.
fn rules<'a>(ports: impl Iterator<Item = &'a HostPort>) -> String {
    let (mut there, mut back) = (String::new(), String::new());
    for HostPort { address, protocol, port, to: (ip, target) } in ports {
        let address = address.as_ref().map(|a| format!("-d {a} ")).unwrap_or_default();
        let _ = writeln!(
            there,
            "-A PODGROUND-HOSTPORT {address}-p {protocol} -m {protocol} --dport {port} -j DNAT --to-destination {ip}:{target}"
        );
        let _ = writeln!(
            back,
            "-A PODGROUND-ANSWER -d {ip} -p {protocol} -m {protocol} --dport {target} -m conntrack --ctstate DNAT -j MASQUERADE"
        );
    }
    format!("*nat\n:PODGROUND-HOSTPORT - [0:0]\n:PODGROUND-ANSWER - [0:0]\n{there}{back}COMMIT\n")
}

/// What is addressed to the node goes through the first chain, what leaves it through the second. What the node's own
/// shell sends to `localhost` may leave it.
const SCRIPT: &str = r#"set -e
iptables-restore -w --noflush
jump() { iptables -w -t nat -C "$@" 2>/dev/null || iptables -w -t nat -A "$@"; }
jump PREROUTING -m addrtype --dst-type LOCAL -j PODGROUND-HOSTPORT
jump OUTPUT -m addrtype --dst-type LOCAL -j PODGROUND-HOSTPORT
jump POSTROUTING -j PODGROUND-ANSWER
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet"#;

/// Runs a script in the network namespace of a process.
async fn enter(pid: i32, script: &str, input: &str) -> anyhow::Result<()> {
    let mut shell = tokio::process::Command::new("nsenter")
        .args(["--target", &pid.to_string(), "--net", "sh", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("starting nsenter")?;
    if let Some(mut pipe) = shell.stdin.take() {
        pipe.write_all(input.as_bytes()).await?;
    }
    let done = shell.wait_with_output().await?;
    if !done.status.success() {
        bail!("{}", String::from_utf8_lossy(&done.stderr).trim());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ports_and_rules() {
        let ports = json!([
            {"containerPort": 80, "hostPort": 8080},
            {"containerPort": 53, "hostPort": 5353, "protocol": "UDP", "hostIP": "10.42.0.3"},
            {"containerPort": 81}, {"containerPort": 82, "hostPort": 82, "protocol": "SCTP"},
        ]);
        let pod = json!({"spec": {"containers": [{"name": "c", "image": "i", "ports": ports}]}});
        let pod: Pod = serde_json::from_value(pod).unwrap();
        let sandbox = |ready| PodSandbox { id: "s".to_owned(), attempt: 0, ready, ip: Some("10.42.1.2".to_owned()) };
        assert_eq!(of(&pod, Some(&sandbox(false))), []);
        let found = rules(of(&pod, Some(&sandbox(true))).iter());
        let expected = "*nat
:PODGROUND-HOSTPORT - [0:0]
:PODGROUND-ANSWER - [0:0]
-A PODGROUND-HOSTPORT -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.42.1.2:80
-A PODGROUND-HOSTPORT -d 10.42.0.3 -p udp -m udp --dport 5353 -j DNAT --to-destination 10.42.1.2:53
-A PODGROUND-ANSWER -d 10.42.1.2 -p tcp -m tcp --dport 80 -m conntrack --ctstate DNAT -j MASQUERADE
-A PODGROUND-ANSWER -d 10.42.1.2 -p udp -m udp --dport 53 -m conntrack --ctstate DNAT -j MASQUERADE
COMMIT
";
        assert_eq!(found, expected);
    }
}
