//! The console's kubectl against the real one: the same commands, in the same order, against API servers that start
//! the same; their outputs and exit codes must be equal, byte for byte but for what differs from run to run.
//!
//! Needs the real kubectl v1.35, which `cargo xtask setup` brings.

// What fails here is the machine, and ends the test.
#![allow(clippy::unwrap_used)]

#[path = "serving/words.rs"]
mod words;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use podground::apiserver::{Api, router};
use podground::auth::Identity;
use podground::node::access::{LogRequest, NodeAccess, Usage};
use podground::runtime::{Duplex, ExecSpec, LogLine, RuntimeError, Session};
use podground::store::Store;
use serde_json::Value;
use shared::api::{Status, Timestamp, object};

use words::words;

/// A cluster without nodes.
struct NoNodes;

#[async_trait]
impl NodeAccess for NoNodes {
    async fn logs(
        &self,
        _: &str,
        _: &Value,
        _: &str,
        _: LogRequest,
    ) -> Result<BoxStream<'static, Result<LogLine, RuntimeError>>, Status> {
        Err(Status::internal("no node"))
    }
    async fn exec(&self, _: &str, _: &Value, _: &str, _: ExecSpec) -> Result<Session, Status> {
        Err(Status::internal("no node"))
    }
    async fn attach(&self, _: &str, _: &Value, _: &str, _: ExecSpec) -> Result<Session, Status> {
        Err(Status::internal("no node"))
    }
    async fn port_forward(&self, _: &str, _: &Value, _: u16) -> Result<Box<dyn Duplex>, Status> {
        Err(Status::internal("no node"))
    }
    /// Pods whose names begin with `m` are measured: one container more than the other, and so on.
    fn pod_usage(&self, _: &str, pod: &Value) -> Option<Vec<(String, Usage)>> {
        let names = object::list(pod, "/spec/containers").iter().filter_map(|c| c["name"].as_str());
        let measured = names.zip(1..).map(|(name, at)| (name.to_owned(), usage(object::name(pod).len() as u64 * at)));
        object::name(pod).starts_with('m').then(|| measured.collect())
    }
    fn node_usage(&self, _: &str, node: &str) -> Option<Usage> {
        (node != "silent").then(|| usage(node.len() as u64 * 10))
    }
}

fn usage(size: u64) -> Usage {
    let at = Timestamp::from_seconds(1_764_000_000);
    Usage { at, window: 15_000_000, nano_cpu: size * 1_234_567, memory: size * 3_000_000 }
}

