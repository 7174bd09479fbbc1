//! From a lesson's text to its blocks. Everything is a lesson; what is not understood stays text.

use super::Check;

/// A lesson.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lesson {
    /// Its blocks, in order.
    pub blocks: Vec<Block>,
}

/// A block of a lesson.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// The lesson's title.
    Title(Vec<Inline>),
    /// A step's heading.
    Heading(Vec<Inline>),
    /// Text.
    Paragraph(Vec<Inline>),
    /// Text that stands out.
    Callout(Vec<Inline>),
    /// A list.
    List(Vec<Vec<Inline>>),
    /// A command for the console, of one line or of many.
    Run(String),
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
}

/// A run of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Plain.
    Text(String),
    /// `code`
    Code(String),
    /// **strong**
    Strong(String),
}

/// Reads a lesson.
pub fn parse(text: &str) -> Lesson {
    let mut blocks = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let mut body = String::new();
            for line in lines.by_ref().take_while(|l| !l.starts_with("```")) {
                body.push_str(line);
                body.push('\n');
            }
            blocks.push(fenced(info.trim(), body));
        } else if let Some(title) = line.strip_prefix("# ") {
            blocks.push(Block::Title(inlines(title)));
        } else if let Some(heading) = line.strip_prefix("## ") {
            blocks.push(Block::Heading(inlines(heading)));
        } else if line.trim().is_empty() {
        } else {
            let mark = ["- ", "> "].into_iter().find(|m| line.starts_with(m)).unwrap_or_default();
            let mut gathered = vec![line];
            while let Some(next) = lines.peek().filter(|l| goes_on(l, mark)) {
                gathered.push(next);
                lines.next();
            }
            blocks.push(match mark {
                "- " => Block::List(items(&gathered)),
                "> " => Block::Callout(inlines(&joined(&gathered, "> "))),
                _ => Block::Paragraph(inlines(&joined(&gathered, ""))),
            });
        }
    }
    Lesson { blocks }
}

/// Whether a line belongs to the block before it.
fn goes_on(line: &str, mark: &str) -> bool {
    let starts_other = ["```", "#", "- ", "> "].iter().any(|m| *m != mark && line.starts_with(m));
    !line.trim().is_empty() && !starts_other
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
    match info.split_once(' ').unwrap_or((info, "")) {
        ("run", _) => Block::Run(body.trim_end().to_owned()),
        ("file", name) if !name.trim().is_empty() => Block::File { name: name.trim().to_owned(), text: body },
        ("checks", _) => Block::Checks(Check::read(&body)),
        _ => Block::Code(body),
    }
}

fn inlines(text: &str) -> Vec<Inline> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '*']) {
        let mark = if rest[at..].starts_with("**") {
            "**"
        } else if rest[at..].starts_with('`') {
            "`"
        } else {
            "*"
        };
        let (before, after) = (&rest[..at], &rest[at + mark.len()..]);
        let end = after.find(mark).filter(|_| mark != "*");
        let Some(end) = end else {
            parts.push(Inline::Text(rest[..at + mark.len()].to_owned()));
            rest = after;
            continue;
        };
        parts.push(Inline::Text(before.to_owned()));
        let inner = after[..end].to_owned();
        parts.push(if mark == "`" { Inline::Code(inner) } else { Inline::Strong(inner) });
        rest = &after[end + mark.len()..];
    }
    parts.push(Inline::Text(rest.to_owned()));
    parts.retain(|part| *part != Inline::Text(String::new()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Inline> {
        vec![Inline::Text(text.into())]
    }

    #[test]
    fn a_lesson_is_its_blocks() {
        let text = "# A `Pod`\n\nOne\ntwo **three** 2*3.\n\n- a\n  b\n- c\n> note\n\n```run\nkubectl get pod\n```\n```file a.yaml\nkind: Pod\n```\n```\nx\n```\n## End\n";
        let expected = vec![
            Block::Title(vec![Inline::Text("A ".into()), Inline::Code("Pod".into())]),
            Block::Paragraph(vec![
                Inline::Text("One two ".into()),
                Inline::Strong("three".into()),
                Inline::Text(" 2*".into()),
                Inline::Text("3.".into()),
            ]),
            Block::List(vec![words("a b"), words("c")]),
            Block::Callout(words("note")),
            Block::Run("kubectl get pod".into()),
            Block::File { name: "a.yaml".into(), text: "kind: Pod\n".into() },
            Block::Code("x\n".into()),
            Block::Heading(words("End")),
        ];
        assert_eq!(parse(text).blocks, expected);
    }

    #[test]
    fn broken_lessons_are_lessons() {
        for text in ["", "```run\nx", "`a", "**a", "- ", "```checks\n- [\n```"] {
            parse(text);
        }
    }
}
