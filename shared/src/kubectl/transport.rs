//! How requests reach the API server. Every request of a command goes through here, so that the page can show it.

/// A way to one sandbox's API. Paths are relative to it: `/api/v1/…`.
#[allow(async_fn_in_trait)]
pub trait Transport {
    /// A streamed body.
    type Body: Body;
    /// A WebSocket.
    type Channel: Channel;

    /// Sends a request and reads the whole answer. An answer with an error status is an `Ok`.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;

    /// Sends a request and hands over the body as it arrives: watches and followed logs.
    async fn open(&self, request: Request) -> Result<Streaming<Self::Body>, TransportError>;

    /// Opens a WebSocket with one of these subprotocols.
    async fn connect(&self, path: &str, protocols: &[&str]) -> Result<Self::Channel, ConnectError>;
}

/// A body that arrives in pieces. Dropping it ends the request.
#[allow(async_fn_in_trait)]
pub trait Body {
    /// The next piece; `None` at the end. Must be cancel-safe.
    async fn next(&mut self) -> Option<Result<Vec<u8>, TransportError>>;
}

/// An open WebSocket of binary messages. Dropping it closes it.
#[allow(async_fn_in_trait)]
pub trait Channel {
    /// Sends one message.
    async fn send(&mut self, message: &[u8]) -> Result<(), TransportError>;

    /// The next message; `None` when the server closed it. Must be cancel-safe.
    async fn recv(&mut self) -> Option<Result<Vec<u8>, TransportError>>;
}

/// A request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, …
    pub method: &'static str,
    /// `/api/v1/namespaces/default/pods?limit=500`
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Empty for none.
    pub body: Vec<u8>,
}

/// A whole answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// Names in lower case; `warning` may come several times.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// An answer whose body is still on its way.
#[derive(Debug)]
pub struct Streaming<B> {
    /// The HTTP status code.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: B,
}

/// Why no answer came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// Nothing listens at that address (`host:port`).
    #[error("The connection to the server {0} was refused - did you specify the right host or port?")]
    Refused(String),
    /// The host's own words.
    #[error("{0}")]
    Other(String),
}

/// Why a WebSocket did not open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectError {
    /// The server answered something else: mostly a `Status`.
    Answer(Response),
    /// No answer came. The browser cannot say why a WebSocket failed: the caller asks again over plain HTTP.
    Failed(TransportError),
}