async fn serve() -> String {
    let api = Api::new(Store::memory());
    api.open_sandbox("default");
    let app = router(api, Arc::new(NoNodes)).layer(axum::Extension(Identity::local()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    format!("http://{address}/sandboxes/default")
}

fn real() -> PathBuf {
    let home = std::env::var("HOME").unwrap();
    let path = Path::new(&home).join(".cache/podground/kubectl/v1.35/kubectl");
    assert!(path.exists(), "no kubectl at {}: run `cargo xtask setup`", path.display());
    path
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/console_vs_kubectl")
}

/// Runs one command line and gives what it printed and its exit code.
fn run(program: &Path, first: &[&str], server: &str, words: &[String]) -> String {
    let output = Command::new("timeout")
        .arg("20")
        .arg(program)
        .args(first)
        // Behind the command's name: kubectl takes no flags before a name that may be a plugin's.
        .arg(&words[0])
        .arg(format!("--server={server}"))
        .args(&words[1..])
        .current_dir(folder())
        .env("KUBECONFIG", "/dev/null")
        // What it would keep of the server's discovery, it keeps nowhere.
        .env("KUBECACHEDIR", "/dev/null")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    // Go's own log lines have a time and a process number.
    let err: String = err.lines().filter(|l| !l.contains(".go:")).map(|l| format!("! {l}\n")).collect();
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    steady(&format!("{out}{err}exit {}\n", output.status.code().unwrap_or(-1)))
}

/// Takes out what differs between two runs: ages, times, uids, revisions, and the padding they bring; and the files that
/// the real `diff` compares, which ours does without.
fn steady(text: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_matches(['"', ',']);
        let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        let uuid = bare.len() == 36
            && bare.matches('-').count() == 4
            && bare.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        let time = bare.len() == 20 && bare.ends_with('Z') && bare.as_bytes()[10] == b'T';
        let age = bare.strip_suffix('s').is_some_and(digits);
        let clock = bare.len() == 8 && bare.matches(':').count() == 2;
        if let Some((side, file)) = bare.strip_prefix("/tmp/").and_then(|path| path.split_once('/')) {
            let (side, _) = side.split_once('-').unwrap_or((side, ""));
            return format!("{side}/{file}");
        }
        if uuid || time || age || clock { "~".to_owned() } else { word.to_owned() }
    };
    let line = |line: &str| {
        let files = line.starts_with("--- /tmp/LIVE-") || line.starts_with("+++ /tmp/MERGED-");
        let line = if files { line.split('\t').next().unwrap_or(line) } else { line };
        let mut words: Vec<String> = line.split(' ').filter(|w| !w.is_empty()).map(word).collect();
        if words.first().is_some_and(|w| w.trim_matches('"').starts_with("resourceVersion")) {
            words.truncate(1);
        }
        let indent = line.len() - line.trim_start().len();
        format!("{}{}\n", " ".repeat(indent), words.join(" "))
    };
    text.lines().map(line).collect()
}

async fn check(file: &str) {
    let (real, ours) = (real(), PathBuf::from(env!("CARGO_BIN_EXE_podground")));
    let (for_real, for_ours) = (serve().await, serve().await);
    let text = std::fs::read_to_string(folder().join(file)).unwrap();
    let mut different = String::new();
    for line in text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let words = words(line);
        let (real, ours, a, b) = (real.clone(), ours.clone(), for_real.clone(), for_ours.clone());
        let both =
            tokio::task::spawn_blocking(move || (run(&real, &[], &a, &words), run(&ours, &["kubectl"], &b, &words)));
        let (expected, found) = both.await.unwrap();
        let (expected, found) = (expected.replace(&for_real, "SERVER"), found.replace(&for_ours, "SERVER"));
        if expected != found {
            different.push_str(&format!("kubectl {line}\n--- real\n{expected}--- ours\n{found}\n"));
        }
    }
    assert!(different.is_empty(), "{different}");
}

/// The flags that a command's help names: `-o, --output`.
fn flags(program: &Path, words: &[&str]) -> BTreeSet<String> {
    let output = Command::new(program).args(words).arg("--help").env("KUBECONFIG", "/dev/null").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().map(str::trim).filter(|line| line.starts_with("--") || line.get(2..5) == Some(", -"));
    lines.map(|line| line.trim_end_matches(':').split('=').next().unwrap_or_default().to_owned()).collect()
}

/// The sentences of kubectl's help are its own; its commands' flags are facts.
#[test]
fn every_command_has_the_flags_of_the_real_one() {
    let (real, ours) = (real(), PathBuf::from(env!("CARGO_BIN_EXE_podground")));
    let listed = |words: &[&str]| {
        let output = Command::new(&ours).arg("kubectl").args(words).arg("--help").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let below = text.split_once("ommands:\n").map(|(_, below)| below.to_owned()).unwrap_or_default();
        below.lines().map_while(|line| line.strip_prefix("  ").map(str::to_owned)).collect::<Vec<_>>()
    };
    let mut different = Vec::new();
    let mut waiting: Vec<Vec<String>> = listed(&[]).into_iter().map(|name| vec![name]).collect();
    while let Some(name) = waiting.pop() {
        let words: Vec<&str> = name.iter().map(String::as_str).collect();
        // The page leaves these to the real kubectl.
        if ["config", "options"].contains(&words[0]) {
            continue;
        }
        waiting.extend(listed(&words).into_iter().map(|below| [name.clone(), vec![below]].concat()));
        let expected = flags(&real, &words);
        let found = flags(&ours, &[&["kubectl"], words.as_slice()].concat());
        for (sign, flag) in [("-", expected.difference(&found)), ("+", found.difference(&expected))]
            .into_iter()
            .flat_map(|(sign, flags)| flags.map(move |flag| (sign, flag)))
        {
            different.push(format!("{}: {sign}{flag}", words.join(" ")));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_objects() {
    check("offline.txt").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session() {
    check("online.txt").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn screens() {
    check("described.txt").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applying() {
    check("applied.txt").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_yaml() {
    check("yaml.txt").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_used() {
    check("top.txt").await;
}
