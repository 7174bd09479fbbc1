//! From the stage to what is served: names with a hash of the content, the page with those names, brotli beside.

use std::collections::BTreeMap;
use std::fs;
use std::hash::Hasher;
use std::path::Path;

use anyhow::{Context, Result};

use crate::places::Places;
use crate::process;

/// Writes `dist`.
pub fn pack(places: &Places, stage: &Path, dist: &Path, compress: bool) -> Result<()> {
    let _ = fs::remove_dir_all(dist);
    fs::create_dir_all(dist)?;
    let mut names = BTreeMap::new();
    for entry in fs::read_dir(stage)? {
        let path = entry?.path();
        if !path.is_file() {
            continue;
        }
        let name = path.file_name().context("a file without a name")?.to_string_lossy().into_owned();
        let bytes = fs::read(&path)?;
        let hashed = hashed(&name, &bytes);
        fs::write(dist.join(&hashed), bytes)?;
        names.insert(name, hashed);
    }
    let mut page = fs::read_to_string(places.in_clone("static/index.html"))?;
    for (name, hashed) in &names {
        // The WASM's name in the page is the app's, not wasm-bindgen's.
        let name = if name == "app_bg.wasm" { "app.wasm" } else { name };
        page = page.replace(&format!("{{{{{name}}}}}"), &format!("/{hashed}"));
    }
    anyhow::ensure!(!page.contains("{{"), "static/index.html names a file that is not built: {}", left(&page));
    fs::write(dist.join("index.html"), page)?;
    for folder in ["lessons", "icons", "templates"] {
        let from = places.in_clone("static").join(folder);
        if from.exists() {
            process::run(process::command("cp").arg("-r").arg(from).arg(dist))?;
        }
    }
    if compress {
        let script = places.in_clone("xtask/src/web/compress.mjs");
        process::run(process::command("node").arg(script).arg(dist)).context("compressing the page")?;
    }
    Ok(())
}

fn left(page: &str) -> String {
    page.split("{{").nth(1).and_then(|rest| rest.split("}}").next()).unwrap_or_default().to_owned()
}

/// `app.js` → `app-1a2b3c4d5e6f7a8b.js`
fn hashed(name: &str, bytes: &[u8]) -> String {
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(bytes);
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    format!("{stem}-{:016x}.{extension}", hasher.finish())
}
