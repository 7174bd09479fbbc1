//! What is wrong with a lesson's text. A lesson always reads; this says what does not read as it was meant.

mod checks;
mod drift;
mod quiz;

pub use drift::drift;

use super::inline::{Inline, inlines};
use super::raw::{Part, Raw, cut};
use super::run::Run;
use crate::manifest::{self, Severity};

/// Something wrong, with its line counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub line: usize,
    /// What.
    pub message: String,
}

impl Problem {
    fn at(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

/// A link of a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The line that its part of the text starts on.
    pub line: usize,
    /// `https://…`, or another lesson's file.
    pub target: String,
}

/// What a block that is only read may be called.
const READ_ONLY: [&str; 6] = ["", "yaml", "json", "text", "sh", "output"];
/// Marks of Markdown that a lesson does not know.
const UNKNOWN_MARKS: [&str; 6] = ["###", "* ", "+ ", "1. ", "|", "<"];

/// Everything wrong with a lesson's text, in the order of its lines.
pub fn lint(text: &str) -> Vec<Problem> {
    let parts = cut(text);
    let mut problems = Vec::new();
    if !matches!(parts.first(), Some(Raw { part: Part::Title(_), .. })) {
        problems.push(Problem::at(1, "a lesson starts with its title: \"# …\""));
    }
    for Raw { line, part } in &parts {
        match part {
            Part::Fence { info, body, closed } => {
                if !closed {
                    problems.push(Problem::at(*line, "the block does not end: ``` is missing"));
                }
                block(*line, info, body, &mut problems);
            }
            Part::Title(words) if *line != parts[0].line => {
                problems.push(Problem::at(*line, format!("a second title: headings are \"## {words}\"")));
            }
            Part::Title(words) | Part::Heading(words) => prose(*line, words, &mut problems),
            Part::Paragraph(lines) | Part::Callout(lines) | Part::List(lines) => {
                lines.iter().enumerate().for_each(|(at, words)| unknown(*line + at, words, &mut problems));
                prose(*line, &lines.join(" "), &mut problems);
            }
        }
    }
    solutions(&parts, &mut problems);
    problems.sort_by_key(|p| p.line);
    problems
}

/// The links of a lesson.
pub fn links(text: &str) -> Vec<Link> {
    let lines = |raw: &Raw<'_>| match &raw.part {
        Part::Title(words) | Part::Heading(words) => vec![(raw.line, (*words).to_owned())],
        Part::Paragraph(lines) | Part::Callout(lines) | Part::List(lines) => vec![(raw.line, lines.join(" "))],
        Part::Fence { info: "quiz", body, .. } => vec![(raw.line, body.replace('\n', " "))],
        Part::Fence { .. } => Vec::new(),
    };
    let found = cut(text).into_iter().flat_map(|raw| lines(&raw)).flat_map(|(line, words)| {
        inlines(&words).into_iter().filter_map(move |part| match part {
            Inline::Link { target, .. } => Some(Link { line, target }),
            _ => None,
        })
    });
    found.collect()
}

fn block(line: usize, info: &str, body: &str, problems: &mut Vec<Problem>) {
    let (word, rest) = info.split_once(' ').unwrap_or((info, ""));
    match word {
        "run" | "solution" | "reset" => {
            problems.extend(Run::misread(rest).map(|why| Problem::at(line, why)));
            let run = Run::read(rest, body);
            match run.commands().last() {
                None => problems.push(Problem::at(
                    line,
                    format!("nothing to {}: the block is empty", if word == "run" { "run" } else { word }),
                )),
                Some(last) if crate::console::is_unfinished(last) => {
                    problems.push(Problem::at(
                        line,
                        "the last command does not end: a quote, a heredoc or a backslash is open",
                    ));
                }
                Some(_) => {}
            }
        }
        "file" => file(line, rest.trim(), body, problems),
        "checks" => checks::lint(line, rest.trim(), body, problems),
        "quiz" => quiz::lint(line, rest.trim(), body, problems),
        word if READ_ONLY.contains(&word) => {}
        word => problems.push(Problem::at(
            line,
            format!(
                "unknown block {word:?}: there are run, file, checks, quiz, solution, reset, and to read {}",
                READ_ONLY[1..].join(", ")
            ),
        )),
    }
}

fn file(line: usize, name: &str, body: &str, problems: &mut Vec<Problem>) {
    let sound = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(char::is_whitespace);
    if !name.split('/').all(sound) {
        problems.push(Problem::at(line, "a file wants a name below the learner's home: ```file pod.yaml"));
    }
    if name.ends_with(".yaml") || name.ends_with(".yml") {
        let errors = manifest::check(body).into_iter().filter(|p| p.severity == Severity::Error);
        problems.extend(errors.map(|p| Problem::at(line + p.span.line, format!("{name}: {}", p.message))));
    }
}

/// Markdown that would be shown letter by letter.
fn unknown(line: usize, words: &str, problems: &mut Vec<Problem>) {
    if let Some(mark) = UNKNOWN_MARKS.iter().find(|mark| words.starts_with(**mark)) {
        problems.push(Problem::at(line, format!("{:?} means nothing in a lesson and stays text", mark.trim())));
    }
}

