//! npm packages, and the bundles that esbuild makes of them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::places::Places;
use crate::{apt, process};

/// Sees to Node.js and npm.
pub fn node() -> Result<()> {
    if process::on_path("npm") && process::on_path("node") {
        return Ok(());
    }
    apt::install(&["nodejs", "npm"], "Node.js and npm")
}

/// Installs the page's packages, and gives their folder.
pub fn packages(places: &Places) -> Result<PathBuf> {
    node()?;
    install(&places.in_clone("static"))
}

/// Installs a folder's packages from its lock file, unless they are there as it says.
pub fn install(folder: &Path) -> Result<PathBuf> {
    let modules = folder.join("node_modules");
    let lock = std::fs::read(folder.join("package-lock.json")).context("package-lock.json is missing")?;
    let mark = modules.join(".installed-lock");
    if std::fs::read(&mark).is_ok_and(|installed| installed == lock) {
        return Ok(modules);
    }
    let mut command = process::command("npm");
    // Browsers and other downloads of install scripts come from places that may be closed; nothing here needs them.
    command.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    process::run(command.current_dir(folder).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))?;
    std::fs::write(mark, lock)?;
    Ok(modules)
}

/// Bundles the widgets' wrappers, the boot script and the styles into `stage`; what wasm-bindgen has put there is
/// minified.
pub fn widgets(places: &Places, modules: &Path, stage: &Path) -> Result<()> {
    let esbuild = modules.join(".bin/esbuild");
    let static_dir = places.in_clone("static");
    let mut scripts: Vec<PathBuf> = std::fs::read_dir(static_dir.join("js"))?.flatten().map(|e| e.path()).collect();
    scripts.retain(|path| path.extension().is_some_and(|e| e == "js"));
    scripts.sort();
    let common = ["--bundle", "--minify", "--legal-comments=none", "--log-level=error"];
    let mut command = process::command(&esbuild);
    // What begins with an underscore is a widget's own by convention, and nobody reaches it by a string.
    let private = "--mangle-props=^_[a-z]";
    command.current_dir(&static_dir).args(&scripts).args(common).args(["--format=esm", "--target=es2022", private]);
    // The app's own module is loaded by the address that the page gives, not bundled.
    process::run(command.arg("--external:*/app.js").arg(format!("--outdir={}", stage.display())))?;
    let app = stage.join("app.js");
    let mut command = process::command(&esbuild);
    command.arg(&app).args(["--minify", "--format=esm", "--target=es2022", "--log-level=error", "--allow-overwrite"]);
    process::run(command.arg(format!("--outfile={}", app.display())))?;
    let mut command = process::command(&esbuild);
    command.current_dir(&static_dir).arg("css/style.css").args(common);
    process::run(command.arg(format!("--outfile={}", stage.join("style.css").display())))?;
    Ok(())
}
