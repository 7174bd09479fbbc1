//! From a lesson's text to its blocks. Everything is a lesson; what is not understood stays text, and [`lint`] says so.
//!
//! [`lint`]: super::lint

use super::inline::{Inline, inlines};
use super::raw::{Part, Raw, cut};
use super::{Check, Quiz, Run};

/// A lesson.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lesson {
    /// Its blocks, in order.
    pub blocks: Vec<Block>,
    /// The line that each block starts on, counted from 1.
    pub lines: Vec<usize>,
}

/// A block of a lesson.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// The lesson's title.
    Title(Vec<Inline>),
    /// A heading.
    Heading(Vec<Inline>),
    /// Text.
    Paragraph(Vec<Inline>),
    /// Text that stands out.
    Callout(Vec<Inline>),
    /// A list.
    List(Vec<Vec<Inline>>),
    /// Commands that run on a click.
    Run(Run),
    /// A file for the editor.
    File {
        /// Its name in the learner's home.
        name: String,
        /// Its text.
        text: String,
    },
    /// Something to read.
    Code(String),
    /// Things to do.
    Checks(Vec<Check>),
    /// A question.
    Quiz(Quiz),
    /// Commands that the learner is asked to find out, or does in the editor: not shown, but run by "do it for me".
    Solution(Run),
    /// Commands that undo a step beyond deleting the objects of its files: not shown.
    Reset(Run),
}

/// Reads a lesson.
pub fn parse(text: &str) -> Lesson {
    let mut lesson = Lesson::default();
    for Raw { line, part } in cut(text) {
        lesson.lines.push(line);
        lesson.blocks.push(match part {
            Part::Title(title) => Block::Title(inlines(title)),
            Part::Heading(heading) => Block::Heading(inlines(heading)),
            Part::Paragraph(lines) => Block::Paragraph(inlines(&joined(&lines, ""))),
            Part::Callout(lines) => Block::Callout(inlines(&joined(&lines, "> "))),
            Part::List(lines) => Block::List(items(&lines)),
            Part::Fence { info, body, .. } => fenced(info, body),
        });
    }
    lesson
}

fn joined(lines: &[&str], mark: &str) -> String {
    let plain: Vec<&str> = lines.iter().map(|l| l.strip_prefix(mark).unwrap_or(l).trim()).collect();
    plain.join(" ")
}

fn items(lines: &[&str]) -> Vec<Vec<Inline>> {
    let mut items: Vec<String> = Vec::new();
    for line in lines {
        match (line.strip_prefix("- "), items.last_mut()) {
            (Some(item), _) => items.push(item.trim().to_owned()),
            (None, Some(last)) => last.push_str(&format!(" {}", line.trim())),
            (None, None) => {}
        }
    }
    items.iter().map(|item| inlines(item)).collect()
}

fn fenced(info: &str, body: String) -> Block {
    let (word, rest) = info.split_once(' ').unwrap_or((info, ""));
    match (word, rest.trim()) {
        ("run", words) => Block::Run(Run::read(words, &body)),
        ("solution", words) => Block::Solution(Run::read(words, &body)),
        ("reset", words) => Block::Reset(Run::read(words, &body)),
        ("file", name) if !name.is_empty() => Block::File { name: name.to_owned(), text: body },
        ("checks", _) => Block::Checks(Check::read(&body)),
        ("quiz", _) => Block::Quiz(Quiz::read(&body)),
        _ => Block::Code(body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Inline> {
        vec![Inline::Text(text.into())]
    }

    #[test]
    fn a_lesson_is_its_blocks() {
        let text = "# A `Pod`\n\nOne\ntwo **three**.\n\n- a\n  b\n- c\n> note\n\n```run\nkubectl get pod\n```\n```file a.yaml\nkind: Pod\n```\n```\nx\n```\n## End\n```solution on worker\nls\n```\n";
        let expected = vec![
            (1, Block::Title(vec![Inline::Text("A ".into()), Inline::Code("Pod".into())])),
            (
                3,
                Block::Paragraph(vec![
                    Inline::Text("One two ".into()),
                    Inline::Strong("three".into()),
                    Inline::Text(".".into()),
                ]),
            ),
            (6, Block::List(vec![words("a b"), words("c")])),
            (9, Block::Callout(words("note"))),
            (11, Block::Run(Run { text: "kubectl get pod".into(), ..Run::default() })),
            (14, Block::File { name: "a.yaml".into(), text: "kind: Pod\n".into() }),
            (17, Block::Code("x\n".into())),
            (20, Block::Heading(words("End"))),
            (21, Block::Solution(Run { text: "ls".into(), node: "worker".into(), ..Run::default() })),
        ];
        let lesson = parse(text);
        assert_eq!(lesson.lines.into_iter().zip(lesson.blocks).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn comments_are_not_shown() {
        let lesson = parse("# T\na\n<!-- b\n```run\nc --> d\ne\n<!-- f -->\n<!-- g");
        assert_eq!(lesson.blocks[1..], [Block::Paragraph(words("a")), Block::Paragraph(words("e"))]);
        assert_eq!(lesson.lines, [1, 2, 6]);
    }

    #[test]
    fn broken_lessons_are_lessons() {
        for text in ["", "```run\nx", "`a", "**a", "- ", "```checks\n- [\n```", "```quiz\n[\n```"] {
            parse(text);
        }
    }
}
