//! Frames and header blocks of SPDY/3.1. Taken as files, so that not all of the server is built with instrumentation.

#![no_main]

use bytes::{Bytes, BytesMut};
use libfuzzer_sys::fuzz_target;

#[path = "../../backend/src/streams/spdy/frame.rs"]
#[allow(dead_code)]
mod frame;
#[path = "../../backend/src/streams/spdy/headers.rs"]
#[allow(dead_code)]
mod headers;

use frame::Frame;

fuzz_target!(|data: &[u8]| {
    let mut buffer = BytesMut::from(data);
    let mut reader = headers::Reader::new();
    while let Ok(Some(frame)) = Frame::take(&mut buffer) {
        if let Frame::SynStream { block, .. } | Frame::Headers { block, .. } = &frame
            && reader.read(block).is_err()
        {
            break;
        }
        if matches!(frame, Frame::Other | Frame::GoAway | Frame::Headers { .. }) {
            continue;
        }
        // What is written reads the same.
        let mut written = BytesMut::new();
        frame.put(&mut written);
        assert_eq!(Frame::take(&mut written), Ok(Some(frame)));
        assert!(written.is_empty());
    }
    // The same bytes as a block that was really compressed.
    if let Ok(text) = std::str::from_utf8(data) {
        let block = Bytes::from(headers::Writer::new().write(&[("streamtype", text)]));
        let read = headers::Reader::new().read(&block);
        assert!(read.is_err() || read == Ok(vec![("streamtype".to_owned(), text.to_owned())]));
    }
});
