//! A connection to the server: TCP, and TLS where the address says `https`.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use shared::kubectl::TransportError;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::config::Target;
use crate::auth::trust::anyone;

/// Bytes both ways.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// A server's address, taken apart.
#[derive(Clone, Debug)]
pub struct Address {
    /// `127.0.0.1:8080`, as the `Host` header has it.
    pub authority: String,
    /// `/sandboxes/default`, or empty.
    pub prefix: String,
    tls: bool,
    host: String,
    port: u16,
}

impl Address {
    /// Reads `http://host:port/prefix`.
    pub fn parse(server: &str) -> Self {
        let (scheme, rest) = server.split_once("://").unwrap_or(("http", server));
        let (authority, prefix) = match rest.find('/') {
            Some(at) => (&rest[..at], rest[at..].trim_end_matches('/')),
            None => (rest, ""),
        };
        let tls = scheme == "https";
        let (host, port) = match authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        {
            Some((host, port)) => (host, port.parse().unwrap_or(80)),
            None => (authority, if tls { 443 } else { 80 }),
        };
        Self {
            authority: authority.to_owned(),
            prefix: prefix.to_owned(),
            tls,
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
        }
    }

    /// Connects.
    pub async fn connect(&self, target: &Target) -> Result<Box<dyn Wire>, TransportError> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(|e| self.refused(&e))?;
        // Single keystrokes must not wait for more to come.
        let _ = stream.set_nodelay(true);
        if !self.tls {
            return Ok(Box::new(stream));
        }
        let name = ServerName::try_from(self.host.clone()).map_err(other)?;
        let connector = tokio_rustls::TlsConnector::from(client_config(target)?);
        Ok(Box::new(connector.connect(name, stream).await.map_err(other)?))
    }

    fn refused(&self, error: &std::io::Error) -> TransportError {
        match error.kind() {
            std::io::ErrorKind::ConnectionRefused => TransportError::Refused(self.authority.clone()),
            _ => TransportError::Other(format!("Unable to connect to the server: {error}")),
        }
    }
}

fn other(error: impl std::fmt::Display) -> TransportError {
    TransportError::Other(format!("Unable to connect to the server: {error}"))
}

fn client_config(target: &Target) -> Result<Arc<rustls::ClientConfig>, TransportError> {
    if target.insecure {
        return Ok(anyone());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(other)?;
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&target.certificates) {
        roots.add(certificate.map_err(other)?).map_err(other)?;
    }
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}
