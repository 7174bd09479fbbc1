//! The rules at the door: on loopback there is no login, so only pages of this server may call it;
//! inside a sandbox every caller shows a token.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shared::api::Status;

use super::{Identity, Tokens, anonymous};
use crate::web::status_response;

/// Lets requests of this machine's own user in: `Host` must name loopback and, where a browser says which page is
/// asking (`Origin`), that page must be this server's. Stops other sites' pages and DNS rebinding.
pub async fn loopback(mut request: Request, next: Next) -> Response {
    if !host_is_local(request.headers(), request.uri()) {
        return refuse("requests to this server name it by a loopback address (127.0.0.1, localhost, [::1])");
    }
    if !origin_is_own(request.headers()) {
        return refuse("requests of other origins are refused");
    }
    request.extensions_mut().insert(Identity::local());
    next.run(request).await
}

/// Lets requests with a known token in. As in Kubernetes, another token is 401, and who shows none is anonymous.
pub async fn token(State(tokens): State<Tokens>, mut request: Request, next: Next) -> Response {
    let identity = match tokens.authenticate(request.headers()) {
        Some(identity) => identity,
        None if request.headers().contains_key(header::AUTHORIZATION) => {
            return status_response(&Status::unauthorized());
        }
        None => match anonymous(&request) {
            Ok(identity) => identity,
            Err(refusal) => return status_response(&refusal),
        },
    };
    request.extensions_mut().insert(identity);
    next.run(request).await
}

/// The caller without credentials, where what it asks for is everybody's to know.
fn anonymous(request: &Request) -> Result<Identity, Status> {
    let (whole, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let own = request.extensions().get::<Within>();
    let path = own.and_then(|Within(sandbox)| whole.strip_prefix("/sandboxes/")?.strip_prefix(sandbox.as_str()));
    match (own, path) {
        (Some(Within(sandbox)), Some(path)) if anonymous::is_public(request.method(), path) => {
            Ok(Identity::anonymous(sandbox))
        }
        // Of another sandbox not even its name is told.
        (_, path) => Err(anonymous::refusal(request.method(), path.unwrap_or(whole), query)),
    }
}

/// The sandbox whose own address a request came to, without naming one.
#[derive(Clone)]
pub struct Within(pub String);

fn refuse(why: &str) -> Response {
    (StatusCode::FORBIDDEN, axum::Json(Status::failure(403, "Forbidden", why))).into_response()
}

fn host_is_local(headers: &HeaderMap, uri: &Uri) -> bool {
    // HTTP/2 carries the host as `:authority`, which hyper puts into the URI.
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).or_else(|| uri.authority().map(|a| a.as_str()));
    host.is_some_and(|host| is_loopback_name(name_of(host)))
}

fn origin_is_own(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let origin = origin.to_str().unwrap_or_default();
    // The page's own port, not just any server on this machine.
    origin.split_once("://").is_some_and(|(_, authority)| authority == host)
}

/// A host without its port.
fn name_of(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(v6) => v6.split_once(']').map_or(v6, |(name, _)| name),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    }
}

fn is_loopback_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost")
        || name.to_ascii_lowercase().ends_with(".localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &str, origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_this_servers_pages_get_in() {
        let cases = [
            ("127.0.0.1:8080", None, true),
            ("localhost:8080", Some("http://localhost:8080"), true),
            ("[::1]:8080", Some("http://[::1]:8080"), true),
            ("evil.example:8080", None, false),
            ("127.0.0.1.evil.example", None, false),
            ("127.0.0.1:8080", Some("http://evil.example"), false),
            ("127.0.0.1:8080", Some("http://127.0.0.1:9999"), false),
            ("127.0.0.1:8080", Some("null"), false),
        ];
        for (host, origin, allowed) in cases {
            let headers = headers(host, origin);
            let found = host_is_local(&headers, &Uri::from_static("/")) && origin_is_own(&headers);
            assert_eq!(found, allowed, "{host} {origin:?}");
        }
    }
}
