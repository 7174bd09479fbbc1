//! `grpc`: one call of `grpc.health.v1.Health/Check`, its two messages coded by hand: one field each.

use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

/// Probes; the error is what the kubelet reports.
///
/// # Errors
/// Why the probe failed.
pub async fn probe(host: &str, port: u16, service: &str, timeout: Duration) -> Result<(), String> {
    match tokio::time::timeout(timeout, check(host, port, service)).await {
        Ok(result) => result,
        Err(_) => Err(format!(
            "timeout: health rpc did not complete within {}",
            shared::api::time::go_duration(i64::try_from(timeout.as_micros()).unwrap_or(i64::MAX))
        )),
    }
}

async fn check(host: &str, port: u16, service: &str) -> Result<(), String> {
    let failed = |error: &dyn std::fmt::Display| format!("error: health rpc failed: {error}");
    let tcp = TcpStream::connect((host, port)).await.map_err(|e| {
        format!("error: failed to connect service \"{host}:{port}\": {}", super::tcp::dial_error(host, port, &e))
    })?;
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(tcp)).await;
    let (mut sender, connection) = handshake.map_err(|e| failed(&e))?;
    let connection = tokio::spawn(connection);
    let request = Request::post(format!("http://{host}:{port}/grpc.health.v1.Health/Check"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("user-agent", "kube-probe/1.35")
        .body(Full::new(message(service)))
        .map_err(|e| failed(&e))?;
    let response = sender.send_request(request).await.map_err(|e| failed(&e));
    let result = async {
        let (head, body) = response?.into_parts();
        let body = body.collect().await.map_err(|e| failed(&e))?;
        let trailers = body.trailers().cloned().unwrap_or_default();
        let header = |name: &str| trailers.get(name).or_else(|| head.headers.get(name)).and_then(|v| v.to_str().ok());
        match header("grpc-status") {
            Some("0") | None => {}
            Some("12") => {
                return Err(
                    "error: this server does not implement the grpc health protocol (grpc.health.v1.Health)".to_owned()
                );
            }
            Some(code) => {
                let words = header("grpc-message").unwrap_or_default();
                return Err(format!("error: health rpc failed: rpc error: code = {code} desc = {words}"));
            }
        }
        match status(&body.to_bytes()) {
            1 => Ok(()),
            other => {
                let word = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"].get(other as usize);
                Err(format!("service unhealthy (responded with \"{}\")", word.unwrap_or(&"UNKNOWN")))
            }
        }
    }
    .await;
    connection.abort();
    result
}

/// A length-prefixed `HealthCheckRequest { service }`.
fn message(service: &str) -> Bytes {
    let mut body = BytesMut::new();
    if !service.is_empty() {
        body.put_u8(0x0a);
        let mut length = service.len();
        while length >= 0x80 {
            body.put_u8((length as u8 & 0x7f) | 0x80);
            length >>= 7;
        }
        body.put_u8(length as u8);
        body.put_slice(service.as_bytes());
    }
    let mut framed = BytesMut::with_capacity(body.len() + 5);
    framed.put_u8(0);
    framed.put_u32(u32::try_from(body.len()).unwrap_or(u32::MAX));
    framed.put(body);
    framed.freeze()
}

/// `HealthCheckResponse.status`; 0 where it is left out.
fn status(framed: &[u8]) -> u8 {
    match framed.get(5..) {
        Some([0x08, status, ..]) => *status,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages() {
        assert_eq!(&message("")[..], &[0, 0, 0, 0, 0]);
        assert_eq!(&message("ab")[..], &[0, 0, 0, 0, 4, 0x0a, 2, b'a', b'b']);
        assert_eq!(&message(&"x".repeat(200))[..8], &[0, 0, 0, 0, 203, 0x0a, 0xc8, 0x01]);
        assert_eq!((status(&[0, 0, 0, 0, 2, 8, 1]), status(&[0, 0, 0, 0, 0])), (1, 0));
    }
}
