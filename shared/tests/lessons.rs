//! The lessons that are served: every one can be read, run and checked, and says the same in every language.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use shared::lesson::{Block, Check, Lesson, parse};
use shared::manifest::{self, Severity};

/// What the page observes; a check of anything else would stay open for ever.
const OBSERVED: [&str; 2] = ["pods", "nodes"];

#[test]
fn every_lesson_teaches_something_to_do() {
    for language in ["en", "ko"] {
        for (name, lesson) in lessons(language) {
            complete(&format!("{language}/{name}"), &lesson);
        }
    }
}

#[test]
fn languages_say_the_same() {
    let (english, korean) = (lessons("en"), lessons("ko"));
    assert_eq!(english.keys().collect::<Vec<_>>(), korean.keys().collect::<Vec<_>>());
    for (name, lesson) in &english {
        let outlines = [lesson, &korean[name]].map(|l| l.blocks.iter().map(outline).collect::<Vec<_>>());
        assert_eq!(outlines[0], outlines[1], "{name}");
    }
}

fn lessons(language: &str) -> BTreeMap<String, Lesson> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/lessons").join(language);
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let lessons: BTreeMap<_, _> = files.map(|f| (name(&f), parse(&fs::read_to_string(&f).unwrap()))).collect();
    assert!(!lessons.is_empty(), "no lessons in {}", folder.display());
    lessons
}

fn complete(name: &str, lesson: &Lesson) {
    let blocks = &lesson.blocks;
    assert!(matches!(blocks.first(), Some(Block::Title(_))), "{name} starts with its title");
    assert!(blocks.iter().any(|b| matches!(b, Block::Run(_))), "{name} has something to run");
    assert!(blocks.iter().any(|b| matches!(b, Block::Checks(list) if !list.is_empty())), "{name} has checks");
    for block in blocks {
        match block {
            Block::Checks(list) => list.iter().for_each(|check| answerable(name, check)),
            Block::File { name: file, text } if file.ends_with(".yaml") => {
                let errors: Vec<_> =
                    manifest::check(text).into_iter().filter(|p| p.severity == Severity::Error).collect();
                assert!(errors.is_empty(), "{name}, {file}: {errors:#?}");
            }
            _ => {}
        }
    }
}

fn answerable(name: &str, check: &Check) {
    assert!(!check.label.is_empty() && !check.hint.is_empty(), "{name}: a check without a label or hint: {check:?}");
    assert!(OBSERVED.contains(&check.resource.as_str()), "{name}: what is not observed: {check:?}");
}

/// What a block is without its words: a translation keeps this. Comments of a manifest are words too.
fn outline(block: &Block) -> String {
    match block {
        Block::Title(_) => "title".into(),
        Block::Heading(_) => "heading".into(),
        Block::Paragraph(_) => "paragraph".into(),
        Block::Callout(_) => "callout".into(),
        Block::List(items) => format!("list of {}", items.len()),
        Block::Run(line) => format!("run {line}"),
        Block::Code(_) => "code".into(),
        Block::File { name, text } if name.ends_with(".yaml") => format!("file {name} {:?}", manifest::read(text).0),
        Block::File { name, text } => format!("file {name} {text}"),
        Block::Checks(list) => {
            let plain = |c: &Check| Check { label: String::new(), hint: String::new(), ..c.clone() };
            format!("checks {:?}", list.iter().map(plain).collect::<Vec<_>>())
        }
    }
}
