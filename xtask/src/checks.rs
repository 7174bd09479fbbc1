//! What is checked without a browser: format, house rules, lints, tests.

use anyhow::Result;

use crate::places::Places;
use crate::step::Outcome;
use crate::{build, kubectl, process, tidy, wasm};

pub fn format(places: &Places) -> Result<Outcome> {
    process::run(process::command("cargo").current_dir(&places.root).args(["fmt", "--all", "--check"]))?;
    Ok(Outcome::Done("formatted".into()))
}

pub fn tidy(places: &Places) -> Result<Outcome> {
    let problems = tidy::problems(places)?;
    anyhow::ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(Outcome::Done("the house rules hold".into()))
}

pub fn clippy(places: &Places) -> Result<Outcome> {
    let mut command = build::cargo(places, "clippy");
    process::run(command.args(["-q", "--workspace", "--exclude", "frontend", "--all-targets", "--", "-D", "warnings"]))?;
    Ok(Outcome::Done("no warnings".into()))
}

/// Checked for wasm32, which is what it is built for; by the compiler that builds it, since Clippy needs its own.
pub fn clippy_page(places: &Places) -> Result<Outcome> {
    let mut command = wasm::cargo(places, "check")?;
    process::run(command.args(["-q", "-p", "frontend", "--profile", "web"]))?;
    let mut command = build::cargo(places, "clippy");
    process::run(command.args(["-q", "-p", "frontend", "--", "-D", "warnings"]))?;
    Ok(Outcome::Done("no warnings".into()))
}

/// With cargo-nextest where it is, else with cargo itself.
pub fn tests(places: &Places) -> Result<Outcome> {
    let nextest = process::succeeds(process::command("cargo").args(["nextest", "--version"]));
    let mut command = build::cargo(places, if nextest { "nextest" } else { "test" });
    if nextest {
        command.arg("run");
    }
    command.args(["--workspace", "--exclude", "frontend"]);
    command.env("PODGROUND_KUBECTL", kubectl::path(places, kubectl::CURRENT));
    command.env("PODGROUND_KUBECTL_OLD", kubectl::path(places, kubectl::OLD));
    process::show(&mut command)?;
    Ok(Outcome::Done("passed".into()))
}
