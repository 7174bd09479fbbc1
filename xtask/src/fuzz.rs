//! `cargo xtask fuzz`: runs what reads input from outside under libFuzzer, each target for a while. What it finds is
//! kept in the cache and becomes a test where the mistake was; the tests themselves do not fuzz.
//!
//! The layout is cargo-fuzz's, which works too; nothing but the compiler is needed here, and not a nightly one.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::places::Places;
use crate::process;

/// Of what cargo-fuzz gives the compiler, what needs no sanitizer.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";
const SECONDS: u64 = 60;

/// Runs one target, or all of them: `[TARGET] [--seconds N]`.
pub fn run(places: &Places, words: &[&str]) -> Result<()> {
    let (mut chosen, mut seconds) = (None, SECONDS);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--seconds" => seconds = words.next().context("--seconds wants a number")?.parse()?,
            word => chosen = Some(word),
        }
    }
    let targets = targets(places)?;
    if let Some(name) = chosen.filter(|name| !targets.iter().any(|target| target == name)) {
        bail!("there is no target {name}; there are {}", targets.join(", "));
    }
    let programs = build(places)?;
    let mut broken = Vec::new();
    for target in targets.iter().filter(|target| chosen.is_none_or(|name| name == *target)) {
        let (corpus, found) = (places.in_cache("fuzz/corpus").join(target), places.in_cache("fuzz/found").join(target));
        std::fs::create_dir_all(&corpus)?;
        std::fs::create_dir_all(&found)?;
        let mut command = process::command(programs.join(target));
        command.arg(corpus).arg(places.in_clone("fuzz/seeds").join(target));
        command.args(["-timeout=10", "-rss_limit_mb=1024", "-max_len=4096", "-print_final_stats=1"]);
        command.arg(format!("-max_total_time={seconds}")).arg(format!("-artifact_prefix={}/", found.display()));
        println!("podground: fuzzing {target} for {seconds} s");
        if process::show(&mut command).is_err() {
            broken.push(format!("{target} (see {})", found.display()));
        }
    }
    anyhow::ensure!(broken.is_empty(), "input was found that breaks {}", broken.join(", "));
    Ok(())
}

/// The names of the targets.
fn targets(places: &Places) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(places.in_clone("fuzz/fuzz_targets"))? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// Builds all targets; the folder with the programs.
fn build(places: &Places) -> Result<PathBuf> {
    let version = process::output(process::command("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let target = places.in_cache("target-fuzz");
    let mut command = process::command("cargo");
    // With a target named, the flags are not for build scripts, which have no fuzzer linked in.
    command.current_dir(places.in_clone("fuzz")).args(["build", "--release", "--bins", "--target", host]);
    process::show(command.env("RUSTFLAGS", FLAGS).env("CARGO_TARGET_DIR", &target))?;
    Ok(target.join(host).join("release"))
}
