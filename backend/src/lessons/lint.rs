//! `podground lesson lint`: every problem of every lesson, as `FILE:LINE: what is wrong`.

use std::path::{Path, PathBuf};

use shared::lesson::{Problem, drift, links, lint};

use super::files::{self, File};

/// Prints the problems; says whether there were none.
pub fn run(paths: &[PathBuf]) -> anyhow::Result<bool> {
    let (mut count, mut problems) = (0, Vec::new());
    for path in paths {
        let languages = files::lessons(path)?;
        count += languages.iter().map(Vec::len).sum::<usize>();
        problems.extend(of(&languages));
    }
    problems.iter().for_each(|problem| println!("{problem}"));
    match problems.len() {
        0 => println!("{count} lessons, no problems"),
        found => println!("{count} lessons, {found} problems"),
    }
    Ok(problems.is_empty())
}

/// The problems of lessons in their languages.
pub fn of(languages: &[Vec<File>]) -> Vec<String> {
    let said = |file: &File, problem: Problem| format!("{}:{}: {}", file.path.display(), problem.line, problem.message);
    let mut problems = Vec::new();
    for file in languages.iter().flatten() {
        problems.extend(lint(&file.text).into_iter().map(|problem| said(file, problem)));
        problems.extend(dead_links(file).into_iter().map(|problem| said(file, problem)));
    }
    let Some((original, translations)) = languages.split_first() else { return problems };
    for translation in translations {
        for file in original {
            match translation.iter().find(|other| other.name() == file.name()) {
                Some(other) => problems.extend(drift(&file.text, &other.text).map(|problem| said(other, problem))),
                None => problems.push(format!("{}:1: {}", file.path.display(), missing_in(translation))),
            }
        }
        let added = translation.iter().filter(|other| !original.iter().any(|file| file.name() == other.name()));
        problems.extend(added.map(|other| format!("{}:1: {}", other.path.display(), missing_in(original))));
    }
    problems
}

fn missing_in(files: &[File]) -> String {
    let folder = files.first().and_then(|file| file.path.parent()).unwrap_or(Path::new("the other language"));
    format!("no lesson of this name in {}", folder.display())
}

/// Links to lessons that are not beside this one. Addresses of the web are not asked: a lint needs no network.
fn dead_links(file: &File) -> Vec<Problem> {
    let folder = file.path.parent().unwrap_or(Path::new(""));
    let dead = links(&file.text).into_iter().filter(|l| !l.target.contains(':') && !folder.join(&l.target).is_file());
    dead.map(|link| Problem { line: link.line, message: format!("dead link: there is no {}", link.target) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_and_links_are_held_against_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let good = "# T\n\n[next](b.md)\n\n```run\nls\n```\n\n```checks\n- {label: l, resource: pods, hint: h}\n```\n";
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("en/a.md", good);
        write("ko/a.md", good);
        let found = || {
            let all = of(&files::lessons(folder.path()).unwrap());
            let root = format!("{}/", folder.path().display());
            all.iter().map(|p| p.replace(&root, "")).collect::<Vec<_>>()
        };
        let dead = ["en/a.md:3: dead link: there is no b.md", "ko/a.md:3: dead link: there is no b.md"];
        assert_eq!(found(), dead);
        write("en/b.md", &good.replace("b.md", "a.md"));
        assert_eq!(found(), [dead[1], "en/b.md:1: no lesson of this name in ko"]);
        write("ko/b.md", &good.replace("b.md", "a.md").replace("ls", "pwd"));
        let drifted = found();
        assert!(drifted.len() == 1 && drifted[0].starts_with("ko/b.md:5: differs from"), "{drifted:?}");
    }
}
