//! WebSockets for exec, attach and port-forward.

use futures::{SinkExt, StreamExt};
use shared::kubectl::{Channel, ConnectError, Response, TransportError};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::config::Target;
use super::http::{Address, Wire};

/// An open WebSocket.
pub struct WebSocket(WebSocketStream<Box<dyn Wire>>);

/// Opens one with the first of `protocols` that the server takes.
pub async fn connect(
    target: &Target,
    address: &Address,
    path: &str,
    protocols: &[&str],
) -> Result<WebSocket, ConnectError> {
    let refused = |error: Error| ConnectError::Failed(TransportError::Other(error.to_string()));
    let uri = format!("ws://{}{}{path}", address.authority, address.prefix);
    let mut request = uri.into_client_request().map_err(refused)?;
    let header = |text: &str| {
        HeaderValue::from_str(text).map_err(|e| ConnectError::Failed(TransportError::Other(e.to_string())))
    };
    request.headers_mut().insert("sec-websocket-protocol", header(&protocols.join(", "))?);
    if let Some(token) = &target.token {
        request.headers_mut().insert("authorization", header(&format!("Bearer {token}"))?);
    }
    let wire = address.connect(target).await.map_err(ConnectError::Failed)?;
    match tokio_tungstenite::client_async(request, wire).await {
        Ok((socket, _)) => Ok(WebSocket(socket)),
        Err(Error::Http(response)) => Err(ConnectError::Answer(Response {
            status: response.status().as_u16(),
            headers: Vec::new(),
            body: response.into_body().unwrap_or_default(),
        })),
        Err(error) => Err(refused(error)),
    }
}

impl Channel for WebSocket {
    async fn send(&mut self, message: &[u8]) -> Result<(), TransportError> {
        let message = Message::binary(message.to_vec());
        self.0.send(message).await.map_err(|e| TransportError::Other(e.to_string()))
    }

    async fn recv(&mut self) -> Option<Result<Vec<u8>, TransportError>> {
        loop {
            return match self.0.next().await? {
                Ok(Message::Binary(data)) => Some(Ok(data.to_vec())),
                Ok(Message::Close(_)) => None,
                Ok(_) => continue,
                Err(Error::ConnectionClosed | Error::AlreadyClosed) => None,
                Err(error) => Some(Err(TransportError::Other(error.to_string()))),
            };
        }
    }
}
