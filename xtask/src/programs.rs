//! The workspace's test programs: built by Cargo, run two at a time, since most of what they do is wait for containers.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, anyhow};
use serde_json::Value;

use crate::places::Places;
use crate::{build, kubectl, process};

/// How many run at a time.
const BREADTH: usize = 2;

/// A test program.
struct Program {
    name: String,
    file: PathBuf,
    /// Its package's folder, where it runs.
    folder: PathBuf,
}

/// Builds and runs them all, and counts the tests. Each one's output is shown when it has ended.
pub fn run(places: &Places) -> Result<u32> {
    let queue = Mutex::new(built(places)?);
    let work = || std::iter::from_fn(|| next(&queue)).map(|program| test(places, &program)).collect::<Vec<_>>();
    let done: Vec<Result<u32>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..BREADTH).map(|_| scope.spawn(work)).collect();
        let panicked = |_| vec![Err(anyhow!("a test program's runner panicked"))];
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(panicked)).collect()
    });
    done.into_iter().sum()
}

fn next(queue: &Mutex<VecDeque<Program>>) -> Option<Program> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

/// Documentation's examples have no place in crates that nobody depends on.
fn built(places: &Places) -> Result<VecDeque<Program>> {
    let mut command = build::cargo(places, "test");
    command.args(["--workspace", "--lib", "--bins", "--tests", "--no-run"]);
    command.arg("--message-format=json-render-diagnostics").stderr(Stdio::inherit());
    let output = command.output().context("could not start cargo")?;
    anyhow::ensure!(output.status.success(), "the tests do not compile");
    let messages = String::from_utf8_lossy(&output.stdout);
    Ok(messages.lines().filter_map(|line| program(&serde_json::from_str(line).ok()?)).collect())
}

/// What one of Cargo's messages says of a test program.
fn program(message: &Value) -> Option<Program> {
    let is_test = message.pointer("/profile/test") == Some(&Value::Bool(true));
    let text = |at: &str| message.pointer(at).and_then(Value::as_str);
    let folder = Path::new(text("/manifest_path")?).parent()?;
    let file = text("/executable").filter(|_| is_test)?;
    Some(Program { name: text("/target/name")?.to_owned(), file: file.into(), folder: folder.to_owned() })
}

fn test(places: &Places, program: &Program) -> Result<u32> {
    let mut command = process::command(&program.file);
    command.current_dir(&program.folder).env("CARGO_MANIFEST_DIR", &program.folder);
    command.env("PODGROUND_KUBECTL", kubectl::path(places, kubectl::CURRENT));
    command.env("PODGROUND_KUBECTL_OLD", kubectl::path(places, kubectl::OLD));
    let output = command.output().with_context(|| format!("could not start {}", program.file.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    println!("     {}{}\n{text}", program.name, String::from_utf8_lossy(&output.stderr));
    anyhow::ensure!(output.status.success(), "{} ended with {}", program.name, output.status);
    Ok(text.lines().map(passed).sum())
}

/// `test result: ok. 12 passed; 0 failed; …`
fn passed(line: &str) -> u32 {
    let words = line.strip_prefix("test result: ok. ").and_then(|rest| rest.split(' ').next());
    words.and_then(|count| count.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn counts_the_tests_of_a_program() {
        let output =
            "running 2 tests\ntest result: ok. 2 passed; 0 failed; 0 ignored\n\ntest result: ok. 11 passed; 0 failed";
        assert_eq!(output.lines().map(super::passed).sum::<u32>(), 13);
    }

    #[test]
    fn programs_are_told_by_cargo() {
        let message = |test: bool, executable: Option<&str>| {
            super::program(&json!({"reason": "compiler-artifact", "manifest_path": "/w/shared/Cargo.toml",
                "target": {"name": "random"}, "profile": {"test": test}, "executable": executable}))
            .map(|program| (program.name, program.folder))
        };
        assert_eq!(message(true, Some("/t/random-1")), Some(("random".to_owned(), "/w/shared".into())));
        assert_eq!(message(true, None), None);
        assert_eq!(message(false, Some("/t/podground")), None);
    }
}
