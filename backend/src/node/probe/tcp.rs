//! `tcpSocket`: a connection that opens is a success.

use std::time::Duration;

use tokio::net::TcpStream;

/// Probes; the error is what the kubelet reports.
///
/// # Errors
/// Why the probe failed.
pub async fn probe(host: &str, port: u16, timeout: Duration) -> Result<(), String> {
    match tokio::time::timeout(timeout, TcpStream::connect((host, port))).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(dial_error(host, port, &error)),
        Err(_) => Err(format!("dial tcp {host}:{port}: i/o timeout")),
    }
}

/// A failed connection in Go's words.
pub fn dial_error(host: &str, port: u16, error: &std::io::Error) -> String {
    let words = match error.raw_os_error().map(rustix::io::Errno::from_raw_os_error) {
        Some(rustix::io::Errno::CONNREFUSED) => "connect: connection refused".to_owned(),
        Some(rustix::io::Errno::HOSTUNREACH) => "connect: no route to host".to_owned(),
        Some(rustix::io::Errno::NETUNREACH) => "connect: network is unreachable".to_owned(),
        Some(rustix::io::Errno::TIMEDOUT) => "i/o timeout".to_owned(),
        _ => error.to_string(),
    };
    format!("dial tcp {host}:{port}: {words}")
}
