//! A scenario of our own, imported.

use std::path::Path;

use shared::lesson::{Block, Run, lint, parse};

use super::{lesson, run, scenario};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lesson_import/first-pod");

#[test]
fn a_scenario_becomes_a_lesson() {
    let imported = lesson(&scenario::read(Path::new(FOLDER)).unwrap());
    insta::assert_snapshot!("first-pod", imported.text);
    insta::assert_snapshot!("first-pod-left", imported.left.join("\n"));
}

#[test]
fn it_reads_as_one_but_for_the_checks() {
    let text = lesson(&scenario::read(Path::new(FOLDER)).unwrap()).text;
    let problems: Vec<String> = lint(&text).into_iter().map(|p| p.message).collect();
    assert_eq!(problems, ["nothing in this lesson is checked: a checks block is missing"]);
    let runs: Vec<Run> = parse(&text)
        .blocks
        .into_iter()
        .filter_map(|block| match block {
            Block::Run(run) => Some(run),
            _ => None,
        })
        .collect();
    let words: Vec<(&str, bool)> = runs.iter().map(|run| (run.text.as_str(), run.interrupt)).collect();
    let expected = [
        ("kubectl get nodes", false),
        ("kubectl run web --image=nginx\nkubectl get pods --watch", false),
        ("kubectl get pod web -o wide", true),
        ("kubectl delete pod web", false),
    ];
    assert_eq!(words, expected);
}

#[test]
fn it_is_written_once_and_reads_nothing_outside() {
    let out = tempfile::tempdir().unwrap();
    assert!(run(Path::new(FOLDER), out.path()).unwrap());
    assert!(out.path().join("first-pod.md").is_file());
    assert!(run(Path::new(FOLDER), out.path()).is_err());
    let bad = tempfile::tempdir().unwrap();
    let index = r#"{"title": "T", "details": {"intro": {"text": "../secret.md"}}}"#;
    std::fs::write(bad.path().join("index.json"), index).unwrap();
    let error = scenario::read(bad.path()).unwrap_err().to_string();
    assert!(error.contains("outside of the scenario's folder"), "{error}");
}
