//! `cargo xtask conformance`: unmodified clients of Kubernetes against a server of the task's own. What they found is
//! written to `docs/fidelity.md`.

mod kubectl;
mod library;
mod report;
mod tap;

use anyhow::{Context, Result, bail, ensure};

use crate::places::Places;
use crate::process;
use crate::server::Server;
use crate::step::Outcome;

/// What one client found in one version.
pub struct Client {
    /// `kubectl v1.35`, `Python, kubernetes 37.0.2`.
    pub name: String,
    /// Its checks in order.
    pub checks: Vec<Check>,
}

impl Client {
    /// The client itself and the area of its checks, where it has several.
    pub fn area(&self) -> Option<(&str, &str)> {
        self.name.split_once(": ")
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was tried.
    pub title: String,
    /// What came of it.
    pub verdict: Verdict,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As with any cluster.
    Passed,
    /// Not as with any cluster, which is known, for this reason.
    Deviates(String),
    /// Not as it should be.
    Failed(String),
}

/// The libraries, in the order of the document.
const LIBRARIES: [&library::Library; 3] = [&library::PYTHON, &library::JAVASCRIPT, &library::RUST];

/// Every client, or those that the words after the task name. The document is of each client's last run.
pub fn all(places: &Places) -> Result<Outcome> {
    let words: Vec<String> = std::env::args().skip(2).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| word == name);
    let minors: Vec<&str> = crate::kubectl::ALL
        .into_iter()
        .filter(|minor| wanted("kubectl") || words.contains(&format!("v1.{minor}")))
        .collect();
    let libraries: Vec<_> = LIBRARIES.into_iter().filter(|library| wanted(library.name)).collect();
    if !words.is_empty() && words.len() != libraries.len() + if wanted("kubectl") { 1 } else { minors.len() } {
        bail!("clients are kubectl, or some of its releases as v1.35, python, javascript, rust");
    }
    let server = Server::start(places, &places.in_cache("conformance-server.log"))?;
    let mut clients = Vec::new();
    if !minors.is_empty() {
        clients.extend(kubectl::play(places, &server, &minors)?);
    }
    for library in libraries {
        clients.push(library.play(places, &server)?);
    }
    let last = LIBRARIES.iter().map(|library| library.last(places)).collect::<Option<Vec<_>>>();
    match (kubectl::last(places), last) {
        (Some(kubectls), Some(libraries)) => {
            let all: Vec<Client> = kubectls.into_iter().chain(libraries).collect();
            std::fs::write(places.in_clone("docs/fidelity.md"), report::document(&all))?;
        }
        _ => println!("conformance: the document is written when every client has run"),
    }
    judge(&clients)
}

/// The part that is quick once it is installed.
pub fn short(places: &Places) -> Result<Outcome> {
    let server = Server::start(places, &places.in_cache("conformance-server.log"))?;
    let clients = [&library::PYTHON, &library::JAVASCRIPT].map(|library| library.play(places, &server));
    judge(&clients.into_iter().collect::<Result<Vec<_>>>()?)
}

fn judge(clients: &[Client]) -> Result<Outcome> {
    let all = || clients.iter().flat_map(|client| client.checks.iter().map(move |check| (client, check)));
    let failed = all().filter_map(|(client, check)| match &check.verdict {
        Verdict::Failed(why) => Some(format!("{}: {}: {why}", client.name, check.title)),
        _ => None,
    });
    let failed: Vec<String> = failed.collect();
    let passed = all().filter(|(_, check)| check.verdict == Verdict::Passed).count();
    println!("conformance: {passed} passed, {} failed", failed.len());
    ensure!(failed.is_empty(), "clients failed:\n{}", failed.join("\n"));
    ensure!(passed > 0, "no check was run");
    let count = clients.iter().filter(|client| client.area().is_none()).count();
    Ok(Outcome::Done(format!("{passed} checks by {count} clients passed")))
}

/// The kubeconfig of the server's first sandbox, written to a file.
fn kubeconfig(places: &Places, server: &Server) -> Result<std::path::PathBuf> {
    use crate::http::{Address, Connection};
    let mut connection = Connection::open(&Address::Tcp(server.address().to_owned()))?;
    let text = connection.request("GET", "/playground/v1/sandboxes/default/kubeconfig", b"");
    let file = places.in_cache("conformance-kubeconfig");
    std::fs::write(&file, text.context("no kubeconfig")?)?;
    Ok(file)
}

/// Python, for the clients that need it.
fn python() -> Result<()> {
    match process::on_path("python3") {
        true => Ok(()),
        false => crate::apt::install(&["python3", "python3-venv"], "Python"),
    }
}
