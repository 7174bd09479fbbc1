//! What every command has at hand: its flags, where it prints, and the API.

use serde_json::Value;

use super::{Console, Error, Request, Response, Streaming, Transport, command::Command, flags::Flags};
use crate::api::kind::known;
use crate::api::{Kind, ResourcePath, Status, json};

/// One run of one command.
pub struct Context<'a, C, T> {
    /// Where it runs.
    pub console: &'a mut C,
    /// The way to the API.
    pub transport: &'a T,
    /// Its flags and arguments.
    pub flags: Flags,
    /// Which command it is.
    pub command: &'static Command,
    /// The namespace it works in.
    pub namespace: String,
    /// Whether the user named that namespace.
    pub enforce_namespace: bool,
}

/// `application/json`
pub const JSON: &str = "application/json";
/// What a get that prints a table accepts.
pub const TABLE: &str =
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

impl<C: Console, T: Transport> Context<'_, C, T> {
    /// Prints to standard output.
    pub fn out(&mut self, text: impl AsRef<str>) {
        self.console.out(text.as_ref().as_bytes());
    }

    /// Prints a line to standard output.
    pub fn say(&mut self, line: impl AsRef<str>) {
        self.console.out(&[line.as_ref().as_bytes(), b"\n"].concat());
    }

    /// Prints a line to standard error.
    pub fn complain(&mut self, line: impl AsRef<str>) {
        self.console.err(&[line.as_ref().as_bytes(), b"\n"].concat());
    }

    /// An error that points to this command's help.
    pub fn usage(&self, message: impl std::fmt::Display) -> Error {
        Error::usage(message, self.command.name)
    }

    /// The path of a collection (empty `name`) or an object.
    pub fn path(&self, kind: &Kind, namespace: &str, name: &str) -> String {
        path_of(kind, namespace, name, self.flags.text("subresource"))
    }

    /// Sends a request; a `Status` of failure is the error.
    pub async fn send(&mut self, request: Request) -> Result<Response, Error> {
        let response = self.transport.send(request).await?;
        self.warn(&response.headers);
        match response.status {
            ..400 => Ok(response),
            _ => Err(failure(response.status, &response.body)),
        }
    }

    /// Sends a request and reads a JSON answer.
    pub async fn call(&mut self, request: Request) -> Result<Value, Error> {
        let response = self.send(request).await?;
        json::read(&response.body).map_err(Error::text)
    }

    /// Gets JSON.
    pub async fn get(&mut self, path: &str, query: &[(&str, &str)]) -> Result<Value, Error> {
        self.call(request("GET", path, query, JSON)).await
    }

    /// Gets an object that the user has named.
    pub async fn get_object(&mut self, kind: &Kind, namespace: &str, name: &str) -> Result<Value, Error> {
        match self.get(&path_of(kind, namespace, name, ""), &[]).await {
            Ok(object) => Ok(object),
            Err(error) => Err(self.missing(error, namespace).await),
        }
    }

    /// What is told of an object that is not found: where its namespace is not there either, that (`resource.Info.Get`).
    pub async fn missing(&mut self, error: Error, namespace: &str) -> Error {
        if error.is("NotFound") && !matches!(namespace, "" | "default") {
            let found = self.get(&path_of(known("namespaces"), "", namespace, ""), &[]).await;
            return found.err().filter(|error| error.is("NotFound")).unwrap_or(error);
        }
        error
    }

    /// Sends a JSON body.
    pub async fn send_json(
        &mut self,
        method: &'static str,
        path: &str,
        query: &[(&str, &str)],
        content_type: &str,
        body: &Value,
    ) -> Result<Value, Error> {
        let mut request = request(method, path, query, JSON);
        request.headers.push(("content-type", content_type.to_owned()));
        request.body = body.to_string().into_bytes();
        self.call(request).await
    }

    /// Opens a stream; a `Status` of failure is the error.
    pub async fn open(&mut self, request: Request) -> Result<Streaming<T::Body>, Error> {
        let mut streaming = self.transport.open(request).await?;
        self.warn(&streaming.headers);
        if streaming.status < 400 {
            return Ok(streaming);
        }
        let mut body = Vec::new();
        while let Some(Ok(piece)) = super::Body::next(&mut streaming.body).await {
            body.extend(piece);
        }
        Err(failure(streaming.status, &body))
    }

    /// `Warning: 299 - "…"` headers, as kubectl prints them.
    fn warn(&mut self, headers: &[(String, String)]) {
        for (name, value) in headers {
            let text = value.split_once('"').and_then(|(_, rest)| rest.rsplit_once('"')).map(|(text, _)| text);
            if let (true, Some(text)) = (name == "warning", text) {
                let plain = text.replace("\\\"", "\"").replace("\\\\", "\\");
                self.complain(format!("Warning: {plain}"));
            }
        }
    }

    /// The value of `--dry-run`.
    pub fn dry_run(&mut self) -> Result<DryRun, Error> {
        let warning = match self.flags.or("dry-run", "none") {
            "none" => return Ok(DryRun::None),
            "client" => return Ok(DryRun::Client),
            "server" => return Ok(DryRun::Server),
            "unchanged" => {
                self.complain("W: --dry-run is deprecated and can be replaced with --dry-run=client.");
                return Ok(DryRun::Client);
            }
            other => other.to_owned(),
        };
        match super::flags::parse_bool(&warning) {
            Some(on) => {
                let mode = if on { "client" } else { "none" };
                self.complain(format!(
                    "W: --dry-run={warning} is deprecated (boolean value) and can be replaced with --dry-run={mode}."
                ));
                Ok(if on { DryRun::Client } else { DryRun::None })
            }
            None => Err(Error::text(format!(
                "Invalid dry-run value ({warning}). Must be \"none\", \"server\", or \"client\"."
            ))),
        }
    }
}

