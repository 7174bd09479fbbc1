//! The web app: Rust to WASM, its JavaScript and styles bundled, everything named by its content and compressed.

mod bundle;
mod pack;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::places::Places;
use crate::step::Outcome;
use crate::{claim, fingerprint, process, wasm};

pub use bundle::{install, node};

/// What the compiler makes use of.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// The passes of wasm-opt by which the page is smallest as it is sent. `-Oz` makes it smaller only before brotli, and
/// fifteen kilobytes larger behind it: it takes repetition away that brotli has for nothing, and the order of functions
/// in which like stands by like. By their names, they stand so even more.
const PASSES: [&str; 31] = [
    "--remove-unused-module-elements",
    "--duplicate-function-elimination",
    "--dce",
    "--remove-unused-brs",
    "--remove-unused-names",
    "--merge-blocks",
    "--optimize-instructions",
    "--vacuum",
    "--precompute",
    "--simplify-locals-nostructure",
    "--vacuum",
    "--merge-locals",
    "--rse",
    "--coalesce-locals",
    "--reorder-locals",
    "--remove-unused-brs",
    "--merge-blocks",
    "--vacuum",
    "--dae-optimizing",
    "--duplicate-function-elimination",
    "--vacuum",
    "--optimize-instructions",
    "--simplify-locals-nostructure",
    "--vacuum",
    "--coalesce-locals",
    "--reorder-locals",
    "--vacuum",
    "--reorder-functions-by-name",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

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
    let _claim = claim::claim(places)?;
    let mut cargo = wasm::cargo(places, "build")?;
    if profile == "web" {
        wasm::make_smaller(&mut cargo)?;
    }
    process::show(cargo.args(["-p", "frontend", "--profile", profile])).context("the web app does not compile")?;
    let program = wasm::artifact(places, profile, "frontend");
    let dist = dist(places);
    // Left alone where nothing changed: the server that has the page in it is then not compiled again either.
    let mark = dist.with_extension("made-from");
    let sources = [program.as_path(), &places.in_clone("static"), &places.in_clone("xtask/src/web")];
    let made_from = fingerprint::of(&places.root, &sources, &[profile])?;
    if fs::read_to_string(&mark).is_ok_and(|mark| mark == made_from) && dist.join("index.html").exists() {
        return Ok(Outcome::Reused(sizes(&dist)));
    }
    let _ = fs::remove_file(&mark);
    let stage = places.in_clone("target/web/stage");
    let _ = fs::remove_dir_all(&stage);
    fs::create_dir_all(&stage)?;
    bind(&program, &stage)?;
    if profile != "dev" {
        shrink(places, &modules, &stage)?;
    }
    bundle::widgets(places, &modules, &stage)?;
    pack::pack(places, &stage, &dist, profile != "dev")?;
    fs::write(mark, made_from)?;
    Ok(Outcome::Done(sizes(&dist)))
}

/// What nobody calls goes, and the rest is put as it is smallest when it is sent.
fn shrink(places: &Places, modules: &Path, stage: &Path) -> Result<()> {
    let (file, graph) = (stage.join("app_bg.wasm"), stage.with_extension("graph"));
    let script = places.in_clone("xtask/src/web/exports.mjs");
    process::run(process::command("node").arg(script).arg(&file).arg(&graph)).context("the exports of the WASM")?;
    // It prints what it takes away.
    let mut metadce = process::command(modules.join(".bin/wasm-metadce"));
    metadce.args(FEATURES).arg("-g").arg(&file).arg("--graph-file").arg(&graph).arg("-o").arg(&file);
    process::output(&mut metadce).context("wasm-metadce")?;
    let mut opt = process::command(modules.join(".bin/wasm-opt"));
    opt.args(FEATURES).args(PASSES).arg(&file).arg("-o").arg(&file);
    process::run(&mut opt).context("wasm-opt")
}

fn sizes(dist: &Path) -> String {
    let size = |ending: &str| -> u64 {
        let files = fs::read_dir(dist).into_iter().flatten().flatten();
        let files = files.filter(|file| file.file_name().to_string_lossy().ends_with(ending));
        files.filter_map(|file| file.metadata().ok()).map(|data| data.len()).sum()
    };
    match size(".wasm.br") {
        0 => format!("WASM {} kB, unoptimised", size(".wasm") / 1000),
        packed => format!("WASM {} kB, {} kB brotli", size(".wasm") / 1000, packed / 1000),
    }
}

/// What wasm-bindgen's command does, by its library, which Cargo pins to the version that the app was compiled with.
fn bind(wasm: &Path, stage: &Path) -> Result<()> {
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.input_path(wasm).web(true)?.typescript(false).out_name("app");
    bindgen.generate(stage).context("wasm-bindgen")
}
