//! Compiling for wasm32: with rustup's target where its server answers, else with Debian's compiler and the standard
//! library built from Debian's source, once.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::places::Places;
use crate::step::Outcome;
use crate::{apt, process};

const TARGET: &str = "wasm32-unknown-unknown";
/// How long rustup's server may take.
const PATIENCE: Duration = Duration::from_secs(90);
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// Which compiler is used.
enum Compiler {
    /// The toolchain's own, with the target installed.
    Toolchain,
    /// Debian's, with `-Zbuild-std`.
    Debian,
}

fn compiler() -> Result<Option<Compiler>> {
    if sysroot()?.join("lib/rustlib").join(TARGET).join("lib").exists() {
        return Ok(Some(Compiler::Toolchain));
    }
    let source = std::fs::read_dir("/usr/src").into_iter().flatten().flatten();
    let has_source = source.map(|e| e.path()).any(|p| p.join("library/std/Cargo.toml").exists());
    Ok((has_source && Path::new(DEBIAN_RUSTC).exists()).then_some(Compiler::Debian))
}

fn sysroot() -> Result<PathBuf> {
    Ok(PathBuf::from(process::output(process::command("rustc").args(["--print", "sysroot"]))?.trim()))
}

/// Sees to it that wasm32 can be compiled for.
pub fn bring(_: &Places) -> Result<Outcome> {
    match compiler()? {
        Some(Compiler::Toolchain) => return Ok(Outcome::Reused(format!("the toolchain's {TARGET}"))),
        Some(Compiler::Debian) => {
            return Ok(Outcome::Reused("Debian's rustc-web with the standard library's source".into()));
        }
        None => {}
    }
    if process::on_path("rustup") {
        let added = process::output_within(process::command("rustup").args(["target", "add", TARGET]), PATIENCE);
        if added.is_ok() && matches!(compiler()?, Some(Compiler::Toolchain)) {
            return Ok(Outcome::Done(format!("rustup added {TARGET}")));
        }
    }
    apt::install(&["rustc-web", "rust-web-src"], "a compiler for wasm32 (rustup's server did not answer)")?;
    match compiler()? {
        Some(_) => Ok(Outcome::Done("rustup's server did not answer; installed Debian's rustc-web".into())),
        None => bail!("the packages rustc-web and rust-web-src are installed, but bring no standard library's source"),
    }
}

/// `cargo COMMAND` for wasm32, its own target folder in the cache so that the standard library is built once.
pub fn cargo(places: &Places, command: &str) -> Result<Command> {
    let mut cargo = process::command("cargo");
    cargo.current_dir(&places.root).arg(command).args(["--target", TARGET]);
    cargo.arg("--target-dir").arg(target_dir(places));
    match compiler()?.context("no compiler for wasm32: run `cargo xtask setup`")? {
        Compiler::Toolchain => {}
        Compiler::Debian => {
            let hosts = std::fs::read_dir(sysroot()?.join("lib/rustlib")).into_iter().flatten().flatten();
            let lld = hosts.map(|host| host.path().join("bin/rust-lld")).find(|lld| lld.exists());
            let lld = lld.unwrap_or_else(|| PathBuf::from("/usr/bin/rust-lld"));
            // Debian's compiler is a release one, and building the standard library is still an unstable option.
            cargo.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
            cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", lld).arg("-Zbuild-std=std,panic_abort");
        }
    }
    Ok(cargo)
}

/// Where wasm32 is compiled to.
pub fn target_dir(places: &Places) -> PathBuf {
    places.in_cache("target-wasm")
}

/// The compiled program of a profile.
pub fn artifact(places: &Places, profile: &str, name: &str) -> PathBuf {
    let folder = if profile == "dev" { "debug" } else { profile };
    target_dir(places).join(TARGET).join(folder).join(format!("{name}.wasm"))
}
