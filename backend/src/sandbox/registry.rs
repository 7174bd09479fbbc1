//! All sandboxes of this server: by name, made, started over and removed one at a time each.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use serde_json::{Value, json};
use shared::api::Status;
use tokio::sync::broadcast::Receiver;

use super::files::Home;
use super::record::{Record, Subnet};
use super::running::Running;
use super::{firewall, ground};
use crate::apiserver::Api;
use crate::auth::Tokens;
use crate::auth::ca::Authority;
use crate::auth::identity::new_token;
use crate::clock::now;
use crate::config::Serve;
use crate::node::{Nodes, ProbeResult};
use crate::runtime::Runtime;

/// What sandboxes are made from; wired once in `app`.
pub struct Parts {
    /// How the server was started.
    pub config: Serve,
    /// The data directory.
    pub data_dir: PathBuf,
    /// The installation's name.
    pub instance: String,
    /// The engine.
    pub runtime: Arc<dyn Runtime>,
    /// The API without HTTP.
    pub api: Api,
    /// The nodes' side of exec, logs and the like.
    pub nodes: Arc<Nodes>,
    /// Known tokens.
    pub tokens: Tokens,
    /// Signs the certificates of the sandboxes' own networks.
    pub authority: Authority,
    /// Makes the router that is served inside sandboxes.
    pub inside_router: Box<dyn Fn(&str) -> Router + Send + Sync>,
}

enum State {
    Starting,
    Ready(Arc<Running>),
    Failed(String),
    Terminating,
}

struct Entry {
    record: Record,
    state: State,
}

/// The sandboxes. Cheap to clone; all clones are one registry.
#[derive(Clone)]
pub struct Sandboxes {
    parts: Arc<Parts>,
    entries: Arc<Mutex<BTreeMap<String, Entry>>>,
}

