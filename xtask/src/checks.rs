//! What is checked without a browser: format, house rules, lints, tests.

use anyhow::Result;

use crate::places::Places;
use crate::step::Outcome;
use crate::{build, claim, kubectl, process, tidy};

pub fn format(places: &Places) -> Result<Outcome> {
    for folder in ["", "fuzz"] {
        process::run(process::command("cargo").current_dir(places.in_clone(folder)).args(["fmt", "--all", "--check"]))?;
    }
    Ok(Outcome::Done("formatted".into()))
}

pub fn tidy(places: &Places) -> Result<Outcome> {
    let problems = tidy::problems(places)?;
    anyhow::ensure!(problems.is_empty(), "the house rules are broken:\n{}", problems.join("\n"));
    Ok(Outcome::Done("the house rules hold".into()))
}

pub fn clippy(places: &Places) -> Result<Outcome> {
    let _claim = claim::claim(places)?;
    let mut command = build::cargo(places, "clippy");
    process::run(command.args([
        "-q",
        "--workspace",
        "--exclude",
        "frontend",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    Ok(Outcome::Done("no warnings".into()))
}

/// For this machine: Clippy needs its own compiler, which may not have the wasm32 target. That the page compiles for
/// wasm32 was seen when it was built.
pub fn clippy_page(places: &Places) -> Result<Outcome> {
    let _claim = claim::claim(places)?;
    let mut command = build::cargo(places, "clippy");
    process::run(command.args(["-q", "-p", "frontend", "--", "-D", "warnings"]))?;
    Ok(Outcome::Done("no warnings".into()))
}

/// Every crate's tests; of the page those that need no browser.
pub fn tests(places: &Places) -> Result<Outcome> {
    let _claim = claim::claim(places)?;
    let mut command = build::cargo(places, "test");
    // Documentation's examples have no place in crates that nobody depends on.
    command.args(["--workspace", "--lib", "--bins", "--tests"]);
    command.env("PODGROUND_KUBECTL", kubectl::path(places, kubectl::CURRENT));
    command.env("PODGROUND_KUBECTL_OLD", kubectl::path(places, kubectl::OLD));
    let mut count = 0;
    process::show_lines(&mut command, |line| count += passed(line))?;
    anyhow::ensure!(count > 0, "no test was run");
    println!("tests: {count} passed, 0 failed");
    Ok(Outcome::Done(format!("{count} passed")))
}

/// `test result: ok. 12 passed; 0 failed; …`, one per test program.
fn passed(line: &str) -> u32 {
    let words = line.strip_prefix("test result: ok. ").and_then(|rest| rest.split(' ').next());
    words.and_then(|count| count.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn counts_the_tests_of_every_program() {
        let output =
            "running 2 tests\ntest result: ok. 2 passed; 0 failed; 0 ignored\n\ntest result: ok. 11 passed; 0 failed";
        assert_eq!(output.lines().map(super::passed).sum::<u32>(), 13);
    }
}
