//! A connection: a task that reads frames and hands them to their streams, and a task that writes.
//!
//! A stream whose reader is slow holds the whole connection back: the client's TCP then stops, and nothing is
//! buffered without bound. When either side goes, every stream ends.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::frame::Frame;
use super::headers;

/// Frames that may wait for a stream's reader, or for the connection's writer.
const QUEUE: usize = 32;
/// Streams that may be open at a time: two a connection that is forwarded.
const STREAMS: usize = 2048;
/// The largest piece of data put into one frame.
const PIECE: usize = 32 << 10;
/// `PROTOCOL_ERROR`, `INVALID_STREAM`
const INVALID_STREAM: u32 = 2;

enum Outgoing {
    Frame(Frame),
    Reply(u32),
}

/// A stream that the client opened.
pub struct Stream {
    headers: headers::Headers,
    incoming: mpsc::Receiver<Bytes>,
    writer: Writer,
}

/// The writing end of a stream. Clones write to the same stream.
#[derive(Clone)]
pub struct Writer {
    id: u32,
    out: mpsc::Sender<Outgoing>,
    reset: Arc<CancellationToken>,
}

/// The reading task's side of a stream.
struct Open {
    /// `None` when the client has sent all.
    data: Option<mpsc::Sender<Bytes>>,
    reset: Arc<CancellationToken>,
}

impl Open {
    /// Whether the client or we have a use for it still.
    fn lives(&self) -> bool {
        self.data.is_some() || Arc::strong_count(&self.reset) > 1
    }
}

/// Streams as the client opens them.
pub struct Session {
    streams: mpsc::Receiver<Stream>,
    /// Keeps the connection's writer going while no stream is open, as between a port-forward's connections.
    _alive: mpsc::Sender<Outgoing>,
}

impl Session {
    /// The next stream; `None` when the connection is over.
    pub async fn accept(&mut self) -> Option<Stream> {
        self.streams.recv().await
    }
}

impl Stream {
    /// A header's value; names are matched in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The next bytes; `None` when the client has sent all, or is gone.
    pub async fn receive(&mut self) -> Option<Bytes> {
        self.incoming.recv().await
    }

    /// The writing end.
    pub fn writer(&self) -> Writer {
        self.writer.clone()
    }
}

impl Writer {
    /// Sends bytes; `false` when the connection is over, or the client wants no more of this stream.
    pub async fn send(&self, mut data: Bytes) -> bool {
        while !data.is_empty() {
            let piece = data.split_to(data.len().min(PIECE));
            if !self.frame(Frame::Data { stream: self.id, fin: false, data: piece }).await {
                return false;
            }
        }
        true
    }

    /// Ends this direction of the stream.
    pub async fn finish(&self) {
        self.frame(Frame::Data { stream: self.id, fin: true, data: Bytes::new() }).await;
    }

    /// Waits until the client has thrown the stream away, both ways.
    pub async fn reset(&self) {
        self.reset.cancelled().await;
    }

    async fn frame(&self, frame: Frame) -> bool {
        !self.reset.is_cancelled() && self.out.send(Outgoing::Frame(frame)).await.is_ok()
    }
}

/// Starts the two tasks on an upgraded connection. They end with the connection, or when the [`Session`], its streams
/// and their writers are dropped.
pub fn start(io: impl AsyncRead + AsyncWrite + Send + 'static) -> Session {
    let (reader, writer) = tokio::io::split(io);
    let (out, outgoing) = mpsc::channel(QUEUE);
    let (opened, streams) = mpsc::channel(QUEUE);
    let writing = tokio::spawn(write(writer, outgoing));
    // The reading task's own end must not keep the writer alive.
    let weak = out.downgrade();
    tokio::spawn(async move {
        // Reading ends when the client goes; writing, when nobody is left who could write: then reading must too.
        tokio::select! {
            end = read(reader, opened, weak) => if let Err(why) = end { tracing::debug!(why, "SPDY connection ended") },
            _ = writing => {}
        }
    });
    Session { streams, _alive: out }
}

