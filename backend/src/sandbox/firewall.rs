//! What a sandbox may reach on its host: the API on the gateway address, and nothing else.
//!
//! Docker's own rules keep sandboxes apart from each other; they do not stop a container from reaching services of
//! the host, nor a cloud's metadata address. Rules are written with `iptables`, in chains named after the
//! installation; where that is not possible (not root, remote engine) the server says so and goes on.

use std::net::Ipv4Addr;

use anyhow::bail;
use tokio::process::Command;

/// Link-local addresses: clouds serve credentials there.
const METADATA: &str = "169.254.0.0/16";

/// Opens the API's port for a sandbox's bridge, under a Service's port too, and closes every other way from it to the
/// host.
///
/// # Errors
/// What iptables says.
pub async fn protect(bridge: &str, gateway: Ipv4Addr, (service, api): (u16, u16)) -> anyhow::Result<()> {
    let chain = chain(bridge);
    // Made anew each time, so that a restart of the server mends what a crash left half made.
    let _ = unprotect(bridge).await;
    iptables(&["-N", &chain]).await?;
    let (gateway, port) = (gateway.to_string(), api.to_string());
    let rules: [&[&str]; 4] = [
        &["-m", "conntrack", "--ctstate", "ESTABLISHED,RELATED", "-j", "ACCEPT"],
        &["-p", "tcp", "-d", &gateway, "--dport", &port, "-j", "ACCEPT"],
        &["-p", "icmp", "-d", &gateway, "-j", "ACCEPT"],
        &["-j", "DROP"],
    ];
    for rule in rules {
        iptables(&[&["-A", &chain], rule].concat()).await?;
    }
    iptables(&["-t", "nat", "-N", &chain]).await?;
    let to_service = ["-p", "tcp", "-d", &gateway, "--dport", &service.to_string(), "-j", "REDIRECT"];
    iptables(&[&["-t", "nat", "-A", &chain], &to_service[..], &["--to-ports", &port]].concat()).await?;
    iptables(&["-t", "nat", "-I", "PREROUTING", "-i", bridge, "-j", &chain]).await?;
    iptables(&["-I", "INPUT", "-i", bridge, "-j", &chain]).await?;
    iptables(&["-I", "FORWARD", "-i", bridge, "-d", METADATA, "-j", "DROP"]).await?;
    Ok(())
}

/// Takes the rules of a sandbox's bridge away.
///
/// # Errors
/// What iptables says; missing rules are no error.
pub async fn unprotect(bridge: &str) -> anyhow::Result<()> {
    let chain = chain(bridge);
    let jumps: [(&str, &[&str]); 3] = [
        ("filter", &["INPUT", "-i", bridge, "-j", &chain]),
        ("filter", &["FORWARD", "-i", bridge, "-d", METADATA, "-j", "DROP"]),
        ("nat", &["PREROUTING", "-i", bridge, "-j", &chain]),
    ];
    for (table, jump) in jumps {
        while iptables(&[&["-t", table, "-D"], jump].concat()).await.is_ok() {}
    }
    for table in ["filter", "nat"] {
        if iptables(&["-t", table, "-F", &chain]).await.is_ok() {
            iptables(&["-t", table, "-X", &chain]).await?;
        }
    }
    Ok(())
}

fn chain(bridge: &str) -> String {
    format!("PODGROUND-{bridge}")
}

async fn iptables(arguments: &[&str]) -> anyhow::Result<()> {
    let output = Command::new("iptables").arg("-w").args(arguments).output().await?;
    if !output.status.success() {
        bail!("iptables {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
