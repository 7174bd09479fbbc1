//! Real kubectls against the API server: sessions whose every output is written down and known to be Kubernetes'.
//!
//! A session is a text file: `$ ` and a command line, its standard output, lines of standard error after `! `, and
//! `exit N` where it is not 0. `UPDATE_SESSIONS=1` writes down what was found, to be read before it is committed.
//! Needs the real kubectls, which `cargo xtask setup` brings.

#![allow(clippy::unwrap_used)]

mod serving;
#[path = "serving/words.rs"]
mod words;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use words::words;

/// Runs every command of a session with kubectl of a version and compares.
async fn check(version: &str, session: &str) {
    let server = serving::serve().await;
    let kubectl = kubectl(version);
    let file = folder().join(session);
    let text = std::fs::read_to_string(&file).unwrap();
    let mut found = String::new();
    for line in text.lines() {
        let Some(command) = line.strip_prefix("$ ") else {
            if line.starts_with('#') {
                found.push_str(&format!("{line}\n"));
            }
            continue;
        };
        let (program, url, words) = (kubectl.clone(), server.url.clone(), words(command));
        let output = tokio::task::spawn_blocking(move || run(&program, &url, &words)).await.unwrap();
        found.push_str(&format!("{line}\n{}", output.replace(&server.url, "SERVER")));
    }
    if std::env::var_os("UPDATE_SESSIONS").is_some() {
        std::fs::write(&file, &found).unwrap();
        return;
    }
    let different: Vec<String> = text
        .split("$ ")
        .zip(found.split("$ "))
        .filter(|(expected, found)| expected != found)
        .map(|(expected, found)| format!("--- expected\n$ {expected}--- found\n$ {found}"))
        .collect();
    assert!(different.is_empty(), "kubectl {version}, {session}:\n{}", different.join("\n"));
    assert_eq!(text, found);
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apiserver_kubectl")
}

fn kubectl(version: &str) -> PathBuf {
    let home = std::env::var("HOME").unwrap();
    let path = Path::new(&home).join(format!(".cache/podground/kubectl/{version}/kubectl"));
    assert!(path.exists(), "no kubectl at {}: run `cargo xtask setup`", path.display());
    path
}

fn run(program: &Path, url: &str, words: &[String]) -> String {
    // A cache of its own: another server's discovery may be behind the same port.
    let cache = tempfile::tempdir().unwrap();
    let output = Command::new("timeout")
        .arg("30")
        .arg(program)
        .arg(&words[0])
        .arg(format!("--server={url}"))
        .args(&words[1..])
        .current_dir(folder())
        .env("KUBECONFIG", "/dev/null")
        .env("KUBECACHEDIR", cache.path())
        .env("HOME", cache.path())
        .env("KUBE_EDITOR", "sh -c 'sed -i s/edit-me/edited/ $0'")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        text.push_str(&format!("! {line}\n"));
    }
    if !output.status.success() {
        text.push_str(&format!("exit {}\n", output.status.code().unwrap_or(-1)));
    }
    steady(&text)
}

/// Takes out what differs between two runs: ages, times, uids, revisions, generated endings.
fn steady(text: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_matches(['"', ',']);
        let uuid = bare.len() == 36 && bare.matches('-').count() == 4;
        let time = bare.len() >= 20 && bare.ends_with('Z') && bare.as_bytes()[10] == b'T';
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let age = bare.strip_suffix('s').is_some_and(digits);
        let generated = bare.rsplit_once('-').is_some_and(|(base, end)| base.ends_with("generated") && end.len() == 5);
        match (uuid || time, age, generated) {
            (true, ..) => word.replace(bare, "~"),
            (_, true, _) => word.replace(bare, "0s"),
            (_, _, true) => "generated-~".to_owned(),
            _ => word.to_owned(),
        }
    };
    let line = |line: &str| match line.split_once("resourceVersion: ") {
        Some((before, _)) => format!("{before}resourceVersion: ~\n"),
        None => format!("{}\n", line.split(' ').map(word).collect::<Vec<_>>().join(" ").trim_end()),
    };
    let temporary = |line: &&str| !["diff -u", "--- /tmp", "+++ /tmp"].iter().any(|start| line.starts_with(start));
    text.lines().filter(temporary).map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_v1_35() {
    check("v1.35", "objects.txt").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_v1_28() {
    check("v1.28", "objects-v1.28.txt").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_v1_35() {
    check("v1.35", "refusals.txt").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_side_apply_v1_35() {
    check("v1.35", "server-side.txt").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn explanations_v1_35() {
    check("v1.35", "explain.txt").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn explanations_v1_28() {
    check("v1.28", "explain-v1.28.txt").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_namespace_grants_v1_35() {
    check("v1.35", "granted.txt").await;
}
