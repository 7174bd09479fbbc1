//! A minimal HTTP/1.1 client with keep-alive over TCP or a Unix socket: measures servers, not client libraries.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;

/// How long an answer, or the next part of one, may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where a server listens.
#[derive(Clone, Debug)]
pub enum Address {
    /// `127.0.0.1:8080`
    Tcp(String),
    /// `/var/run/docker.sock`
    Unix(String),
}

/// What both kinds of socket are.
trait Socket: Read + Write {}
impl<T: Read + Write> Socket for T {}

/// One kept connection, and the host that its requests name.
pub struct Connection(BufReader<Box<dyn Socket>>, String);

impl Connection {
    /// Connects.
    pub fn open(address: &Address) -> anyhow::Result<Self> {
        let (socket, host): (Box<dyn Socket>, _) = match address {
            Address::Tcp(address) => {
                let stream = TcpStream::connect(address).with_context(|| format!("connecting to {address}"))?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                (Box::new(stream), address.clone())
            }
            Address::Unix(path) => {
                let stream = UnixStream::connect(path).with_context(|| format!("connecting to {path}"))?;
                (Box::new(stream), "localhost".to_owned())
            }
        };
        Ok(Self(BufReader::new(socket), host))
    }

    /// Sends a request and reads the head of the answer: its status code and whether it is chunked or how long.
    fn send(&mut self, method: &str, path: &str, body: &[u8]) -> anyhow::Result<(u16, Length)> {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.1,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.0.get_mut().write_all(&request)?;
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        let code: u16 = line.split(' ').nth(1).context("no status line")?.parse()?;
        let mut length = if code == 204 || code == 304 { Length::Known(0) } else { Length::Close };
        loop {
            line.clear();
            self.0.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = Length::Known(value.trim().parse()?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                length = Length::Chunked;
            }
        }
        Ok((code, length))
    }

    /// One chunk of a chunked body; `None` at its end.
    fn chunk(&mut self) -> anyhow::Result<Option<Vec<u8>>> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim().split(';').next().unwrap_or("0"), 16)?;
        let mut data = vec![0; size + 2];
        self.0.read_exact(&mut data)?;
        data.truncate(size);
        Ok((size > 0).then_some(data))
    }

    /// A whole exchange; answers of 400 and above are errors.
    pub fn request(&mut self, method: &str, path: &str, body: &[u8]) -> anyhow::Result<Vec<u8>> {
        let (code, length) = self.send(method, path, body)?;
        let mut answer = Vec::new();
        match length {
            Length::Known(size) => {
                answer.resize(size, 0);
                self.0.read_exact(&mut answer)?;
            }
            Length::Chunked => {
                while let Some(chunk) = self.chunk()? {
                    answer.extend_from_slice(&chunk);
                }
            }
            Length::Close => {
                self.0.read_to_end(&mut answer)?;
            }
        }
        if code >= 400 {
            bail!("{method} {path}: {code} {}", String::from_utf8_lossy(&answer));
        }
        Ok(answer)
    }

    /// A whole exchange in JSON; an empty answer is null.
    pub fn json(&mut self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(body)? };
        let answer = self.request(method, path, &body)?;
        if answer.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&answer).with_context(|| format!("{method} {path} answered no JSON"))
    }

    /// Starts a stream of JSON lines (a watch); the connection is used up by it.
    pub fn lines(mut self, path: &str) -> anyhow::Result<Lines> {
        let (code, length) = self.send("GET", path, &[])?;
        if code != 200 || !matches!(length, Length::Chunked) {
            bail!("GET {path}: {code}, not a stream");
        }
        Ok(Lines { connection: self, buffer: Vec::new() })
    }
}

enum Length {
    Known(usize),
    Chunked,
    Close,
}

/// A stream of JSON lines.
pub struct Lines {
    connection: Connection,
    buffer: Vec<u8>,
}

impl Lines {
    /// The next line; `None` at the end.
    pub fn next(&mut self) -> anyhow::Result<Option<Value>> {
        loop {
            if let Some(end) = self.buffer.iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Ok(Some(serde_json::from_slice(&line)?));
            }
            match self.connection.chunk()? {
                Some(chunk) => self.buffer.extend_from_slice(&chunk),
                None => return Ok(None),
            }
        }
    }
}
