//! Connections to a container's own loopback, from inside its network namespace: a server that listens on 127.0.0.1
//! only is reached too, as it is through the kubelet.

use std::fs::File;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::time::Duration;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::runtime::{Duplex, Result, RuntimeError};

/// Loopback answers at once or not at all.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Connects to `port` in the network namespace of `pid`. Needs root on the engine's own host.
pub async fn loopback(pid: i32, port: u16) -> Result<Box<dyn Duplex>> {
    let (tell, told) = tokio::sync::oneshot::channel();
    // A thread of its own, which ends in the other namespace: a pooled one would stay there. The socket belongs to
    // the namespace that it was made in, whoever uses it afterwards.
    let thread = std::thread::Builder::new().name("port-forward".to_owned()).spawn(move || {
        let _ = tell.send(enter(pid).and_then(|()| dial(port)));
    });
    thread.map_err(|e| RuntimeError::Engine(format!("starting a thread: {e}")))?;
    let socket = told.await.map_err(|_| RuntimeError::Engine("the connecting thread died".to_owned()))??;
    let socket = socket.set_nonblocking(true).and_then(|()| tokio::net::TcpStream::from_std(socket));
    Ok(Box::new(socket.map_err(|e| RuntimeError::Engine(e.to_string()))?))
}

fn enter(pid: i32) -> Result<()> {
    let failed = |e: &dyn std::fmt::Display| {
        RuntimeError::Engine(format!(
            "entering the network of process {pid}: {e} (the engine has to run on this host, and this server as root)"
        ))
    };
    let namespace = File::open(format!("/proc/{pid}/ns/net")).map_err(|e| failed(&e))?;
    move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network)).map_err(|e| failed(&e))
}

/// IPv4 first, then IPv6, as the kubelet's runtimes dial `localhost`; and in their words.
fn dial(port: u16) -> Result<TcpStream> {
    let connect = |address: SocketAddr| TcpStream::connect_timeout(&address, TIMEOUT);
    connect((Ipv4Addr::LOCALHOST, port).into())
        .or_else(|first| connect((Ipv6Addr::LOCALHOST, port).into()).map_err(|_| first))
        .map_err(|error| {
            let why = match error.kind() {
                ErrorKind::ConnectionRefused => "connect: connection refused".to_owned(),
                ErrorKind::TimedOut => "i/o timeout".to_owned(),
                _ => error.to_string(),
            };
            let dial = format!("dial tcp4 127.0.0.1:{port}: {why}");
            RuntimeError::Conflict(format!("failed to connect to localhost:{port} inside namespace: {dial}"))
        })
}
