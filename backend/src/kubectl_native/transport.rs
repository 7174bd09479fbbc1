//! Requests over HTTP/1.1; one connection is kept for the requests of a command.

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use shared::kubectl::{Body, ConnectError, Request, Response, Streaming, Transport, TransportError};
use tokio::sync::Mutex;

use super::config::Target;
use super::http::Address;
use super::websocket::{self, WebSocket};

/// The way to one server.
pub struct Http {
    target: Target,
    address: Address,
    // Async, because it is held while a request on it is on its way; commands send one at a time.
    idle: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

impl Http {
    /// Connects to nothing yet.
    pub fn new(target: &Target) -> Self {
        Self { target: target.clone(), address: Address::parse(&target.server), idle: Mutex::new(None) }
    }

    async fn dial(&self) -> Result<SendRequest<Full<Bytes>>, TransportError> {
        let wire = self.address.connect(&self.target).await?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(wire)).await.map_err(failed)?;
        tokio::spawn(async move {
            // An error here also ends the request, which reports it.
            let _ = connection.await;
        });
        Ok(sender)
    }

    fn request(&self, request: &Request) -> Result<hyper::Request<Full<Bytes>>, TransportError> {
        let mut builder = hyper::Request::builder()
            .method(request.method)
            .uri(format!("{}{}", self.address.prefix, request.path))
            .header("host", &self.address.authority)
            .header("user-agent", "kubectl/v1.35.2 (podground)");
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if let Some(token) = &self.target.token {
            builder = builder.header("authorization", format!("Bearer {token}"));
        }
        builder.body(Full::new(Bytes::from(request.body.clone()))).map_err(failed)
    }

    async fn answer(&self, request: &Request) -> Result<hyper::Response<Incoming>, TransportError> {
        let mut idle = self.idle.lock().await;
        let kept = match idle.take() {
            Some(mut sender) => sender.ready().await.is_ok().then_some(sender),
            None => None,
        };
        let mut sender = match kept {
            Some(sender) => sender,
            None => self.dial().await?,
        };
        let response = sender.send_request(self.request(request)?).await.map_err(failed)?;
        *idle = Some(sender);
        Ok(response)
    }
}

fn failed(error: impl std::error::Error) -> TransportError {
    TransportError::Other(format!("Unable to connect to the server: {error}"))
}

fn headers(response: &hyper::Response<Incoming>) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

impl Transport for Http {
    type Body = Pieces;
    type Channel = WebSocket;

    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let response = self.answer(&request).await?;
        let (status, headers) = (response.status().as_u16(), headers(&response));
        let body = response.into_body().collect().await.map_err(failed)?.to_bytes().to_vec();
        Ok(Response { status, headers, body })
    }

    async fn open(&self, request: Request) -> Result<Streaming<Pieces>, TransportError> {
        // A stream keeps its connection to itself.
        let mut sender = self.dial().await?;
        let response = sender.send_request(self.request(&request)?).await.map_err(failed)?;
        let (status, headers) = (response.status().as_u16(), headers(&response));
        Ok(Streaming { status, headers, body: Pieces { incoming: response.into_body(), _sender: sender } })
    }

    async fn connect(&self, path: &str, protocols: &[&str]) -> Result<WebSocket, ConnectError> {
        websocket::connect(&self.target, &self.address, path, protocols).await
    }
}

/// A body as it arrives.
pub struct Pieces {
    incoming: Incoming,
    _sender: SendRequest<Full<Bytes>>,
}

impl Body for Pieces {
    async fn next(&mut self) -> Option<Result<Vec<u8>, TransportError>> {
        loop {
            match self.incoming.frame().await? {
                Ok(frame) => match frame.into_data() {
                    Ok(data) => return Some(Ok(data.to_vec())),
                    Err(_) => continue,
                },
                Err(error) => return Some(Err(failed(error))),
            }
        }
    }
}
