//! Port-forward over a WebSocket's channels, as the Python, JavaScript and Rust clients speak it: the ports stand in
//! the URL, each has a channel for data (2i) and one for an error (2i + 1), and there is one connection a port.

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use bytes::{Buf, Bytes, BytesMut};
use futures::{SinkExt, StreamExt};
use shared::api::Status;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::forward::dial;
use super::process_websocket::CLOSING;
use super::query::Query;
use super::{Target, channel};
use crate::runtime::Duplex;

/// A channel's number is a byte, and a port needs two.
const PORTS: usize = 100;
/// Messages that may wait for a Pod, or for the client.
const QUEUE: usize = 32;
/// The largest piece read from a Pod.
const PIECE: usize = 32 << 10;

/// The ports asked for, `ports=80&ports=81` or `ports=80,81`.
pub fn ports(query: &Query) -> Result<Vec<u16>, Status> {
    let mut ports = Vec::new();
    for text in query.all("ports").iter().flat_map(|p| p.split(',')) {
        match text.parse() {
            Ok(0) | Err(_) => {
                return Err(Status::bad_request(format!("invalid port {}", shared::api::field::quote(text))));
            }
            Ok(port) => ports.push(port),
        }
    }
    match ports.len() {
        0 => Err(Status::bad_request("query parameter \"ports\" is required")),
        1..=PORTS => Ok(ports),
        _ => Err(Status::bad_request(format!("at most {PORTS} ports can be forwarded at a time"))),
    }
}

/// Forwards until the client is gone, or every Pod's side has ended.
pub async fn serve(target: Target, socket: WebSocket, ports: Vec<u16>) {
    let (mut sink, mut messages) = socket.split();
    let (out, mut outgoing) = mpsc::channel::<Bytes>(QUEUE);
    let mut running = JoinSet::new();
    let mut inputs = Vec::new();
    for (at, port) in ports.into_iter().enumerate() {
        let channel = u8::try_from(2 * at).unwrap_or(u8::MAX);
        // Each channel's first message is the port's number (`portforward.websocketStreamHandler`).
        for channel in [channel, channel + 1] {
            if sink.send(Message::Binary(channel::write(channel, &port.to_le_bytes()))).await.is_err() {
                return;
            }
        }
        let (input, incoming) = mpsc::channel::<Bytes>(QUEUE);
        inputs.push(input);
        running.spawn(connect(target.clone(), port, channel, incoming, out.clone()));
    }
    drop(out);
    let inward = async {
        while let Some(Ok(message)) = messages.next().await {
            // As for exec, text is as good.
            let message = match message {
                Message::Text(text) => Message::Binary(text.into()),
                other => other,
            };
            match message {
                Message::Binary(mut bytes) if bytes.len() > 1 => {
                    let channel = bytes.get_u8();
                    if let Some(input) = inputs.get(usize::from(channel / 2)).filter(|_| channel % 2 == 0) {
                        // A connection that is through takes no more; the others go on.
                        let _ = input.send(bytes).await;
                    }
                }
                Message::Binary(_) | Message::Ping(_) | Message::Pong(_) => {}
                Message::Text(_) | Message::Close(_) => return,
            }
        }
    };
    let outward = async {
        while let Some(message) = outgoing.recv().await {
            if sink.send(Message::Binary(message)).await.is_err() {
                return;
            }
        }
    };
    tokio::select! { () = inward => {}, () = outward => {} }
    running.abort_all();
    let close = CloseFrame { code: close_code::NORMAL, reason: "".into() };
    let _ = sink.send(Message::Close(Some(close))).await;
    let _ = tokio::time::timeout(CLOSING, async { while let Some(Ok(_)) = messages.next().await {} }).await;
}

async fn connect(target: Target, port: u16, channel: u8, incoming: mpsc::Receiver<Bytes>, out: mpsc::Sender<Bytes>) {
    match dial(&target, port).await {
        Ok(connection) => {
            let (from_pod, to_pod) = tokio::io::split(connection);
            // The client cannot end its side alone, so the Pod's end is the connection's.
            tokio::select! {
                () = upload(incoming, to_pod) => {}
                () = download(from_pod, channel, out) => {}
            }
        }
        Err(why) => {
            let _ = out.send(channel::write(channel + 1, why.as_bytes())).await;
        }
    }
}

async fn upload(mut incoming: mpsc::Receiver<Bytes>, mut to_pod: WriteHalf<Box<dyn Duplex>>) {
    while let Some(bytes) = incoming.recv().await {
        if to_pod.write_all(&bytes).await.is_err() {
            break;
        }
    }
    // A Pod that reads no more may still write.
    std::future::pending().await
}

async fn download(mut from_pod: ReadHalf<Box<dyn Duplex>>, channel: u8, out: mpsc::Sender<Bytes>) {
    let mut buffer = BytesMut::with_capacity(PIECE);
    while let Ok(1..) = from_pod.read_buf(&mut buffer).await {
        if out.send(channel::write(channel, &buffer)).await.is_err() {
            return;
        }
        buffer.clear();
        buffer.reserve(PIECE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_a_query() {
        let cases = [
            ("ports=80", Ok(vec![80])),
            ("ports=80,81&ports=82", Ok(vec![80, 81, 82])),
            ("ports=0", Err("invalid port \"0\"")),
            ("ports=70000", Err("invalid port \"70000\"")),
            ("", Err("query parameter \"ports\" is required")),
        ];
        for (query, expected) in cases {
            let found = ports(&Query::parse(query)).map_err(|s| s.message);
            assert_eq!(found, expected.map_err(str::to_owned), "{query}");
        }
    }
}
