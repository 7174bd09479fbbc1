//! Big answers are sent as gzip to whoever accepts it (`APIResponseCompression`). Streams are not: their lines must
//! arrive as they come.

use std::io::Write;

use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::BodyExt;

/// From how many bytes on it is worth it, as at a kube-apiserver.
const LEAST: u64 = 128 << 10;

/// Whether the client takes gzip.
pub fn accepted(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim() == "gzip" && !matches!(weight.trim(), "q=0" | "q=0.0")
    })
}

/// The answer, smaller where it is big.
pub async fn compress(response: Response) -> Response {
    let big = response.body().size_hint().exact().is_some_and(|size| size >= LEAST);
    if !big || response.headers().contains_key(header::CONTENT_ENCODING) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(plain) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return Response::from_parts(parts, Body::empty());
    };
    // The fastest level: the link is mostly loopback.
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::fast());
    let Ok(small) = encoder.write_all(&plain).and_then(|()| encoder.finish()) else {
        return Response::from_parts(parts, plain.into());
    };
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    parts.headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, small.into())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[tokio::test]
    async fn big_answers_are_small() {
        let text = "{\"kind\":\"PodList\"}".repeat(10_000);
        let response = compress(Response::new(text.clone().into())).await;
        assert_eq!(response.headers()["content-encoding"], "gzip");
        let small = response.into_body().collect().await.unwrap().to_bytes();
        let mut plain = String::new();
        flate2::read::GzDecoder::new(&*small).read_to_string(&mut plain).unwrap();
        assert!(plain == text && small.len() < text.len() / 20);
        let response = compress(Response::new("small".into())).await;
        assert!(!response.headers().contains_key("content-encoding"));
        for (value, expected) in [("gzip", true), ("br, gzip;q=0.5", true), ("gzip;q=0", false), ("", false)] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]);
            assert_eq!(accepted(&headers), expected, "{value}");
        }
    }
}
