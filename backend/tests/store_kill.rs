//! What was acknowledged survives `kill -9`: a process that writes is killed, and its file is read.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use podground::store::{Key, Store};
use serde_json::json;
use shared::api::kind::known;
use shared::api::object;

/// Where the writing process finds its file.
const FILE: &str = "PODGROUND_TEST_STORE";
const WRITERS: usize = 8;

fn key(name: &str) -> Key {
    Key { sandbox: "s".into(), kind: known("configmaps"), namespace: "default".into(), name: name.into() }
}

/// Not a test of its own: the process that is killed. It prints what has been acknowledged.
#[tokio::test(flavor = "multi_thread")]
async fn writes_until_it_is_killed() {
    let Some(file) = std::env::var_os(FILE).map(PathBuf::from) else { return };
    let store = Store::open(&file).unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let (store, life) = (store.clone(), std::process::id());
        writers.spawn(async move {
            for n in 0.. {
                let name = format!("c-{life}-{writer}-{n}");
                let value = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
                let made = store.create(key(&name), value).await.unwrap();
                if n % 3 == 2 {
                    store.delete(key(&name), None).await.unwrap();
                    println!("gone {name} {}", made.revision());
                } else {
                    println!("made {name} {}", made.revision());
                }
            }
        });
    }
    writers.join_all().await;
}

/// Lets a process write, kills it, and gives what it had been told.
fn killed(file: &Path, after: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writes_until_it_is_killed", "--nocapture"])
        .env(FILE, file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = Vec::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while let Some(Ok(line)) = lines.next() {
        told.push(line);
        if told.len() == after {
            // SIGKILL, while writes are on their way.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    // The last line may have been cut.
    told.pop();
    told.retain(|line| line.starts_with("made ") || line.starts_with("gone "));
    told
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("objects.redb");
    let (mut made, mut gone, mut revisions) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for after in [50, 333, 1000] {
        let before = revisions.last().copied().unwrap_or(0);
        for line in killed(&file, after) {
            let words: Vec<&str> = line.split(' ').collect();
            let revision: u64 = words[2].parse().unwrap();
            assert!(revision > before, "revision {revision} belongs to an earlier life");
            assert!(revisions.insert(revision), "revision {revision} was given twice");
            if words[0] == "made" { &mut made } else { &mut gone }.insert(words[1].to_owned());
        }
        let store = Store::open(&file).unwrap();
        let (objects, revision) = store.list("s", known("configmaps"), Some("default"));
        let found: BTreeSet<String> = objects.iter().map(|o| object::name(o.value()).to_owned()).collect();
        assert_eq!(made.difference(&found).count(), 0, "acknowledged creations are missing");
        assert_eq!(gone.intersection(&found).count(), 0, "acknowledged removals came back");
        assert!(revision > *revisions.last().unwrap());
        assert!(made.len() + gone.len() >= after / 2, "the writing process wrote");
    }
}
