//! What is checked without a browser: format, house rules, lints, tests.

use anyhow::Result;

use crate::places::Places;
use crate::step::Outcome;
use crate::{build, claim, process, programs, tidy};

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
    let count = programs::run(places)?;
    anyhow::ensure!(count > 0, "no test was run");
    println!("tests: {count} passed, 0 failed");
    Ok(Outcome::Done(format!("{count} passed")))
}