async fn read(
    mut reader: impl AsyncRead + Unpin,
    opened: mpsc::Sender<Stream>,
    out: mpsc::WeakSender<Outgoing>,
) -> Result<(), &'static str> {
    let mut blocks = headers::Reader::new();
    let mut streams: HashMap<u32, Open> = HashMap::new();
    let mut buffer = BytesMut::with_capacity(PIECE);
    loop {
        while let Some(frame) = Frame::take(&mut buffer)? {
            match frame {
                Frame::SynStream { stream, fin, block } => {
                    let headers = blocks.read(&block)?;
                    let out = out.upgrade().ok_or("nobody listens")?;
                    let (data, incoming) = mpsc::channel(QUEUE);
                    let reset = Arc::new(CancellationToken::new());
                    streams.retain(|_, open| open.lives());
                    if streams.len() >= STREAMS {
                        return Err("too many streams are open");
                    }
                    streams.insert(stream, Open { data: (!fin).then_some(data), reset: reset.clone() });
                    out.send(Outgoing::Reply(stream)).await.map_err(|_| "writing ended")?;
                    let writer = Writer { id: stream, out, reset };
                    opened.send(Stream { headers, incoming, writer }).await.map_err(|_| "nobody listens")?;
                }
                Frame::Data { stream, fin, data } => {
                    match streams.get(&stream).and_then(|open| open.data.as_ref()) {
                        Some(reader) if !data.is_empty() => {
                            // A reader that is gone has heard enough: what comes for it is dropped.
                            let _ = reader.send(data).await;
                        }
                        Some(_) => {}
                        None => answer(&out, Frame::RstStream { stream, status: INVALID_STREAM }).await,
                    }
                    if fin && let Some(open) = streams.get_mut(&stream) {
                        open.data = None;
                    }
                }
                Frame::Headers { stream, fin, block } => {
                    blocks.read(&block)?;
                    if fin && let Some(open) = streams.get_mut(&stream) {
                        open.data = None;
                    }
                }
                Frame::RstStream { stream, .. } => {
                    if let Some(open) = streams.remove(&stream) {
                        open.reset.cancel();
                    }
                }
                Frame::Ping(id) => answer(&out, Frame::Ping(id)).await,
                Frame::GoAway => return Ok(()),
                Frame::SynReply { .. } | Frame::Other => {}
            }
        }
        if reader.read_buf(&mut buffer).await.map_err(|_| "reading failed")? == 0 {
            return Ok(());
        }
    }
}

async fn answer(out: &mpsc::WeakSender<Outgoing>, frame: Frame) {
    if let Some(out) = out.upgrade() {
        let _ = out.send(Outgoing::Frame(frame)).await;
    }
}

async fn write(mut writer: impl AsyncWrite + Unpin, mut outgoing: mpsc::Receiver<Outgoing>) {
    let mut blocks = headers::Writer::new();
    let mut buffer = BytesMut::new();
    while let Some(next) = outgoing.recv().await {
        let frame = match next {
            Outgoing::Frame(frame) => frame,
            Outgoing::Reply(stream) => Frame::SynReply { stream, block: blocks.write(&[]).into() },
        };
        frame.put(&mut buffer);
        if writer.write_all_buf(&mut buffer).await.is_err() || writer.flush().await.is_err() {
            return;
        }
    }
    let _ = writer.shutdown().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn next(client: &mut tokio::io::DuplexStream, buffer: &mut BytesMut) -> Frame {
        loop {
            if let Some(frame) = Frame::take(buffer).unwrap() {
                return frame;
            }
            assert_ne!(client.read_buf(buffer).await.unwrap(), 0, "the connection ended");
        }
    }

    #[tokio::test]
    async fn a_stream_is_opened_echoed_and_ended() {
        let (mut client, server) = tokio::io::duplex(4096);
        let mut session = start(server);
        let block = headers::Writer::new().write(&[("streamType", "stdin")]).into();
        let mut wire = BytesMut::new();
        Frame::SynStream { stream: 1, fin: false, block }.put(&mut wire);
        Frame::Data { stream: 1, fin: true, data: Bytes::from_static(b"abc") }.put(&mut wire);
        Frame::Ping(1).put(&mut wire);
        client.write_all(&wire).await.unwrap();

        let mut stream = session.accept().await.unwrap();
        assert_eq!(stream.header("StreamType"), Some("stdin"));
        let data = stream.receive().await.unwrap();
        assert_eq!(stream.receive().await, None);
        assert!(stream.writer().send(data).await);
        stream.writer().finish().await;
        drop((stream, session));

        let mut buffer = BytesMut::new();
        assert!(matches!(next(&mut client, &mut buffer).await, Frame::SynReply { stream: 1, .. }));
        let mut rest = vec![next(&mut client, &mut buffer).await];
        rest.push(next(&mut client, &mut buffer).await);
        rest.push(next(&mut client, &mut buffer).await);
        assert!(rest.contains(&Frame::Ping(1)));
        rest.retain(|f| *f != Frame::Ping(1));
        let data = |fin, data| Frame::Data { stream: 1, fin, data: Bytes::from_static(data) };
        assert_eq!(rest, [data(false, b"abc"), data(true, b"")]);
        assert_eq!(client.read_buf(&mut buffer).await.unwrap(), 0, "the server hangs up when all is dropped");
    }

    #[tokio::test]
    async fn a_reset_stream_takes_no_more() {
        let (mut client, server) = tokio::io::duplex(4096);
        let mut session = start(server);
        let block = headers::Writer::new().write(&[]).into();
        let mut wire = BytesMut::new();
        Frame::SynStream { stream: 1, fin: true, block }.put(&mut wire);
        Frame::RstStream { stream: 1, status: 5 }.put(&mut wire);
        client.write_all(&wire).await.unwrap();
        let stream = session.accept().await.unwrap();
        stream.writer().reset().await;
        assert!(!stream.writer().send(Bytes::from_static(b"late")).await);
    }

    #[tokio::test]
    async fn nonsense_ends_the_connection() {
        let (mut client, server) = tokio::io::duplex(4096);
        let mut session = start(server);
        client.write_all(&[0x80, 9, 0, 1, 0, 0, 0, 0]).await.unwrap();
        assert!(session.accept().await.is_none());
    }
}
