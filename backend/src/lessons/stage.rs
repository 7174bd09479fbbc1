//! A fresh sandbox on a server, to play one lesson on: its API, its files, its nodes' terminals.

use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use shared::api::paths::encode;
use shared::kubectl::{self, Request, Transport};
use shared::lesson::{self, Check, Sight};

use super::quiet::Quiet;
use crate::kubectl_native::config::Target;
use crate::kubectl_native::transport::Http;

/// How long nodes may take to be ready.
const SETTLING: Duration = Duration::from_secs(60);

/// One sandbox.
pub struct Stage {
    /// `http://127.0.0.1:8080`
    pub server: String,
    /// The sandbox's name.
    pub sandbox: String,
    /// The way to its API server.
    pub transport: Http,
    outside: Http,
}

impl Stage {
    /// The sandbox of that name, whether it is there or not.
    pub fn at(server: &str, sandbox: &str) -> Self {
        let server = server.trim_end_matches('/').to_owned();
        let way = |path: &str| Http::new(&Target { server: format!("{server}{path}"), ..Target::default() });
        let (transport, outside) = (way(&format!("/sandboxes/{sandbox}")), way(""));
        Self { transport, outside, sandbox: sandbox.to_owned(), server }
    }

    /// Makes a sandbox and waits until its nodes are up.
    ///
    /// # Errors
    /// When no server answers, or it cannot make one.
    pub async fn raise(server: &str, sandbox: &str) -> anyhow::Result<Self> {
        let stage = Self::at(server, sandbox);
        let body = json!({"name": sandbox}).to_string().into_bytes();
        let made = stage.ask("POST", "/playground/v1/sandboxes", body).await.context("making a sandbox")?;
        stage.settle(&serde_json::from_slice(&made).unwrap_or_default()).await?;
        Ok(stage)
    }

    /// Waits for what no learner is fast enough to miss: nodes that are ready, and the account that Pods run as.
    async fn settle(&self, made: &Value) -> anyhow::Result<()> {
        let ready = |node: &Value| Check {
            resource: "nodes".to_owned(),
            name: node["name"].as_str().unwrap_or_default().to_owned(),
            field: "status.conditions[type=Ready].status".to_owned(),
            equals: "True".to_owned(),
            ..Check::default()
        };
        let account = Check { resource: "serviceaccounts".to_owned(), name: "default".to_owned(), ..Check::default() };
        let mut checks: Vec<Check> = shared::api::object::list(made, "/nodes").iter().map(ready).collect();
        checks.push(account);
        let started = Instant::now();
        while started.elapsed() < SETTLING {
            let sight = self.look(&checks).await.map_err(anyhow::Error::msg)?;
            if checks.iter().all(|check| sight.evaluate(check).done) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        bail!("the sandbox's nodes are not ready after {} s", SETTLING.as_secs())
    }

    /// Looks at what the checks need.
    ///
    /// # Errors
    /// Why the API server did not say which objects there are.
    pub async fn look(&self, checks: &[Check]) -> Result<Sight, String> {
        let run = async |arguments: &[String]| {
            let mut console = Quiet::default();
            let code = kubectl::run(arguments, &mut console, &self.transport).await;
            (code == 0).then(|| String::from_utf8_lossy(&console.out).into_owned())
        };
        lesson::look(checks, &self.transport, run).await
    }

    /// Removes the sandbox with all that is in it.
    ///
    /// # Errors
    /// What the server says.
    pub async fn strike(&self) -> anyhow::Result<()> {
        self.ask("DELETE", &self.path(""), Vec::new()).await.context("removing the sandbox").map(drop)
    }

    /// A file's bytes, or a directory's listing as JSON; `None` where nothing is.
    ///
    /// # Errors
    /// What the server says.
    pub async fn read(&self, path: &str) -> anyhow::Result<Option<Vec<u8>>> {
        match self.send("GET", &self.file(path), Vec::new()).await? {
            (404, _) => Ok(None),
            answer => accepted(answer).map(Some),
        }
    }

    /// Writes a file of the learner's home.
    ///
    /// # Errors
    /// What the server says.
    pub async fn write(&self, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
        self.ask("PUT", &self.file(path), bytes.to_vec()).await.map(drop)
    }

    /// The names in a directory of the learner's home, with their types.
    ///
    /// # Errors
    /// What the server says.
    pub async fn list(&self, path: &str) -> anyhow::Result<Vec<(String, String)>> {
        let listing = self.read(path).await?.unwrap_or_default();
        let listing: Value = serde_json::from_slice(&listing).unwrap_or_default();
        let text = |item: &Value, field: &str| item[field].as_str().unwrap_or_default().to_owned();
        let items = shared::api::object::list(&listing, "/items");
        Ok(items.iter().map(|item| (text(item, "name"), text(item, "type"))).collect())
    }

    /// A path of the playground API, below this sandbox.
    pub fn path(&self, below: &str) -> String {
        format!("/playground/v1/sandboxes/{}{below}", encode(&self.sandbox))
    }

    fn file(&self, path: &str) -> String {
        let parts: Vec<String> = path.split('/').filter(|p| !p.is_empty()).map(encode).collect();
        self.path(&format!("/files/{}", parts.join("/")))
    }

    async fn ask(&self, method: &'static str, path: &str, body: Vec<u8>) -> anyhow::Result<Vec<u8>> {
        accepted(self.send(method, path, body).await?)
    }

    async fn send(&self, method: &'static str, path: &str, body: Vec<u8>) -> anyhow::Result<(u16, Vec<u8>)> {
        ensure!(self.server.starts_with("http"), "{} is no address: http://127.0.0.1:8080", self.server);
        let request = Request { method, path: path.to_owned(), headers: Vec::new(), body };
        let response = self.outside.send(request).await?;
        Ok((response.status, response.body))
    }
}

fn accepted((status, body): (u16, Vec<u8>)) -> anyhow::Result<Vec<u8>> {
    if status < 400 {
        return Ok(body);
    }
    let said: Value = serde_json::from_slice(&body).unwrap_or_default();
    bail!("{}", said["message"].as_str().unwrap_or("the server refused"))
}
