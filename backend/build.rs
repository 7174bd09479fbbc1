//! Writes the table of the web app's files into the binary: what `cargo xtask web` built, named by
//! `PODGROUND_WEB_DIST`; an empty table without it, and the server then says how to build the page.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-env-changed=PODGROUND_WEB_DIST");
    println!("cargo::rerun-if-changed=build.rs");
    let mut table = String::from("&[\n");
    if let Some(dist) = env::var_os("PODGROUND_WEB_DIST").map(PathBuf::from) {
        println!("cargo::rerun-if-changed={}", dist.display());
        let mut files = Vec::new();
        walk(&dist, &mut files)?;
        files.sort();
        for file in files.iter().filter(|f| f.extension().is_none_or(|e| e != "br")) {
            let name = file.strip_prefix(&dist).map_err(io::Error::other)?.display().to_string();
            let packed = PathBuf::from(format!("{}.br", file.display()));
            let brotli = match packed.exists() {
                true => format!("Some(include_bytes!({:?}))", packed.display().to_string()),
                false => "None".to_owned(),
            };
            let plain = file.display().to_string();
            let _ =
                writeln!(table, "    File {{ path: {name:?}, plain: include_bytes!({plain:?}), brotli: {brotli} }},");
        }
    }
    table.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("web_files.rs"), table)
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() { walk(&path, files)? } else { files.push(path) }
    }
    Ok(())
}
