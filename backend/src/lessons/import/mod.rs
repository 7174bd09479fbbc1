//! `podground lesson import`: a lesson of a Killercoda scenario. What cannot be carried over is said, and stands in the
//! lesson as a comment.

mod actions;
mod markdown;
mod scenario;
#[cfg(test)]
mod tests;

use std::path::Path;

use anyhow::{Context, ensure};

use scenario::{Page, Scenario};

/// A lesson made of a scenario.
struct Imported {
    text: String,
    /// What could not be carried over.
    left: Vec<String>,
}

/// Writes `OUT/NAME.md`, NAME being the scenario's folder; never over a file that is there.
///
/// # Errors
/// When the folder holds no scenario, or the lesson cannot be written.
pub fn run(folder: &Path, out: &Path) -> anyhow::Result<bool> {
    let scenario = scenario::read(folder)?;
    let imported = lesson(&scenario);
    let path = out.join(format!("{}.md", name(folder)?));
    ensure!(!path.exists(), "{} is there already", path.display());
    std::fs::create_dir_all(out).with_context(|| format!("making {}", out.display()))?;
    std::fs::write(&path, &imported.text).with_context(|| format!("writing {}", path.display()))?;
    imported.left.iter().for_each(|left| println!("not carried over: {left}"));
    println!("{}: look at it, write its checks, then run podground lesson lint on it", path.display());
    Ok(true)
}

fn name(folder: &Path) -> anyhow::Result<String> {
    let whole = folder.canonicalize().with_context(|| format!("reading {}", folder.display()))?;
    let name = whole.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = name.chars().map(plain).collect();
    Ok(name.trim_matches('-').to_owned())
}

fn lesson(scenario: &Scenario) -> Imported {
    let mut lesson = Imported { text: format!("# {}\n\n", scenario.title), left: Vec::new() };
    if !scenario.description.is_empty() {
        lesson.text.push_str(&format!("{}\n\n", scenario.description));
    }
    if !scenario.image.is_empty() {
        lesson.leave(
            &format!(
                "the scenario runs on the machine {}; here it is two nodes with Docker containers",
                scenario.image
            ),
            "",
        );
    }
    for asset in &scenario.assets {
        lesson.leave(&format!("the asset {asset}: give it to the learner as a file block"), "");
    }
    scenario.pages.iter().for_each(|page| lesson.page(page));
    lesson.text = format!("{}\n", lesson.text.trim_end());
    lesson
}

impl Imported {
    fn page(&mut self, page: &Page) {
        if !page.title.is_empty() {
            self.text.push_str(&format!("## {}\n\n", page.title));
        }
        for (kind, script) in &page.scripts {
            self.leave(&format!("the {kind} script of {}", page.place), script);
        }
        let converted = markdown::convert(&page.text);
        self.text.push_str(&converted.text);
        self.left.extend(converted.left.into_iter().map(|left| format!("{left}, in {}", page.place)));
        if let Some(script) = &page.verify {
            self.leave(&format!("the verify script of {}: write it as a checks block here", page.place), script);
        }
    }

    /// Says that something stays behind, here and in the lesson.
    fn leave(&mut self, what: &str, script: &str) {
        self.left.push(what.to_owned());
        self.text.push_str(&comment(what, script));
    }
}

/// A comment of a lesson. What would end it early is spelled apart.
fn comment(what: &str, script: &str) -> String {
    let whole = format!("Not carried over: {what}\n{}", script.trim_end()).replace("-->", "-- >");
    format!("<!-- {} -->\n\n", whole.trim_end())
}
