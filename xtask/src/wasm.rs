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
/// What makes the shipped page smaller, where the standard library is built with it. All are unstable options: one that
/// a compiler does not know is left out.
const SMALLER: [&[&str]; 3] = [
    // No panic tells its place in the source.
    &["-Zlocation-detail=none"],
    // A panic is a trap, without its message; the page says that it has crashed (static/js/boot.js).
    &["-Zunstable-options", "-Cpanic=immediate-abort"],
    // Loops as they are written: what is quicker to add than to multiply takes more variables.
    &["-Cllvm-args=-disable-lsr"],
];

/// Which compiler is used.
enum Compiler {
    /// The toolchain's own, with the standard library's source.
    Source,
    /// The toolchain's own, with the standard library as it comes for the target.
    Target,
    /// Debian's, with the standard library's source.
    Debian,
}

impl Compiler {
    const fn name(&self) -> &'static str {
        match self {
            Self::Source => "the toolchain's, with the standard library made for size",
            Self::Target => "the toolchain's",
            Self::Debian => "Debian's rustc-web, with the standard library made for size",
        }
    }
}

fn compiler() -> Result<Option<Compiler>> {
    let library = sysroot()?.join("lib/rustlib");
    if library.join("src/rust/library/std/Cargo.toml").exists() {
        return Ok(Some(Compiler::Source));
    }
    if library.join(TARGET).join("lib").exists() {
        return Ok(Some(Compiler::Target));
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
    if let Some(found) = compiler()? {
        return Ok(Outcome::Reused(format!("{TARGET}, {}", found.name())));
    }
    if process::on_path("rustup") {
        // Either will do; with its source, a third of what the page has of the standard library is saved.
        for wanted in [["component", "add", "rust-src"], ["target", "add", TARGET]] {
            let added = process::output_within(process::command("rustup").args(wanted), PATIENCE);
            if let (Ok(_), Some(found)) = (added, compiler()?) {
                return Ok(Outcome::Done(format!("{TARGET}, {}", found.name())));
            }
        }
    }
    apt::install(&["rustc-web", "rust-web-src"], "a compiler for wasm32 (rustup's server did not answer)")?;
    match compiler()? {
        Some(found) => Ok(Outcome::Done(format!("rustup's server did not answer; {TARGET}, {}", found.name()))),
        None => bail!("the packages rustc-web and rust-web-src are installed, but bring no standard library's source"),
    }
}

/// `cargo COMMAND` for wasm32, its own target folder in the cache so that the standard library is built once.
pub fn cargo(places: &Places, command: &str) -> Result<Command> {
    let mut cargo = process::command("cargo");
    cargo.current_dir(&places.root).arg(command).args(["--target", TARGET]);
    cargo.arg("--target-dir").arg(target_dir(places));
    let compiler = compiler()?.context("no compiler for wasm32: run `cargo xtask setup`")?;
    if matches!(compiler, Compiler::Debian) {
        let hosts = std::fs::read_dir(sysroot()?.join("lib/rustlib")).into_iter().flatten().flatten();
        let lld = hosts.map(|host| host.path().join("bin/rust-lld")).find(|lld| lld.exists());
        let lld = lld.unwrap_or_else(|| PathBuf::from("/usr/bin/rust-lld"));
        cargo.env("RUSTC", DEBIAN_RUSTC).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", lld);
    }
    if !matches!(compiler, Compiler::Target) {
        // The compiler is a release one, and building the standard library is still an unstable option.
        cargo.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=std,panic_abort");
        cargo.arg("-Zbuild-std-features=optimize_for_size");
    }
    Ok(cargo)
}

/// Has a build made smaller than an ordinary one.
pub fn make_smaller(cargo: &mut Command) -> Result<()> {
    let rustc = match compiler()? {
        Some(Compiler::Source) => "rustc",
        Some(Compiler::Debian) => DEBIAN_RUSTC,
        Some(Compiler::Target) | None => return Ok(()),
    };
    let known = |flags: &&&[&str]| {
        let mut probe = process::command(rustc);
        probe.env("RUSTC_BOOTSTRAP", "1").args(["--target", TARGET, "--print", "cfg"]).args(**flags);
        process::succeeds(&mut probe)
    };
    let flags: Vec<&str> = SMALLER.iter().filter(known).copied().flatten().copied().collect();
    cargo.arg("--config").arg(format!("target.{TARGET}.rustflags={flags:?}"));
    Ok(())
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