fn prose(line: usize, words: &str, problems: &mut Vec<Problem>) {
    for part in inlines(words) {
        match part {
            Inline::Text(text) if text.contains('`') || text.contains("**") => {
                problems.push(Problem::at(line, "a ` or ** without its other half"));
            }
            Inline::Link { target, .. } if !target.starts_with("https://") && target.contains(['/', ':', '#']) => {
                problems.push(Problem::at(
                    line,
                    format!("a link leads to https://… or to another lesson's file, not to {target}"),
                ));
            }
            _ => {}
        }
    }
}

/// Whether there is a way from each list of checks to its being done.
fn solutions(parts: &[Raw<'_>], problems: &mut Vec<Problem>) {
    let (mut commands, mut files, mut checked) = (String::new(), Vec::new(), false);
    for Raw { line, part } in parts {
        let Part::Fence { info, body, .. } = part else { continue };
        match info.split_once(' ').unwrap_or((info, "")) {
            ("run" | "solution", _) => commands.push_str(body),
            ("file", name) => files.push((*line, name.trim())),
            ("checks", _) => {
                checked = true;
                if commands.trim().is_empty() {
                    problems
                        .push(Problem::at(*line, "missing solution: no run or solution block leads to these checks"));
                }
                unused(&mut files, &commands, problems);
                commands.clear();
            }
            _ => {}
        }
    }
    unused(&mut files, &commands, problems);
    if !checked {
        problems.push(Problem::at(1, "nothing in this lesson is checked: a checks block is missing"));
    }
}

/// A file that the learner applies with the editor's button wants that in a solution block.
fn unused(files: &mut Vec<(usize, &str)>, commands: &str, problems: &mut Vec<Problem>) {
    for (line, name) in files.drain(..) {
        if !commands.contains(name) {
            problems.push(Problem::at(
                line,
                format!("missing solution: no run or solution block of this step uses {name}"),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<(usize, String)> {
        lint(text).into_iter().map(|p| (p.line, p.message)).collect()
    }

    /// A lesson that is right but for one thing.
    fn with(extra: &str) -> String {
        format!("# T\n\n{extra}\n\n```run\nls\n```\n\n```checks\n- label: l\n  resource: pods\n  hint: h\n```\n")
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let cases = [
            ("text", None),
            ("```rnu\nls\n```", Some((3, "unknown block \"rnu\""))),
            ("```run worker\nls\n```", Some((3, "unknown word \"worker\""))),
            ("```run\n```", Some((3, "nothing to run"))),
            ("```run\necho 'a\n```", Some((3, "the last command does not end"))),
            ("### x", Some((3, "\"###\" means nothing"))),
            ("a\n1. x", Some((4, "\"1.\" means nothing"))),
            ("a `b", Some((3, "a ` or ** without"))),
            ("# U", Some((3, "a second title"))),
            ("[a](http://x)", Some((3, "a link leads to https"))),
            ("[a](02-b.md)", None),
            ("```file ../a\nx\n```\n```run\ncat ../a\n```", Some((3, "a file wants a name"))),
            (
                "```file a.yaml\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {contaners: []}\n```\n```run\ncat a.yaml\n```",
                Some((7, "a.yaml: ")),
            ),
            ("```file a.txt\nx\n```", Some((3, "missing solution: no run or solution block of this step uses a.txt"))),
        ];
        for (extra, problem) in cases {
            let found = said(&with(extra));
            match problem {
                None => assert_eq!(found, [], "{extra}"),
                Some((line, start)) => {
                    assert!(found.iter().any(|(l, m)| *l == line && m.starts_with(start)), "{extra}: {found:?}");
                }
            }
        }
    }

    #[test]
    fn what_a_lesson_must_have() {
        let line = |text: &str| {
            said(text).first().map(|(line, message)| (*line, message.split(':').next().unwrap_or_default().to_owned()))
        };
        assert_eq!(line("text\n"), Some((1, "a lesson starts with its title".into())));
        assert_eq!(line("# T\n"), Some((1, "nothing in this lesson is checked".into())));
        let checks = "```checks\n- {label: l, resource: pods, hint: h}\n```\n";
        assert_eq!(line(&format!("# T\n{checks}")), Some((2, "missing solution".into())));
        assert_eq!(
            line(&format!("# T\n```run\nls\n```\n{}", checks.trim_end_matches("```\n"))),
            Some((5, "the block does not end".into()))
        );
        assert_eq!(line(&format!("# T\n```solution\nls\n```\n{checks}")), None);
    }

    #[test]
    fn links_have_their_lines() {
        let found = links(
            "# T\n\na\n[b](02-c.md) and [d](https://e.org)\n```\n[x](y)\n```\n```quiz\nquestion: q\nchoices:\n- why: '[f](03-g.md)'\n```\n",
        );
        let found: Vec<_> = found.iter().map(|l| (l.line, l.target.as_str())).collect();
        assert_eq!(found, [(3, "02-c.md"), (3, "https://e.org"), (8, "03-g.md")]);
    }
}
