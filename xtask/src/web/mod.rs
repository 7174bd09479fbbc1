//! The web app: Rust to WASM, its JavaScript and styles bundled, everything named by its content and compressed.

mod bundle;
mod pack;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::places::Places;
use crate::step::Outcome;
use crate::{claim, process, wasm};

pub use bundle::{install, node};

/// Where the built page is: what the server embeds.
pub fn dist(places: &Places) -> PathBuf {
    places.in_clone("target/web/dist")
}

/// Builds the page as it is shipped.
pub fn build(places: &Places) -> Result<Outcome> {
    make(places, "web")
}

/// Builds the page quickly: large, with names of functions.
pub fn build_dev(places: &Places) -> Result<Outcome> {
    make(places, "dev")
}

fn make(places: &Places, profile: &str) -> Result<Outcome> {
    let modules = bundle::packages(places)?;
    let stage = places.in_clone("target/web/stage");
    let _ = fs::remove_dir_all(&stage);
    fs::create_dir_all(&stage)?;
    let _claim = claim::claim(places)?;
    let mut cargo = wasm::cargo(places, "build")?;
    process::show(cargo.args(["-p", "frontend", "--profile", profile])).context("the web app does not compile")?;
    bind(&wasm::artifact(places, profile, "frontend"), &stage)?;
    if profile != "dev" {
        let file = stage.join("app_bg.wasm");
        let optimizer = modules.join(".bin/wasm-opt");
        let flags = [
            "-Oz",
            "--enable-bulk-memory",
            "--enable-nontrapping-float-to-int",
            "--enable-sign-ext",
            "--enable-mutable-globals",
            "--enable-reference-types",
            "--enable-multivalue",
        ];
        process::run(process::command(optimizer).args(flags).arg(&file).arg("-o").arg(&file)).context("wasm-opt")?;
    }
    bundle::widgets(places, &modules, &stage)?;
    let dist = dist(places);
    pack::pack(places, &stage, &dist, profile != "dev")?;
    let size = |pattern: &str| -> u64 {
        let files = fs::read_dir(&dist).into_iter().flatten().flatten();
        files
            .filter(|f| f.file_name().to_string_lossy().ends_with(pattern))
            .filter_map(|f| f.metadata().ok())
            .map(|m| m.len())
            .sum()
    };
    Ok(Outcome::Done(match profile {
        "dev" => format!("{} kB of WASM, unoptimised", size(".wasm") / 1000),
        _ => format!("WASM {} kB, {} kB brotli", size(".wasm") / 1000, size(".wasm.br") / 1000),
    }))
}

/// What wasm-bindgen's command does, by its library, which Cargo pins to the version that the app was compiled with.
fn bind(wasm: &Path, stage: &Path) -> Result<()> {
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.input_path(wasm).web(true)?.typescript(false).out_name("app").remove_name_section(true);
    bindgen.generate(stage).context("wasm-bindgen")
}