/// Whether a command only shows what it would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRun {
    /// It does it.
    None,
    /// Nothing is sent.
    Client,
    /// Sent with `dryRun=All`.
    Server,
}

impl DryRun {
    /// What kubectl puts behind its sentence.
    pub fn note(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Client => " (dry run)",
            Self::Server => " (server dry run)",
        }
    }

    /// The query parameter.
    pub fn query(self) -> Option<(&'static str, &'static str)> {
        (self == Self::Server).then_some(("dryRun", "All"))
    }
}

/// A request without body.
pub fn request(method: &'static str, path: &str, query: &[(&str, &str)], accept: &str) -> Request {
    let mut path = path.to_owned();
    for (at, (name, value)) in query.iter().enumerate() {
        path.push(if at == 0 { '?' } else { '&' });
        path.push_str(name);
        path.push('=');
        path.push_str(&crate::api::paths::encode(value));
    }
    Request { method, path, headers: vec![("accept", accept.to_owned())], body: Vec::new() }
}

/// The path of a collection (empty `name`), an object or a part of it.
pub fn path_of(kind: &Kind, namespace: &str, name: &str, subresource: &str) -> String {
    ResourcePath {
        group: kind.group.to_owned(),
        version: kind.version.to_owned(),
        namespace: if kind.namespaced { namespace.to_owned() } else { String::new() },
        resource: kind.plural.to_owned(),
        name: name.to_owned(),
        subresource: subresource.to_owned(),
    }
    .to_path()
}

/// An answer with an error status: its `Status`, or what kubectl makes of a body that is none.
pub fn failure(code: u16, body: &[u8]) -> Error {
    if let Some(status) = json::read(body).ok().and_then(|body| Status::read(&body)) {
        return status.into();
    }
    let text = String::from_utf8_lossy(body).trim().to_owned();
    let (reason, message) = match code {
        401 => ("Unauthorized", "the server has asked for the client to provide credentials".to_owned()),
        403 => ("Forbidden", text),
        404 => ("NotFound", "the server could not find the requested resource".to_owned()),
        405 => ("MethodNotAllowed", "the server does not allow this method on the requested resource".to_owned()),
        503 => ("ServiceUnavailable", "the server is currently unable to handle the request".to_owned()),
        _ => ("InternalError", format!("an error on the server ({text:?}) has prevented the request from succeeding")),
    };
    Status::failure(code, reason, message).into()
}
