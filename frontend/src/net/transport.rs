//! kubectl's way to the API server, with an eye on what passes: "show me the HTTP".

use leptos::prelude::{RwSignal, Update};
use shared::kubectl::{Body, Channel, ConnectError, Request, Response, Streaming, Transport, TransportError};

use super::http::{self, Answer};
use super::socket::{Message, Socket};
use super::{root, socket_address};

/// How many exchanges are remembered.
const REMEMBERED: usize = 200;
/// How much of a body is remembered.
const SHOWN: usize = 4000;

/// A request and what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Counts up.
    pub number: usize,
    /// `GET`
    pub method: String,
    /// The path on this server.
    pub path: String,
    /// The request's body, as text.
    pub body: String,
    /// The answer's code; 101 for a WebSocket, 0 for none.
    pub status: u16,
    /// The start of the answer, as text; empty for streams.
    pub answer: String,
}

/// The page's transport. Cheap to clone.
#[derive(Clone, Copy)]
pub struct PageTransport {
    /// What has passed, latest first.
    pub exchanges: RwSignal<Vec<Exchange>>,
}

impl PageTransport {
    fn note(&self, method: &str, path: &str, body: &[u8], status: u16, answer: &[u8]) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN)]).into_owned();
        let (method, path, body, answer) = (method.to_owned(), path.to_owned(), text(body), text(answer));
        self.exchanges.update(|all| {
            let number = all.first().map_or(1, |e| e.number + 1);
            all.insert(0, Exchange { number, method, path, body, status, answer });
            all.truncate(REMEMBERED);
        });
    }

    async fn fetch(&self, request: &Request) -> Result<Answer, TransportError> {
        let headers: Vec<(&str, String)> = request.headers.iter().map(|(n, v)| (*n, v.clone())).collect();
        let body = (!request.body.is_empty()).then_some(request.body.as_slice());
        let address = format!("{}{}", root(), request.path);
        let answer = http::send(request.method, &address, &headers, body).await;
        if answer.is_err() {
            self.note(request.method, &address, &request.body, 0, b"");
        }
        answer
    }
}

impl Transport for PageTransport {
    type Body = Answer;
    type Channel = Socket;

    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let answer = self.fetch(&request).await?;
        let (status, headers) = (answer.status, answer.headers.clone());
        let body = answer.bytes().await?;
        self.note(request.method, &format!("{}{}", root(), request.path), &request.body, status, &body);
        Ok(Response { status, headers, body })
    }

    async fn open(&self, request: Request) -> Result<Streaming<Answer>, TransportError> {
        let answer = self.fetch(&request).await?;
        self.note(request.method, &format!("{}{}", root(), request.path), &request.body, answer.status, b"");
        Ok(Streaming { status: answer.status, headers: answer.headers.clone(), body: answer })
    }

    async fn connect(&self, path: &str, protocols: &[&str]) -> Result<Socket, ConnectError> {
        let path = format!("{}{path}", root());
        match Socket::open(&socket_address(&path), protocols).await {
            Some(socket) => {
                self.note("GET", &path, b"", 101, b"");
                Ok(socket)
            }
            None => {
                self.note("GET", &path, b"", 0, b"");
                Err(ConnectError::Failed(TransportError::Other("the WebSocket could not be opened".to_owned())))
            }
        }
    }
}

impl Body for Answer {
    async fn next(&mut self) -> Option<Result<Vec<u8>, TransportError>> {
        Answer::next(self).await
    }
}

impl Channel for Socket {
    async fn send(&mut self, message: &[u8]) -> Result<(), TransportError> {
        match Socket::send(self, message) {
            true => Ok(()),
            false => Err(TransportError::Other("the connection is closed".to_owned())),
        }
    }

    async fn recv(&mut self) -> Option<Result<Vec<u8>, TransportError>> {
        loop {
            match self.next().await? {
                Message::Binary(bytes) => return Some(Ok(bytes)),
                Message::Text(_) => {}
            }
        }
    }
}
