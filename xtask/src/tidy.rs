//! The house rules that a program can check. Each problem says where, and what to do.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::places::Places;

/// The longest file of code.
const LINES: usize = 400;
/// Names that say nothing.
const EMPTY_NAMES: &[&str] = &["utils", "util", "common", "helpers", "helper", "manager", "misc"];

/// A file of the clone: its path from the root, and its text.
struct File {
    path: String,
    text: String,
}

/// Everything that breaks a rule.
pub fn problems(places: &Places) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for folder in ["shared", "backend", "frontend", "xtask", "static", "e2e", "fuzz"] {
        walk(&places.in_clone(folder), &mut paths)?;
    }
    paths.sort();
    let files: Vec<File> = paths
        .iter()
        .filter_map(|path| {
            let text = fs::read_to_string(path).ok()?;
            Some(File { path: path.strip_prefix(&places.root).ok()?.display().to_string(), text })
        })
        .collect();
    let mut problems = Vec::new();
    for file in &files {
        look_at(file, &mut problems);
    }
    dependencies(places, &mut problems)?;
    Ok(problems)
}

/// Every rule that one file can break.
fn look_at(file: &File, problems: &mut Vec<String>) {
    length(file, problems);
    names(file, problems);
    if file.path.ends_with(".rs") {
        module_docs(file, problems);
        unfinished(file, problems);
        purity(file, problems);
        seams(file, problems);
    }
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let skipped = ["target", "node_modules", "test-results", "artifacts", "snapshots"].contains(&name.as_str())
            || name.starts_with('.');
        if path.is_dir() && !skipped {
            walk(&path, files)?;
        } else if path.is_file() && ["rs", "ts", "js", "css"].iter().any(|e| name.ends_with(&format!(".{e}"))) {
            files.push(path);
        }
    }
    Ok(())
}

fn length(file: &File, problems: &mut Vec<String>) {
    let lines = file.text.lines().count();
    if lines > LINES {
        problems.push(format!("{}: {lines} lines; a file over {LINES} wants to be two", file.path));
    }
}

fn names(file: &File, problems: &mut Vec<String>) {
    for part in file.path.split(['/', '.']) {
        if EMPTY_NAMES.contains(&part) {
            problems.push(format!("{}: the name {part:?} says nothing; name the thing", file.path));
        }
    }
}

fn module_docs(file: &File, problems: &mut Vec<String>) {
    if !file.text.starts_with("//!") {
        problems.push(format!("{}: the module's docs are missing", file.path));
    }
}

/// A measurement may wait to be asked for; a test may not. The marks are spelled apart, so that this file does not name itself.
fn unfinished(file: &File, problems: &mut Vec<String>) {
    let text = file.text.replace(concat!("#[ig", "nore = \"measures\"]"), "");
    for mark in [
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("#[ig", "nore"),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
    ] {
        if text.contains(mark) {
            problems.push(format!("{}: {mark} marks unfinished work", file.path));
        }
    }
}

/// `shared` does no IO and asks neither time nor chance. Addresses are plain data.
fn purity(file: &File, problems: &mut Vec<String>) {
    if !file.path.starts_with("shared/src/") {
        return;
    }
    for word in [
        "std::fs",
        "std::net::Tcp",
        "std::net::Udp",
        "ToSocketAddrs",
        "std::process",
        "std::env",
        "std::thread",
        "tokio::",
        "SystemTime",
        "Instant::now",
        "rand::",
    ] {
        if names_path(&file.text, word) {
            problems.push(format!("{}: {word} has no place in shared, which does no IO", file.path));
        }
    }
}

