//! Frames: bytes to frames and back. Every frame has eight bytes of head.

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// What a frame may carry: kubectl's library writes at most 32 kB at a time.
const LIMIT: usize = 1 << 20;
const VERSION: u16 = 3;
const FIN: u8 = 1;

/// A frame of the wire.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// Bytes of a stream; `fin` ends that direction.
    Data { stream: u32, fin: bool, data: Bytes },
    /// The client opens a stream.
    SynStream { stream: u32, fin: bool, block: Bytes },
    /// The server accepts it.
    SynReply { stream: u32, block: Bytes },
    /// More headers on a stream; read only to keep the compression in step.
    Headers { stream: u32, fin: bool, block: Bytes },
    /// A stream is over, both ways, with a status.
    RstStream { stream: u32, status: u32 },
    /// To be sent back as it came.
    Ping(u32),
    /// The peer opens no more streams.
    GoAway,
    /// Settings, window updates and whatever else asks for no answer.
    Other,
}

impl Frame {
    /// Takes the first frame off `buffer`; `None` while it is not whole.
    pub fn take(buffer: &mut BytesMut) -> Result<Option<Self>, &'static str> {
        let Some(head) = buffer.first_chunk::<8>() else { return Ok(None) };
        let first = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        let flags = head[4];
        let length = u32::from_be_bytes([0, head[5], head[6], head[7]]) as usize;
        if length > LIMIT {
            return Err("a frame is too large");
        }
        if buffer.len() < 8 + length {
            return Ok(None);
        }
        buffer.advance(8);
        let body = buffer.split_to(length).freeze();
        let fin = flags & FIN != 0;
        if first >> 31 == 0 {
            return Ok(Some(Self::Data { stream: first, fin, data: body }));
        }
        if (first >> 16) as u16 & 0x7fff != VERSION {
            return Err("a frame is not of SPDY version 3");
        }
        Self::control(first as u16, fin, body).map(Some)
    }

    fn control(ty: u16, fin: bool, mut body: Bytes) -> Result<Self, &'static str> {
        let short = "a frame is too short";
        let id = |body: &mut Bytes| (body.len() >= 4).then(|| body.get_u32() & 0x7fff_ffff).ok_or(short);
        Ok(match ty {
            1 => {
                let stream = id(&mut body)?;
                // The stream it belongs to, priority and slot: of no use here.
                if body.len() < 6 {
                    return Err(short);
                }
                body.advance(6);
                Self::SynStream { stream, fin, block: body }
            }
            2 => Self::SynReply { stream: id(&mut body)?, block: body },
            3 => Self::RstStream { stream: id(&mut body)?, status: id(&mut body)? },
            6 if body.len() >= 4 => Self::Ping(body.get_u32()),
            6 => return Err(short),
            7 => Self::GoAway,
            8 => Self::Headers { stream: id(&mut body)?, fin, block: body },
            _ => Self::Other,
        })
    }

    /// Appends the frame's bytes.
    pub fn put(&self, out: &mut BytesMut) {
        let mut control = |ty: u16, flags: u8, parts: &[&[u8]]| {
            out.put_u16(0x8000 | VERSION);
            out.put_u16(ty);
            out.put_u8(flags);
            out.put_uint(parts.iter().map(|p| p.len() as u64).sum(), 3);
            parts.iter().for_each(|part| out.put_slice(part));
        };
        match self {
            Self::Data { stream, fin, data } => {
                out.put_u32(*stream);
                out.put_u8(u8::from(*fin));
                out.put_uint(data.len() as u64, 3);
                out.put_slice(data);
            }
            Self::SynStream { stream, fin, block } => {
                control(1, u8::from(*fin), &[&stream.to_be_bytes(), &[0; 6], block]);
            }
            Self::SynReply { stream, block } => control(2, 0, &[&stream.to_be_bytes(), block]),
            Self::RstStream { stream, status } => control(3, 0, &[&stream.to_be_bytes(), &status.to_be_bytes()]),
            Self::Ping(id) => control(6, 0, &[&id.to_be_bytes()]),
            Self::GoAway => control(7, 0, &[&[0; 8]]),
            Self::Headers { stream, fin, block } => control(8, u8::from(*fin), &[&stream.to_be_bytes(), block]),
            Self::Other => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_as_they_went() {
        let block = Bytes::from_static(b"block");
        let frames = [
            Frame::SynStream { stream: 1, fin: false, block: block.clone() },
            Frame::SynReply { stream: 1, block: block.clone() },
            Frame::Data { stream: 1, fin: true, data: Bytes::from_static(b"abc") },
            Frame::Data { stream: 3, fin: false, data: Bytes::new() },
            Frame::Headers { stream: 3, fin: true, block },
            Frame::RstStream { stream: 3, status: 5 },
            Frame::Ping(7),
            Frame::GoAway,
        ];
        let mut wire = BytesMut::new();
        frames.iter().for_each(|f| f.put(&mut wire));
        // Byte by byte, as a slow network may bring them.
        let (mut buffer, mut found) = (BytesMut::new(), Vec::new());
        for byte in wire {
            buffer.put_u8(byte);
            found.extend(Frame::take(&mut buffer).unwrap());
        }
        assert_eq!(found, frames);
    }

    #[test]
    fn broken_frames_are_errors() {
        let cases: [(&[u8], &str); 4] = [
            (&[0x80, 2, 0, 1, 0, 0, 0, 0], "a frame is not of SPDY version 3"),
            (&[0x80, 3, 0, 1, 0, 0, 0, 1, 0], "a frame is too short"),
            (&[0x80, 3, 0, 6, 0, 0, 0, 0], "a frame is too short"),
            (&[0, 0, 0, 1, 0, 0xff, 0xff, 0xff], "a frame is too large"),
        ];
        for (bytes, error) in cases {
            assert_eq!(Frame::take(&mut BytesMut::from(bytes)), Err(error), "{bytes:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic_and_every_frame_takes_some(head in proptest::array::uniform8(0u8..9), rest in proptest::collection::vec(proptest::num::u8::ANY, 0..64), control in proptest::bool::ANY) {
            let mut buffer = BytesMut::from(&[&head[..], &rest].concat()[..]);
            if control {
                buffer[..2].copy_from_slice(&[0x80, 3]);
            }
            buffer[5] = 0;
            buffer[6] = 0;
            let mut left = buffer.len();
            while let Ok(Some(_)) = Frame::take(&mut buffer) {
                assert!(buffer.len() < left);
                left = buffer.len();
            }
        }
    }
}
