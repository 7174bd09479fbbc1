//! kubectl's way to the API server, with an eye on what passes: "show me the HTTP".

use shared::kubectl::{Body, Channel, ConnectError, Request, Response, Streaming, Transport, TransportError};

use super::http::{self, Answer};
use super::socket::{Message, Socket};
use super::{root, socket_address};
use crate::signal::RwSignal;

/// How many commands are remembered.
const COMMANDS: usize = 60;
/// How many requests of one command are remembered; one that waits may ask for hours.
const REQUESTS: usize = 100;
/// How much of an answer is remembered.
const SHOWN: usize = 8000;

/// A request and what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// `GET`
    pub method: String,
    /// The path on this server.
    pub path: String,
    /// The request's headers.
    pub headers: Vec<(String, String)>,
    /// The request's body, as text.
    pub body: String,
    /// The answer's code; 101 for a WebSocket, 0 for none.
    pub status: u16,
    /// The start of the answer, as text; `None` for what is streamed.
    pub answer: Option<String>,
    /// Milliseconds until the answer was there; of a stream, until it began.
    pub milliseconds: u32,
}

/// A command and what it asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Counts up.
    pub number: usize,
    /// What was typed.
    pub line: String,
    /// Its requests, in their order.
    pub requests: Vec<Exchange>,
}

/// The page's transport. Cheap to clone.
#[derive(Clone, Copy)]
pub struct PageTransport {
    /// Commands, latest first.
    pub commands: RwSignal<Vec<Command>>,
}

impl PageTransport {
    /// What is asked from here on, this command asks.
    pub fn begin(&self, line: &str) {
        self.commands.update(|all| {
            let number = all.first().map_or(1, |command| command.number + 1);
            all.insert(0, Command { number, line: line.to_owned(), requests: Vec::new() });
            all.truncate(COMMANDS);
        });
    }

    fn note(&self, request: &Request, began: f64, status: u16, answer: Option<&[u8]>) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let exchange = Exchange {
            method: request.method.to_owned(),
            path: format!("{}{}", root(), request.path),
            headers: request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            body: text(&request.body),
            status,
            answer: answer.map(|bytes| text(&bytes[..bytes.len().min(SHOWN)])),
            milliseconds: (now() - began).round() as u32,
        };
        self.commands.update(|all| match all.first_mut() {
            Some(command) if command.requests.len() < REQUESTS => command.requests.push(exchange),
            _ => {}
        });
    }

    async fn fetch(&self, request: &Request, began: f64) -> Result<Answer, TransportError> {
        let headers: Vec<(&str, String)> = request.headers.iter().map(|(n, v)| (*n, v.clone())).collect();
        let body = (!request.body.is_empty()).then_some(request.body.as_slice());
        let address = format!("{}{}", root(), request.path);
        let answer = http::send(request.method, &address, &headers, body).await;
        if answer.is_err() {
            self.note(request, began, 0, Some(b""));
        }
        answer
    }
}

fn now() -> f64 {
    web_sys::window().and_then(|w| w.performance()).map_or(0.0, |clock| clock.now())
}

impl Transport for PageTransport {
    type Body = Answer;
    type Channel = Socket;

    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let began = now();
        let answer = self.fetch(&request, began).await?;
        let (status, headers) = (answer.status, answer.headers.clone());
        let body = answer.bytes().await?;
        self.note(&request, began, status, Some(&body));
        Ok(Response { status, headers, body })
    }

    async fn open(&self, request: Request) -> Result<Streaming<Answer>, TransportError> {
        let began = now();
        let answer = self.fetch(&request, began).await?;
        self.note(&request, began, answer.status, None);
        Ok(Streaming { status: answer.status, headers: answer.headers.clone(), body: answer })
    }

    async fn connect(&self, path: &str, protocols: &[&str]) -> Result<Socket, ConnectError> {
        let began = now();
        let opened = Socket::open(&socket_address(&format!("{}{path}", root())), protocols).await;
        let request = Request { method: "GET", path: path.to_owned(), ..Request::default() };
        self.note(&request, began, if opened.is_some() { 101 } else { 0 }, None);
        opened
            .ok_or_else(|| ConnectError::Failed(TransportError::Other("the WebSocket could not be opened".to_owned())))
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
