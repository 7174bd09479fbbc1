//! From the stage to what is served: names with a hash of the content, the page with those names, brotli beside.

use std::collections::BTreeMap;
use std::fs;
use std::hash::Hasher;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

use crate::places::Places;
use crate::process;

/// What is not worth compressing.
const PACKED_ALREADY: [&str; 3] = ["png", "woff2", "br"];

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
    for folder in ["lessons", "icons"] {
        let from = places.in_clone("static").join(folder);
        if from.exists() {
            process::run(process::command("cp").arg("-r").arg(from).arg(dist))?;
        }
    }
    if compress { self::compress(dist) } else { Ok(()) }
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

fn compress(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            compress(&path)?;
            continue;
        }
        let extension = path.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default();
        if PACKED_ALREADY.contains(&extension.as_str()) {
            continue;
        }
        let output = fs::File::create(format!("{}.br", path.display()))?;
        let mut writer = brotli::CompressorWriter::new(output, 1 << 16, 11, 22);
        writer.write_all(&fs::read(&path)?)?;
    }
    Ok(())
}
