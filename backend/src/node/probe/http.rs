//! `httpGet`: one GET a probe, on a connection of its own (`pkg/probe/http`).

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::HTTPGetAction;
use tokio::net::TcpStream;

/// Bodies are read so far, as the kubelet does: a server that answers without end does not hold a probe.
const BODY_LIMIT: usize = 10 * 1024;

/// A request that a probe makes, fully resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// `http` or `https`
    pub scheme: &'static str,
    /// Address or name.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Path and query.
    pub path: String,
    /// Headers, the defaults included.
    pub headers: Vec<(String, String)>,
}

impl Target {
    /// The request of `action` for a Pod at `ip`, its port resolved.
    pub fn of(action: &HTTPGetAction, ip: IpAddr, port: u16) -> Self {
        let scheme = if action.scheme.as_deref() == Some("HTTPS") { "https" } else { "http" };
        let path = action.path.clone().unwrap_or_default();
        let path = if path.starts_with('/') { path } else { format!("/{path}") };
        let mut headers: Vec<(String, String)> =
            action.http_headers.iter().flatten().map(|h| (h.name.clone(), h.value.clone())).collect();
        let has = |name: &str| headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
        let (agent, accept) = (has("user-agent"), has("accept"));
        if !agent {
            headers.push(("User-Agent".to_owned(), "kube-probe/1.35".to_owned()));
        }
        if !accept {
            headers.push(("Accept".to_owned(), "*/*".to_owned()));
        }
        // Sent empty, it is left out.
        headers.retain(|(name, value)| !(name.eq_ignore_ascii_case("accept") && value.is_empty()));
        let host = action.host.clone().filter(|h| !h.is_empty()).unwrap_or_else(|| ip.to_string());
        Self { scheme, host, port, path, headers }
    }

    fn url(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("{}://{host}:{}{}", self.scheme, self.port, self.path)
    }
}

/// Probes; the error is what the kubelet reports.
///
/// # Errors
/// Why the probe failed.
pub async fn probe(target: &Target, timeout: Duration) -> Result<(), String> {
    let mut target = target.clone();
    let all = async {
        for _ in 0..10 {
            let (status, location) = get(&target).await?;
            if !status.is_redirection() {
                return verdict(status);
            }
            // A redirect to elsewhere counts as a success; one to the same host is followed.
            match location.and_then(|l| follow(&target, &l)) {
                Some(next) => target = next,
                None => return Ok(()),
            }
        }
        Err(format!("Get \"{}\": stopped after 10 redirects", target.url()))
    };
    match tokio::time::timeout(timeout, all).await {
        Ok(result) => result,
        Err(_) => Err(format!(
            "Get \"{}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
            target.url()
        )),
    }
}

/// A plain GET for a lifecycle hook: any answer below 400 is good.
///
/// # Errors
/// Why it failed.
pub async fn call(target: &Target, timeout: Duration) -> Result<(), String> {
    match tokio::time::timeout(timeout, get(target)).await {
        Ok(Ok((status, _))) => verdict(status),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(format!("Get \"{}\": context deadline exceeded", target.url())),
    }
}

fn verdict(status: StatusCode) -> Result<(), String> {
    match status.as_u16() {
        200..400 => Ok(()),
        code => Err(format!("HTTP probe failed with statuscode: {code}")),
    }
}

fn follow(from: &Target, location: &str) -> Option<Target> {
    if location.starts_with('/') {
        return Some(Target { path: location.to_owned(), ..from.clone() });
    }
    let uri: Uri = location.parse().ok()?;
    let scheme = if uri.scheme_str()? == "https" { "https" } else { "http" };
    let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    let path = uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    (uri.host()? == from.host).then(|| Target { scheme, port, path, ..from.clone() })
}

async fn get(target: &Target) -> Result<(StatusCode, Option<String>), String> {
    let fail = |error: &dyn std::fmt::Display| format!("Get \"{}\": {error}", target.url());
    let tcp = TcpStream::connect((target.host.as_str(), target.port))
        .await
        .map_err(|e| fail(&super::tcp::dial_error(&target.host, target.port, &e)))?;
    let host = if target.host.contains(':') { format!("[{}]", target.host) } else { target.host.clone() };
    let mut request = Request::get(target.path.as_str()).body(Empty::<Bytes>::new()).map_err(|e| fail(&e))?;
    let headers = request.headers_mut();
    let authority = format!("{host}:{}", target.port);
    headers.insert(http::header::HOST, HeaderValue::from_str(&authority).map_err(|e| fail(&e))?);
    headers.insert(http::header::CONNECTION, HeaderValue::from_static("close"));
    for (name, value) in &target.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|e| fail(&e))?;
        headers.insert(name, HeaderValue::from_str(value).map_err(|e| fail(&e))?);
    }
    if target.scheme == "https" {
        let connector = tokio_rustls::TlsConnector::from(crate::auth::trust::anyone());
        let name = rustls::pki_types::ServerName::try_from(target.host.clone()).map_err(|e| fail(&e))?;
        let tls = connector.connect(name, tcp).await.map_err(|e| fail(&e))?;
        exchange(TokioIo::new(tls), request).await.map_err(|e| fail(&e))
    } else {
        exchange(TokioIo::new(tcp), request).await.map_err(|e| fail(&e))
    }
}

async fn exchange<I>(io: I, request: Request<Empty<Bytes>>) -> Result<(StatusCode, Option<String>), String>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.map_err(|e| words(&e))?;
    let connection = Arc::new(tokio::spawn(connection)).abort_handle();
    let result = async {
        let mut response = sender.send_request(request).await.map_err(|e| words(&e))?;
        let location = response.headers().get(http::header::LOCATION).and_then(|l| l.to_str().ok()).map(str::to_owned);
        let mut read = 0;
        while let Some(Ok(frame)) = response.body_mut().frame().await {
            read += frame.data_ref().map_or(0, Bytes::len);
            if read > BODY_LIMIT {
                break;
            }
        }
        Ok((response.status(), location))
    }
    .await;
    connection.abort();
    result
}

/// An error with what is behind it.
fn words(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    async fn check(answer: &'static str, expected: Result<(), &str>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&request[..read]).into_owned()
        });
        let action = HTTPGetAction { path: Some("live?x=1".to_owned()), ..HTTPGetAction::default() };
        let target = Target::of(&action, "127.0.0.1".parse().unwrap(), port);
        let got = probe(&target, Duration::from_secs(2)).await;
        assert_eq!(got, expected.map_err(str::to_owned));
        let seen = seen.await.unwrap().to_ascii_lowercase();
        assert!(seen.starts_with("get /live?x=1 http/1.1\r\n"), "{seen}");
        assert!(seen.contains("user-agent: kube-probe/1.35\r\n") && seen.contains("accept: */*\r\n"), "{seen}");
    }

    #[tokio::test]
    async fn answers() {
        check("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Ok(())).await;
        check("HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n", Ok(())).await;
        let missing = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        check(missing, Err("HTTP probe failed with statuscode: 404")).await;
    }

    #[tokio::test]
    async fn nobody_listens() {
        let target = Target::of(&HTTPGetAction::default(), "127.0.0.1".parse().unwrap(), 1);
        let error = probe(&target, Duration::from_secs(2)).await.unwrap_err();
        assert_eq!(error, "Get \"http://127.0.0.1:1/\": dial tcp 127.0.0.1:1: connect: connection refused");
    }
}
