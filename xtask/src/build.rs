//! The server's release build, with the page in it.

use std::process::Command;

use anyhow::{Context, Result};

use crate::places::Places;
use crate::step::Outcome;
use crate::{apt, claim, process, web};

/// `cargo`, building into the cache: a new clone compiles only what is its own.
pub fn cargo(places: &Places, command: &str) -> Command {
    let mut cargo = process::command("cargo");
    cargo.current_dir(&places.root).arg(command).env("CARGO_TARGET_DIR", places.in_cache("target"));
    cargo
}

/// Builds `target/release/podground`.
pub fn release(places: &Places) -> Result<Outcome> {
    if !process::on_path("make") {
        apt::install(&["make"], "make, by which the server's allocator is built")?;
    }
    let _claim = claim::claim(places)?;
    let mut command = cargo(places, "build");
    command.env("PODGROUND_WEB_DIST", web::dist(places)).args(["--release", "-p", "podground"]);
    process::show(&mut command).context("the server does not compile")?;
    let target = binary(places);
    std::fs::create_dir_all(target.parent().context("no folder")?)?;
    // Beside and then in its place: a server that is running keeps its own file.
    let new = target.with_extension("new");
    std::fs::copy(places.in_cache("target/release/podground"), &new)?;
    std::fs::rename(new, &target)?;
    let size = std::fs::metadata(&target)?.len();
    Ok(Outcome::Done(format!("target/release/podground, {} MB", size / 1_000_000)))
}

/// The server.
pub fn binary(places: &Places) -> std::path::PathBuf {
    places.in_clone("target/release/podground")
}