/// Whether the text has the word, and not as the end of a longer one: `rand::` is not `Operand::`.
fn names_path(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// Who may name what.
fn seams(file: &File, problems: &mut Vec<String>) {
    let within = |folders: &[&str]| folders.iter().any(|f| file.path.starts_with(f)) || file.path.starts_with("xtask/");
    if file.text.contains("bollard::") && !within(&["backend/src/runtime/docker/"]) {
        problems.push(format!("{}: only backend/src/runtime/docker knows bollard", file.path));
    }
    let foreign = file.text.contains("extern \"C\"") || file.text.contains("#[wasm_bindgen");
    if foreign && !within(&["frontend/src/js/"]) {
        problems.push(format!("{}: only frontend/src/js declares foreign functions", file.path));
    }
    let writers = ["backend/src/apiserver/", "backend/src/store/", "backend/src/sandbox/", "backend/src/app.rs"];
    if file.text.contains("Store::open(") && !within(&writers) && file.path.starts_with("backend/src/") {
        problems.push(format!("{}: only the API server opens and writes the store", file.path));
    }
    let writes = ["store.create(", "store.update(", "store.delete("].iter().any(|call| file.text.contains(call));
    if writes && !within(&writers) && file.path.starts_with("backend/src/") {
        problems.push(format!("{}: only the API server writes the store; be its client", file.path));
    }
}

/// Every dependency is named in `docs/dependencies.md` with what it is for.
fn dependencies(places: &Places, problems: &mut Vec<String>) -> Result<()> {
    let named = fs::read_to_string(places.in_clone("docs/dependencies.md")).unwrap_or_default();
    for manifest in ["shared", "backend", "frontend", "frontend/markup", "xtask", "fuzz"] {
        let text = fs::read_to_string(places.in_clone(manifest).join("Cargo.toml"))?;
        let mut inside = false;
        for line in text.lines() {
            if line.starts_with('[') {
                inside = line.ends_with("dependencies]");
                continue;
            }
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            let ours = ["shared", "podground", "markup", ""].contains(&name);
            if inside && !line.starts_with('#') && !ours && !named.contains(&format!("`{name}`")) {
                problems.push(format!("{manifest}/Cargo.toml: `{name}` is not named in docs/dependencies.md"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let mut problems = Vec::new();
        look_at(&File { path: path.into(), text: text.into() }, &mut problems);
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        for (problem, words) in problems.iter().zip(expected) {
            assert!(problem.starts_with(path) && problem.contains(words), "{problem:?} does not say {words:?}");
        }
    }

    #[test]
    fn says_what_breaks_a_rule() {
        let long = "//! Long.\n".repeat(LINES + 1);
        check("shared/src/api/kind.rs", "//! Kinds.", &[]);
        check("shared/src/api/kind.rs", "pub fn kind() {}", &["docs are missing"]);
        check("static/js/editor.js", "export {}", &[]);
        check("backend/src/store/mod.rs", &long, &["401 lines"]);
        check("backend/src/utils/mod.rs", "//! Things.", &["\"utils\" says nothing"]);
        check("shared/src/api/time.rs", "//! Time.\nuse std::fs;", &["std::fs"]);
        check("shared/src/kubectl/mod.rs", "//! Commands.\nlet a = Operand::Word;", &[]);
        check("backend/src/node/mod.rs", "//! Node.\nuse std::fs;", &[]);
        check("backend/src/node/mod.rs", "//! Node.\nuse bollard::Docker;", &["only backend/src/runtime/docker"]);
        check("backend/src/runtime/docker/mod.rs", "//! Docker.\nuse bollard::Docker;", &[]);
        check("backend/src/node/mod.rs", "//! Node.\nfn a() { store.update(1) }", &["only the API server writes"]);
        check("backend/src/apiserver/verbs.rs", "//! Verbs.\nfn a() { store.update(1) }", &[]);
        check("frontend/src/panes/mod.rs", "//! Panes.\nextern \"C\" {}", &["only frontend/src/js"]);
        check("frontend/src/js/mod.rs", "//! JavaScript.\nextern \"C\" {}", &[]);
        check("frontend/src/js/mod.rs", concat!("//! JavaScript.\nfn a() { to", "do!() }"), &["unfinished"]);
    }
}
