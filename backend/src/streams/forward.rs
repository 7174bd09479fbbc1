//! Port-forward: connections to a Pod's ports over SPDY's streams, plain or tunnelled through a WebSocket. Each
//! connection is a pair of streams, `data` and `error`, of one `requestID`.

use std::collections::HashMap;

use axum::extract::Request;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use shared::api::{Status, object};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;

use super::negotiate::{Protocol, Upgrade};
use super::query::Query;
use super::{Target, channel_forward, spdy, tunnel};

/// Streams that may wait for their other half.
const PENDING: usize = 128;
/// The largest piece read from a Pod.
const PIECE: usize = 32 << 10;

/// Switches the connection, and forwards until the client is gone.
pub async fn serve(target: Target, request: Request) -> Result<Response, Status> {
    if object_text(&target, "/spec/nodeName").is_empty() {
        let name = object::name(&target.pod);
        return Err(Status::bad_request(format!("pod {name} does not have a host assigned")));
    }
    let query = Query::parse(request.uri().query().unwrap_or_default());
    Ok(match Upgrade::of_forward(request).await? {
        Upgrade::Spdy(spdy) => {
            let (response, connection) = spdy.accept();
            tokio::spawn(async move {
                if let Some(io) = connection.await {
                    forward(target, spdy::start(io)).await;
                }
            });
            response
        }
        Upgrade::WebSocket { socket, protocol: Protocol::Tunnel } => {
            socket.on_upgrade(|socket| async move { forward(target, spdy::start(tunnel::open(socket))).await })
        }
        Upgrade::WebSocket { socket, .. } => {
            let ports = channel_forward::ports(&query)?;
            socket.on_upgrade(move |socket| channel_forward::serve(target, socket, ports))
        }
    })
}

fn object_text<'a>(target: &'a Target, pointer: &str) -> &'a str {
    target.pod.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_default()
}

#[derive(Default)]
struct Pair {
    data: Option<spdy::Stream>,
    error: Option<spdy::Stream>,
}

async fn forward(target: Target, mut connection: spdy::Session) {
    let mut pending: HashMap<String, Pair> = HashMap::new();
    // Dropped with the client: a Pod's side of a connection need not notice that the other is gone.
    let mut running = JoinSet::new();
    while let Some(stream) = connection.accept().await {
        while running.try_join_next().is_some() {}
        // Clients from before there were request ids use one connection a port.
        let id = stream.header("requestID").or_else(|| stream.header("port")).unwrap_or_default().to_owned();
        let pair = pending.entry(id.clone()).or_default();
        match stream.header("streamType") {
            Some("data") => pair.data = Some(stream),
            Some("error") => pair.error = Some(stream),
            _ => return,
        }
        if let Pair { data: Some(_), error: Some(_) } = pair
            && let Some(Pair { data: Some(data), error: Some(error) }) = pending.remove(&id)
        {
            running.spawn(connect(target.clone(), data, error));
        }
        if pending.len() > PENDING {
            return;
        }
    }
}

/// One connection. Both streams are ended when it is through: kubectl reads the error stream to its end.
async fn connect(target: Target, data: spdy::Stream, error: spdy::Stream) {
    if let Err(why) = carry(&target, data).await {
        error.writer().send(Bytes::from(why)).await;
    }
    error.writer().finish().await;
}

async fn carry(target: &Target, mut data: spdy::Stream) -> Result<(), String> {
    let (writer, thrown_away) = (data.writer(), data.writer());
    let port = data.header("port").unwrap_or_default();
    let connection = match port.parse() {
        Ok(port) => dial(target, port).await,
        Err(_) => Err(format!("invalid port {}", shared::api::field::quote(port))),
    };
    let connection = match connection {
        Ok(connection) => connection,
        Err(why) => {
            writer.finish().await;
            return Err(why);
        }
    };
    let (mut from_pod, mut to_pod) = tokio::io::split(connection);
    let up = async {
        while let Some(bytes) = data.receive().await {
            if to_pod.write_all(&bytes).await.is_err() {
                return;
            }
        }
        let _ = to_pod.shutdown().await;
    };
    let down = async {
        let mut buffer = BytesMut::with_capacity(PIECE);
        while let Ok(1..) = from_pod.read_buf(&mut buffer).await {
            if !writer.send(buffer.split().freeze()).await {
                return;
            }
            buffer.reserve(PIECE);
        }
        writer.finish().await;
    };
    // Who throws the stream away wants neither direction, however long the Pod would go on.
    tokio::select! {
        _ = async { tokio::join!(up, down) } => {}
        () = thrown_away.reset() => {}
    }
    Ok(())
}

/// Connects, or says why not in the kubelet's words.
pub(super) async fn dial(target: &Target, port: u16) -> Result<Box<dyn crate::runtime::Duplex>, String> {
    let Target { nodes, sandbox, pod } = target;
    nodes.port_forward(sandbox, pod, port).await.map_err(|status| {
        let (name, uid) = (object::name(pod), object::uid(pod));
        format!("error forwarding port {port} to pod {name}, uid {uid}: {}", status.message)
    })
}
