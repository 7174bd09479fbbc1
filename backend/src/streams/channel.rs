//! The channel protocol's messages: one byte of channel, then bytes of that stream
//! (`k8s.io/apimachinery/pkg/util/remotecommand`).

use bytes::{BufMut, Bytes, BytesMut};
use serde::Deserialize;

/// Standard input.
pub const STDIN: u8 = 0;
/// Standard output, or all of a terminal's.
pub const STDOUT: u8 = 1;
/// Standard error.
pub const STDERR: u8 = 2;
/// How it ended.
pub const ERROR: u8 = 3;
/// Sizes of the terminal.
pub const RESIZE: u8 = 4;
/// From v5 on: the stream named by the next byte is closed.
pub const CLOSE: u8 = 255;

/// What a client says to a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Bytes for its standard input.
    Stdin(Bytes),
    /// The end of its standard input.
    StdinEnd,
    /// Columns and rows of the client's terminal.
    Resize(u16, u16),
}

/// Reads a message. `None` for what has no meaning here: the API server's reader drops such messages too.
pub fn read(mut message: Bytes, closes: bool) -> Option<Input> {
    if message.is_empty() {
        return None;
    }
    let channel = message.split_to(1)[0];
    match channel {
        STDIN if message.is_empty() => None,
        STDIN => Some(Input::Stdin(message)),
        CLOSE if closes && message.as_ref() == [STDIN] => Some(Input::StdinEnd),
        RESIZE => resize(&message),
        _ => None,
    }
}

/// A message.
pub fn write(channel: u8, data: &[u8]) -> Bytes {
    let mut message = BytesMut::with_capacity(1 + data.len());
    message.put_u8(channel);
    message.put_slice(data);
    message.freeze()
}

/// `{"Width":80,"Height":24}`. A client without a terminal of its own says zeros, which is no size.
pub fn resize(text: &[u8]) -> Option<Input> {
    #[derive(Deserialize)]
    struct Size {
        #[serde(rename = "Width")]
        width: u16,
        #[serde(rename = "Height")]
        height: u16,
    }
    let size: Size = serde_json::from_slice(text).ok()?;
    (size.width > 0 && size.height > 0).then_some(Input::Resize(size.width, size.height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages() {
        let stdin = |bytes: &'static [u8]| Some(Input::Stdin(Bytes::from_static(bytes)));
        let cases: [(&[u8], bool, Option<Input>); 13] = [
            (b"\x00abc", true, stdin(b"abc")),
            (b"\x00\x00\xff", true, stdin(b"\x00\xff")),
            (b"\x00", true, None),
            (b"\xff\x00", true, Some(Input::StdinEnd)),
            (b"\xff\x00", false, None),
            (b"\xff\x01", true, None),
            (b"\xff", true, None),
            (b"\x04{\"Width\":80,\"Height\":24}\n", true, Some(Input::Resize(80, 24))),
            (b"\x04{\"Width\":0,\"Height\":0}\n", true, None),
            (b"\x04{\"Width\":70000,\"Height\":1}", true, None),
            (b"\x04nonsense", true, None),
            (b"\x09abc", true, None),
            (b"", true, None),
        ];
        for (message, closes, expected) in cases {
            assert_eq!(read(Bytes::from_static(message), closes), expected, "{message:?}");
        }
        assert_eq!(write(STDERR, b"x").as_ref(), b"\x02x");
    }
}
