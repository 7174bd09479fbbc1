//! Two languages of one lesson: what a translation must keep, and where it does not.

use super::Problem;
use crate::lesson::{Block, Check, Lesson, Run, parse};
use crate::manifest;

/// Where `translation` differs from `original` in more than words. Lines are the translation's. Only the first difference
/// is said: what follows a missing block would differ as well.
pub fn drift(original: &str, translation: &str) -> Option<Problem> {
    let (original, translation) = (parse(original), parse(translation));
    let (one, other) = (outline(&original), outline(&translation));
    let at = (0..one.len().max(other.len())).find(|at| one.get(*at) != other.get(*at))?;
    let line = translation.lines.get(at).or(translation.lines.last()).copied().unwrap_or(1);
    let message = match (one.get(at), other.get(at)) {
        (Some(expected), Some(found)) => {
            let original = original.lines.get(at).copied().unwrap_or_default();
            format!("differs from the other language's line {original}:\n  there {expected}\n  here  {found}")
        }
        (Some(expected), None) => format!("ends before the other language does: {expected} is missing"),
        (None, Some(found)) => format!("goes on where the other language ends: {found}"),
        (None, None) => return None,
    };
    Some(Problem::at(line, message))
}

fn outline(lesson: &Lesson) -> Vec<String> {
    lesson.blocks.iter().map(shape).collect()
}

/// A block without its words. Comments of a manifest are words too.
fn shape(block: &Block) -> String {
    let commands = |word: &str, run: &Run| format!("{word} {run:?}");
    match block {
        Block::Title(_) => "a title".into(),
        Block::Heading(_) => "a heading".into(),
        Block::Paragraph(_) => "a paragraph".into(),
        Block::Callout(_) => "a callout".into(),
        Block::List(items) => format!("a list of {}", items.len()),
        Block::Run(run) => commands("run", run),
        Block::Solution(run) => commands("solution", run),
        Block::Reset(run) => commands("reset", run),
        Block::Code(_) => "a block to read".into(),
        Block::Quiz(quiz) => {
            let marks: Vec<&str> = quiz.choices.iter().map(|c| if c.right { "right" } else { "wrong" }).collect();
            format!("a quiz of {}", marks.join(", "))
        }
        Block::File { name, text } if name.ends_with(".yaml") || name.ends_with(".yml") => {
            let objects: Vec<String> = manifest::read(text).0.iter().map(ToString::to_string).collect();
            format!("file {name} {}", objects.join(" "))
        }
        Block::File { name, text } => format!("file {name} {text:?}"),
        Block::Checks(checks) => {
            let clauses: Vec<String> = checks.iter().map(|c| format!("{:?}", Check::mute(c))).collect();
            format!("checks {}", clauses.join(" "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_may_differ_and_deeds_may_not() {
        let original = "# One\ntext\n```run\nls\n```\n```file a.yaml\na: b # why\n```\n```checks\n- {label: l, resource: pods, hint: h}\n```\n```quiz\nquestion: q\nchoices: [{text: x, right: true, why: w}, {text: z, why: w}]\n```\n";
        let cases = [
            (original.replace("text", "글").replace("why", "까닭").replace("label: l", "label: 라벨"), None),
            (original.replace("ls", "ls -l"), Some((3, "differs from"))),
            (original.replace("a: b", "a: c"), Some((6, "differs from"))),
            (original.replace("resource: pods", "resource: nodes"), Some((9, "differs from"))),
            (original.replace("text\n", ""), Some((2, "differs from"))),
            (original.replace("question: q", "question: 물음"), None),
            (original.replace(", right: true", ""), Some((12, "differs from"))),
            (format!("{original}more\n"), Some((16, "goes on"))),
            (original.split("```file").next().unwrap_or_default().to_owned(), Some((3, "ends before"))),
        ];
        for (translation, expected) in cases {
            let found = drift(original, &translation);
            assert_eq!(found.as_ref().map(|p| p.line), expected.map(|(line, _)| line), "{translation}");
            let start = expected.map_or("", |(_, start)| start);
            assert!(found.is_none_or(|p| p.message.starts_with(start)), "{translation}");
        }
    }
}
