//! A Killercoda scenario as its folder holds it: `index.json`, and the files that it names.

use std::path::{Component, Path};

use anyhow::{Context, ensure};
use serde_json::Value;

/// A scenario.
#[derive(Debug, Default)]
pub struct Scenario {
    /// Its title.
    pub title: String,
    /// A sentence about it.
    pub description: String,
    /// The machine that it runs on: `kubernetes-kubeadm-1node`.
    pub image: String,
    /// Files that it puts on the machine.
    pub assets: Vec<String>,
    /// Intro, steps and finish.
    pub pages: Vec<Page>,
}

/// One page of it.
#[derive(Debug, Default)]
pub struct Page {
    /// Which page it is: `intro`, `step 1`, `finish`.
    pub place: String,
    /// Its title; the intro may have none.
    pub title: String,
    /// Its Markdown.
    pub text: String,
    /// Scripts that run beside it, by what they are called.
    pub scripts: Vec<(&'static str, String)>,
    /// The script that says whether it is done.
    pub verify: Option<String>,
}

/// Reads a scenario.
///
/// # Errors
/// When a file is missing, or named outside of the folder, or `index.json` is none.
pub fn read(folder: &Path) -> anyhow::Result<Scenario> {
    let index = file(folder, "index.json")?;
    let index: Value = serde_json::from_str(&index).with_context(|| format!("{}/index.json", folder.display()))?;
    let details = &index["details"];
    let mut scenario = Scenario {
        title: text(&index, "title"),
        description: text(&index, "description"),
        image: text(&index["backend"], "imageid"),
        assets: assets(&details["assets"]),
        pages: Vec::new(),
    };
    ensure!(
        !scenario.title.is_empty() && details.is_object(),
        "index.json has no title and details: it is no scenario"
    );
    let steps = details["steps"].as_array().cloned().unwrap_or_default();
    let steps = steps.iter().enumerate().map(|(at, step)| (format!("step {}", at + 1), step));
    let whole = [("intro".to_owned(), &details["intro"])].into_iter().chain(steps);
    for (place, item) in whole.chain([("finish".to_owned(), &details["finish"])]).filter(|(_, item)| item.is_object()) {
        scenario.pages.push(page(folder, place, item)?);
    }
    Ok(scenario)
}

fn page(folder: &Path, place: String, item: &Value) -> anyhow::Result<Page> {
    let named = |key: &str| match text(item, key) {
        name if name.is_empty() => Ok(None),
        name => file(folder, &name).map(Some),
    };
    let mut scripts = Vec::new();
    for kind in ["background", "foreground"] {
        scripts.extend(named(kind)?.map(|script| (kind, script)));
    }
    let text_of = named("text")?.unwrap_or_default();
    Ok(Page { place, title: text(item, "title"), text: text_of, scripts, verify: named("verify")? })
}

fn assets(hosts: &Value) -> Vec<String> {
    let all = hosts.as_object().into_iter().flat_map(|hosts| hosts.values()).filter_map(Value::as_array).flatten();
    all.map(|asset| format!("{} for {}", text(asset, "file"), text(asset, "target"))).collect()
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// A scenario comes from somebody else: it names files of its own folder, and no others.
fn file(folder: &Path, name: &str) -> anyhow::Result<String> {
    let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    ensure!(inside, "{name:?} is outside of the scenario's folder");
    let path = folder.join(name);
    let real = path.canonicalize().with_context(|| format!("reading {}", path.display()))?;
    ensure!(real.starts_with(folder.canonicalize()?), "{name:?} is outside of the scenario's folder");
    std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
}