impl Sandboxes {
    /// An empty registry; see [`Sandboxes::open`].
    pub fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts), entries: Arc::default() }
    }

    /// Starts every remembered sandbox, and `default` where there is none yet.
    ///
    /// # Errors
    /// When the records cannot be read, or `default` cannot be made.
    pub async fn open(&self) -> anyhow::Result<()> {
        let mut records = Record::all(&self.parts.data_dir)?;
        if !records.iter().any(|r| r.name == "default") {
            records.insert(0, self.new_record("default")?);
        }
        for record in records {
            let name = record.name.clone();
            self.set(record.clone(), State::Starting);
            if let Err(status) = self.start(record).await {
                tracing::error!(sandbox = name, error = %status, "the sandbox did not start");
                if name == "default" {
                    anyhow::bail!("the sandbox \"default\" did not start: {status}");
                }
            }
        }
        Ok(())
    }

    /// Ends all tasks; containers go on.
    pub async fn stop(&self) {
        let running: Vec<_> = self.lock().values().filter_map(Entry::running).collect();
        futures::future::join_all(running.iter().map(|r| r.stop())).await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn set(&self, record: Record, state: State) {
        self.lock().insert(record.name.clone(), Entry { record, state });
    }

    /// The names, sorted.
    pub fn names(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    fn new_record(&self, name: &str) -> anyhow::Result<Record> {
        let taken: Vec<u16> = self.lock().values().map(|e| e.record.subnet).collect();
        let subnet = (0..Subnet::COUNT).find(|s| !taken.contains(s));
        let record = Record {
            name: name.to_owned(),
            subnet: subnet.ok_or_else(|| anyhow::anyhow!("all {} networks are taken", Subnet::COUNT))?,
            token: new_token(),
            created: now().to_string(),
            nodes: vec!["master".to_owned(), "worker".to_owned()],
        };
        record.save(&self.parts.data_dir)?;
        Ok(record)
    }

    /// Makes a sandbox and waits until its nodes are up.
    ///
    /// # Errors
    /// A Status: the name is bad or taken, or the engine refused.
    pub async fn create(&self, name: &str) -> Result<(), Status> {
        check_name(name)?;
        let record = {
            if self.lock().contains_key(name) {
                return Err(Status::failure(409, "AlreadyExists", format!("sandboxes \"{name}\" already exists")));
            }
            let record = self.new_record(name).map_err(Status::internal)?;
            self.set(record.clone(), State::Starting);
            record
        };
        self.start(record).await
    }

    /// Starts a sandbox; when its block of addresses is in use on this engine, goes on to the next free one.
    async fn start(&self, mut record: Record) -> Result<(), Status> {
        let mut error = None;
        for _ in 0..16 {
            match Running::start(&self.parts, record.clone()).await {
                Ok(running) => {
                    self.set(record, State::Ready(Arc::new(running)));
                    return Ok(());
                }
                Err(found) if ground::is_overlap(&found) => {
                    record.subnet = (record.subnet + 1 + u16::from(rand::random::<u8>())) % Subnet::COUNT;
                    record.save(&self.parts.data_dir).map_err(Status::internal)?;
                    error = Some(found);
                }
                Err(found) => {
                    error = Some(found);
                    break;
                }
            }
        }
        let message = error.map_or_else(String::new, |e| format!("{e:#}"));
        self.set(record, State::Failed(message.clone()));
        Err(Status::internal(message))
    }

    /// Removes a sandbox with all that is in it.
    ///
    /// # Errors
    /// A Status: there is none of that name, it is `default`, or the engine refused.
    pub async fn delete(&self, name: &str) -> Result<(), Status> {
        if name == "default" {
            let why = "sandboxes \"default\" is forbidden: this sandbox may not be deleted, only reset";
            return Err(Status::failure(403, "Forbidden", why));
        }
        let record = self.clear(name).await?;
        Record::remove(&self.parts.data_dir, &record.name).map_err(Status::internal)?;
        self.lock().remove(name);
        Ok(())
    }

    /// Removes every sandbox, `default` as well: for a server whose data directory goes with it.
    pub async fn remove_all(&self) {
        for name in self.names() {
            if let Err(status) = self.clear(&name).await {
                tracing::error!(sandbox = name, error = %status, "the sandbox could not be removed");
            }
        }
    }

    /// Starts a sandbox over: objects, nodes and files are made anew; name, addresses and tokens stay.
    ///
    /// # Errors
    /// A Status: there is none of that name, or the engine refused.
    pub async fn reset(&self, name: &str) -> Result<(), Status> {
        let record = self.clear(name).await?;
        self.set(record.clone(), State::Starting);
        self.start(record).await
    }

    /// Ends a sandbox's tasks and removes its containers, network and objects; leaves its record.
    async fn clear(&self, name: &str) -> Result<Record, Status> {
        let (record, running) = {
            let mut entries = self.lock();
            let entry = entries.get_mut(name).ok_or_else(|| not_found(name))?;
            if matches!(entry.state, State::Starting | State::Terminating) {
                return Err(Status::failure(409, "Conflict", format!("sandboxes \"{name}\" is busy: try again")));
            }
            let running = entry.running();
            entry.state = State::Terminating;
            (entry.record.clone(), running)
        };
        self.parts.api.close_sandbox(name);
        if let Some(running) = running {
            running.stop().await;
        }
        self.parts.tokens.forget_sandbox(name);
        let cleared = ground::clear(&self.parts, &record).await;
        let _ = firewall::unprotect(&ground::bridge(&self.parts.instance, record.subnet)).await;
        let emptied = self.parts.api.store().delete_sandbox(name).await;
        let failed = cleared.err().map(|e| format!("{e:#}")).or(emptied.err().map(|e| e.to_string()));
        if let Some(message) = failed {
            self.set(record, State::Failed(message.clone()));
            return Err(Status::internal(message));
        }
        Ok(record)
    }

    /// The running sandbox of that name.
    ///
    /// # Errors
    /// 404, or 503 while it is not ready.
    pub fn running(&self, name: &str) -> Result<Arc<Running>, Status> {
        let entries = self.lock();
        let entry = entries.get(name).ok_or_else(|| not_found(name))?;
        entry.running().ok_or_else(|| Status::unavailable(format!("sandboxes \"{name}\" is not ready")))
    }

    /// The learner's home directory of a sandbox.
    ///
    /// # Errors
    /// As [`Sandboxes::running`].
    pub fn home(&self, name: &str) -> Result<Home, Status> {
        let running = self.running(name)?;
        let node = running.ground.nodes.first().ok_or_else(|| Status::internal("the sandbox has no nodes"))?;
        Ok(Home { runtime: self.parts.runtime.clone(), container: node.container.clone() })
    }

    /// What probes find out from now on, in all sandboxes.
    ///
    /// # Errors
    /// As [`Sandboxes::running`].
    pub fn probe_results(&self, name: &str) -> Result<Receiver<Arc<ProbeResult>>, Status> {
        self.running(name).map(|_| self.parts.nodes.probe_results())
    }

    /// The engine and the container of a node, for a terminal on it.
    ///
    /// # Errors
    /// As [`Sandboxes::running`], and 404 for an unknown node.
    pub fn node(&self, name: &str, node: &str) -> Result<(Arc<dyn Runtime>, String), Status> {
        let running = self.running(name)?;
        let found = running.ground.nodes.iter().find(|n| n.name == node);
        let found = found.ok_or_else(|| Status::not_found(shared::api::kind::known("nodes"), node))?;
        Ok((self.parts.runtime.clone(), found.container.clone()))
    }

    /// A sandbox as the playground API shows it.
    ///
    /// # Errors
    /// 404.
    pub fn describe(&self, name: &str) -> Result<Value, Status> {
        let entries = self.lock();
        let Entry { record, state } = entries.get(name).ok_or_else(|| not_found(name))?;
        let subnet = Subnet(record.subnet);
        let (phase, message) = match state {
            State::Starting => ("Starting", ""),
            State::Ready(_) => ("Ready", ""),
            State::Failed(message) => ("Failed", message.as_str()),
            State::Terminating => ("Terminating", ""),
        };
        let nodes: Vec<Value> = (record.nodes.iter().enumerate())
            .map(|(i, n)| json!({"name": n, "address": subnet.node(i).to_string(), "podCIDR": subnet.pod_cidr(i)}))
            .collect();
        Ok(json!({
            "name": record.name, "phase": phase, "message": message, "created": record.created,
            "podCIDR": subnet.cidr(), "server": format!("/sandboxes/{}", record.name), "nodes": nodes,
        }))
    }

    /// Why a Pod is where and as it is.
    ///
    /// # Errors
    /// As [`Sandboxes::running`], and 404 for an unknown Pod.
    pub fn explain(&self, sandbox: &str, namespace: &str, name: &str) -> Result<Value, Status> {
        self.running(sandbox)?.explain(&self.parts, namespace, name)
    }
}

impl Entry {
    fn running(&self) -> Option<Arc<Running>> {
        match &self.state {
            State::Ready(running) => Some(running.clone()),
            _ => None,
        }
    }
}

fn not_found(name: &str) -> Status {
    Status::failure(404, "NotFound", format!("sandboxes \"{name}\" not found"))
}

/// Names are DNS labels, short enough to be part of container names and interface names.
fn check_name(name: &str) -> Result<(), Status> {
    let edges = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let bytes = name.as_bytes();
    let inner = bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-');
    if edges(bytes.first()) && edges(bytes.last()) && inner && bytes.len() <= 32 {
        return Ok(());
    }
    let rule = "a sandbox's name must consist of lower case alphanumeric characters or '-', start and end with an \
                alphanumeric character, and have at most 32 characters";
    Err(Status::failure(
        422,
        "Invalid",
        format!("sandboxes \"{name}\" is invalid: name: Invalid value: \"{name}\": {rule}"),
    ))
}
