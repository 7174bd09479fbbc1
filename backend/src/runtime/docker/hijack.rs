//! Connections that the engine hands over to a process: exec and attach. Not through bollard, whose decoder takes a
//! terminal's bytes 0 to 2 for a frame's head (0.21.1) and then waits for what never comes.

use std::path::PathBuf;

use bytes::{Buf, Bytes, BytesMut};
use futures::Stream;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::UnixStream;

use super::by_code;
use crate::runtime::{Output, Result, RuntimeError};

/// The largest piece read at a time.
const PIECE: usize = 32 << 10;

/// Where the engine listens, and what is spoken with it.
#[derive(Clone, Debug)]
pub struct Wire {
    /// Its socket.
    pub socket: PathBuf,
    /// `1.41`
    pub version: String,
}

impl Wire {
    /// Posts `body` and takes over the connection.
    pub async fn hijack(&self, path: &str, body: Value) -> Result<TokioIo<Upgraded>> {
        let lost = |e: &dyn std::fmt::Display| RuntimeError::Unavailable(e.to_string());
        let socket = UnixStream::connect(&self.socket).await.map_err(|e| lost(&e))?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(socket)).await.map_err(|e| lost(&e))?;
        tokio::spawn(connection.with_upgrades());
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/v{}{path}", self.version))
            .header(header::HOST, "docker")
            .header(header::CONNECTION, "Upgrade")
            .header(header::UPGRADE, "tcp")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body.to_string())))
            .map_err(|e| RuntimeError::Invalid(e.to_string()))?;
        let response = sender.send_request(request).await.map_err(|e| lost(&e))?;
        let status = response.status();
        if status != StatusCode::SWITCHING_PROTOCOLS {
            let body = response.into_body().collect().await.map_err(|e| lost(&e))?.to_bytes();
            let message = serde_json::from_slice::<Value>(&body).ok();
            let message = message.as_ref().and_then(|m| m.get("message")).and_then(Value::as_str);
            let message = message.map_or_else(|| String::from_utf8_lossy(&body).into_owned(), str::to_owned);
            return Err(by_code(status.as_u16(), message));
        }
        hyper::upgrade::on(response).await.map(TokioIo::new).map_err(|e| lost(&e))
    }
}

/// What a process prints: a terminal's bytes as they are, else frames that say which stream they are of.
pub fn pieces(reader: impl AsyncRead + Send + Unpin + 'static, tty: bool) -> impl Stream<Item = Result<Output>> {
    let start = (reader, BytesMut::with_capacity(PIECE), Frame::default());
    futures::stream::unfold(start, move |(mut reader, mut buffer, mut frame)| async move {
        loop {
            let piece = match tty {
                true => (!buffer.is_empty()).then(|| Output::Stdout(buffer.split().freeze())),
                false => frame.take(&mut buffer),
            };
            if let Some(piece) = piece {
                return Some((Ok(piece), (reader, buffer, frame)));
            }
            buffer.reserve(PIECE);
            match reader.read_buf(&mut buffer).await {
                Ok(0) => return None,
                Ok(_) => {}
                // The engine resets a connection whose input it has not read to its end; that is an end, too.
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => {
                    return Some((Err(RuntimeError::Unavailable(error.to_string())), (reader, buffer, frame)));
                }
            }
        }
    })
}

/// The frame that is being read: eight bytes of head (stream, three zeros, length), then as many bytes.
#[derive(Default)]
struct Frame {
    stderr: bool,
    left: usize,
}

impl Frame {
    fn take(&mut self, buffer: &mut BytesMut) -> Option<Output> {
        while self.left == 0 {
            let head = *buffer.first_chunk::<8>()?;
            buffer.advance(8);
            self.stderr = head[0] == 2;
            self.left = u32::from_be_bytes([head[4], head[5], head[6], head[7]]) as usize;
        }
        let bytes = buffer.split_to(buffer.len().min(self.left)).freeze();
        self.left -= bytes.len();
        (!bytes.is_empty()).then_some(match self.stderr {
            true => Output::Stderr(bytes),
            false => Output::Stdout(bytes),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt;

    #[tokio::test]
    async fn read_in_any_pieces() {
        let wire: &[u8] = b"\x01\0\0\0\0\0\0\x03out\x02\0\0\0\0\0\0\x03err\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\x02ok";
        for (tty, expected) in [(false, (b"outok".to_vec(), b"err".to_vec())), (true, (wire.to_vec(), Vec::new()))] {
            for size in [1, 3, 8, 11, 100] {
                let chunks: Vec<_> =
                    wire.chunks(size).map(|c| Ok::<_, std::io::Error>(Bytes::from_static(c))).collect();
                let reader = tokio_util::io::StreamReader::new(futures::stream::iter(chunks));
                let found: Vec<_> = pieces(Box::pin(reader), tty).collect().await;
                let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
                for piece in found {
                    match piece.unwrap() {
                        Output::Stdout(bytes) => stdout.extend_from_slice(&bytes),
                        Output::Stderr(bytes) => stderr.extend_from_slice(&bytes),
                    }
                }
                assert_eq!((stdout, stderr), expected, "{tty} {size}");
            }
        }
    }
}
