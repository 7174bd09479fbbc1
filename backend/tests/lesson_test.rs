//! `podground lesson test` on real containers: a lesson that is right passes; each that is wrong fails and says why.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn lessons_pass_or_say_why_not() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lesson_test");
    let mut command = Command::new(env!("CARGO_BIN_EXE_podground"));
    command.args(["lesson", "test"]).arg(&folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let data_dir = format!("podground-lesson-{}-", child.id());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for words in [
        "ok     whole",
        "FAILED late",
        "late.md:7: A check that stays red",
        "is not done after 2 s: configmaps/late data.a = c\n      found \"b\"",
        "hint: a is b",
        "FAILED early",
        "is done before the step: nodes/worker is there",
        "FAILED broken",
        "a command ended with 1: kubectl get pod nobody\n    Error from server (NotFound): pods \"nobody\" not found",
        "1 of 4 lessons passed",
    ] {
        assert!(said.contains(words), "{words:?} is missing in:\n{said}");
    }
    assert!(!said.contains("configmaps/late is there"), "what is done is not blamed:\n{said}");
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(&data_dir), "something is still mounted:\n{mounts}");
}
