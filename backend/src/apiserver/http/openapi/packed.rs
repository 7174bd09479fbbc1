//! A document as it is kept: made once, and only as gzip, which is what clients ask for. A fifth of the size, and nothing
//! to compress for each answer.

use std::io::{Read, Write};

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::super::compress;

/// A document in gzip.
pub struct Packed {
    small: Bytes,
    /// Tells this document from others: the same in every run.
    pub hash: u64,
}

impl Packed {
    /// Packs a document.
    pub fn new(plain: &[u8]) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        // Memory takes all that is written to it.
        let _ = encoder.write_all(plain);
        Self { small: encoder.finish().unwrap_or_default().into(), hash: fnv(plain) }
    }

    /// The document as it was.
    pub fn plain(&self) -> Vec<u8> {
        let mut plain = Vec::with_capacity(self.small.len() * 8);
        let _ = GzDecoder::new(self.small.as_ref()).read_to_end(&mut plain);
        plain
    }

    /// An answer with it, for a client that may or may not take gzip.
    pub fn answer(&self, asked: &HeaderMap, media: &'static str) -> Response {
        let small = compress::accepted(asked);
        let body = if small { self.small.clone() } else { self.plain().into() };
        let mut response = body.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
        headers.insert(header::VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
        if small {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

/// FNV-1a: short, and no seed.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
