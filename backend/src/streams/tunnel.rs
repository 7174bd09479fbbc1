//! A WebSocket as a plain connection: the binary messages' bytes, one after another. Knows nothing of what they say.

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use bytes::BytesMut;
use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::process_websocket::CLOSING;

/// What may be under way.
const BUFFER: usize = 64 << 10;

/// The connection. A task serves the socket until either side ends.
pub fn open(socket: WebSocket) -> DuplexStream {
    let (near, far) = tokio::io::duplex(BUFFER);
    tokio::spawn(carry(socket, near));
    far
}

async fn carry(socket: WebSocket, near: DuplexStream) {
    let (mut sink, mut messages) = socket.split();
    let (mut reader, mut writer) = tokio::io::split(near);
    let inward = async {
        while let Some(Ok(message)) = messages.next().await {
            match message {
                Message::Binary(bytes) => {
                    if writer.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Text(_) | Message::Close(_) => return,
            }
        }
    };
    let outward = async {
        let mut buffer = BytesMut::with_capacity(BUFFER);
        while let Ok(1..) = reader.read_buf(&mut buffer).await {
            if sink.send(Message::Binary(buffer.split().freeze())).await.is_err() {
                return;
            }
            buffer.reserve(BUFFER);
        }
    };
    tokio::select! { () = inward => {}, () = outward => {} }
    let close = CloseFrame { code: close_code::NORMAL, reason: "".into() };
    let _ = sink.send(Message::Close(Some(close))).await;
    let _ = tokio::time::timeout(CLOSING, async { while let Some(Ok(_)) = messages.next().await {} }).await;
}
