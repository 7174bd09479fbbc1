//! Which protocol a client wants to switch to, and how it is agreed upon: the first of its offers that is known here.
//! An answer never names a protocol that the client did not offer.

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures::FutureExt;
use futures::future::BoxFuture;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use shared::api::Status;

/// A message is a piece of a stream; kubectl's are 32 kB at most.
const MESSAGE_LIMIT: usize = 1 << 20;
const SPDY: &str = "SPDY/3.1";
const STREAM_PROTOCOL: &str = "x-stream-protocol-version";

/// What is spoken within the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `v5.channel.k8s.io`: as v4, and streams may be closed one by one.
    V5,
    /// `v4.channel.k8s.io`: the end is told as a `Status`.
    V4,
    /// `channel.k8s.io` … `v3.channel.k8s.io`: the end is told as text, and only if it is an error.
    Old,
    /// `portforward.k8s.io`, in SPDY's streams.
    PortForward,
    /// `SPDY/3.1+portforward.k8s.io`: SPDY's own bytes within WebSocket messages.
    Tunnel,
}

impl Protocol {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "v5.channel.k8s.io" => Self::V5,
            "v4.channel.k8s.io" => Self::V4,
            "v3.channel.k8s.io" | "v2.channel.k8s.io" | "channel.k8s.io" => Self::Old,
            "portforward.k8s.io" => Self::PortForward,
            "SPDY/3.1+portforward.k8s.io" => Self::Tunnel,
            _ => return None,
        })
    }
}

/// A connection about to be switched.
pub enum Upgrade {
    /// To WebSocket.
    WebSocket {
        /// Answers, then is the socket.
        socket: WebSocketUpgrade,
        /// What was agreed on.
        protocol: Protocol,
    },
    /// To SPDY/3.1.
    Spdy(Spdy),
}

/// A connection about to be switched to SPDY/3.1.
pub struct Spdy {
    /// What was agreed on.
    pub protocol: Protocol,
    named: Option<HeaderValue>,
    upgrade: OnUpgrade,
}

impl Upgrade {
    /// For exec and attach.
    pub async fn of_command(request: Request) -> Result<Self, Status> {
        // v5 differs from v4 in how a WebSocket's channel is closed, so no API server offers it over SPDY.
        Self::of(request, &[Protocol::V5, Protocol::V4, Protocol::Old], &[Protocol::V4, Protocol::Old]).await
    }

    /// For port-forward.
    pub async fn of_forward(request: Request) -> Result<Self, Status> {
        Self::of(request, &[Protocol::Tunnel, Protocol::V5, Protocol::V4], &[Protocol::PortForward]).await
    }

    async fn of(request: Request, websocket: &[Protocol], spdy: &[Protocol]) -> Result<Self, Status> {
        let wanted = request.headers().get(header::UPGRADE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if wanted.eq_ignore_ascii_case(SPDY) {
            return Spdy::of(request, spdy).map(Self::Spdy);
        }
        let (mut parts, _) = request.into_parts();
        let socket = WebSocketUpgrade::from_request_parts(&mut parts, &()).await;
        let mut socket = socket.map_err(|_| Status::bad_request("Upgrade request required"))?;
        // Not `requested_protocols`, which has them in the alphabet's order: the client's order is its preference.
        let offered = offers(&parts.headers, header::SEC_WEBSOCKET_PROTOCOL);
        let (name, protocol) = first_known(offered.iter(), websocket).ok_or_else(|| refused(&offered))?;
        socket.set_selected_protocol(name);
        let socket = socket.max_message_size(MESSAGE_LIMIT).max_frame_size(MESSAGE_LIMIT);
        Ok(Self::WebSocket { socket, protocol })
    }
}

impl Spdy {
    fn of(mut request: Request, known: &[Protocol]) -> Result<Self, Status> {
        let offered = offers(request.headers(), HeaderName::from_static(STREAM_PROTOCOL));
        // A client that offers nothing speaks the oldest (`httpstream.Handshake`).
        let (named, protocol) = match (first_known(offered.iter(), known), known.last()) {
            (Some((name, protocol)), _) => (Some(name), protocol),
            (None, Some(oldest)) if offered.is_empty() => (None, *oldest),
            _ => return Err(refused(&offered)),
        };
        let upgrade = request.extensions_mut().remove::<OnUpgrade>();
        let upgrade = upgrade.ok_or_else(|| Status::bad_request("this connection cannot be upgraded"))?;
        Ok(Self { protocol, named, upgrade })
    }

    /// The answer 101, and the connection once it has been sent.
    pub fn accept(self) -> (Response, BoxFuture<'static, Option<TokioIo<Upgraded>>>) {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static(SPDY));
        if let Some(named) = self.named {
            headers.insert(STREAM_PROTOCOL, named);
        }
        let upgrade = self.upgrade;
        (response, async move { upgrade.await.ok().map(TokioIo::new) }.boxed())
    }
}

/// The protocols that a header names, in the order in which the client prefers them.
fn offers(headers: &HeaderMap, header: HeaderName) -> Vec<HeaderValue> {
    let lines = headers.get_all(header).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).filter_map(|name| HeaderValue::from_str(name.trim()).ok()).collect()
}

fn first_known<'a>(
    offered: impl Iterator<Item = &'a HeaderValue>,
    known: &[Protocol],
) -> Option<(HeaderValue, Protocol)> {
    offered
        .filter_map(|name| Some((name.clone(), Protocol::named(name.to_str().ok()?)?)))
        .find(|(_, protocol)| known.contains(protocol))
}

/// 403, as `httpstream.Handshake` answers; kubectl then tries its other transport.
fn refused(offered: &[HeaderValue]) -> Status {
    let offered: Vec<_> = offered.iter().filter_map(|o| o.to_str().ok()).collect();
    let message = format!("unable to negotiate protocol: client supports [{}]", offered.join(" "));
    Status::failure(403, "Forbidden", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_offer_wins() {
        let command = [Protocol::V5, Protocol::V4, Protocol::Old];
        let cases: [(&[&str], &[Protocol], Option<&str>); 6] = [
            (&["v5.channel.k8s.io"], &command, Some("v5.channel.k8s.io")),
            (&["v9.channel.k8s.io", "v4.channel.k8s.io", "v5.channel.k8s.io"], &command, Some("v4.channel.k8s.io")),
            (&["v5.channel.k8s.io", "v4.channel.k8s.io"], &[Protocol::V4], Some("v4.channel.k8s.io")),
            (&["base64.channel.k8s.io"], &command, None),
            (&["SPDY/3.1+portforward.k8s.io"], &command, None),
            (&[], &command, None),
        ];
        for (offered, known, expected) in cases {
            let names: Vec<_> = offered.iter().map(|o| HeaderValue::from_str(o).unwrap()).collect();
            let found = first_known(names.iter(), known).map(|(name, _)| name);
            assert_eq!(found.as_ref().map(|n| n.to_str().unwrap()), expected, "{offered:?}");
        }
    }

    #[test]
    fn offers_stand_in_one_header_or_in_several() {
        let mut headers = HeaderMap::new();
        headers.append(STREAM_PROTOCOL, HeaderValue::from_static("v4.channel.k8s.io, v3.channel.k8s.io"));
        headers.append(STREAM_PROTOCOL, HeaderValue::from_static("channel.k8s.io"));
        let offered = offers(&headers, HeaderName::from_static(STREAM_PROTOCOL));
        assert_eq!(offered, ["v4.channel.k8s.io", "v3.channel.k8s.io", "channel.k8s.io"]);
    }
}
