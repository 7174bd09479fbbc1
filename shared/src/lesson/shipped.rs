//! The lessons that are shipped, held to the format: what does not read as meant would silently be text.

use super::{Block, Check, Lesson, parse};

const LESSONS: [[&str; 2]; 3] = [
    [include_str!("../../../static/lessons/en/01-pod.md"), include_str!("../../../static/lessons/ko/01-pod.md")],
    [include_str!("../../../static/lessons/en/02-labels.md"), include_str!("../../../static/lessons/ko/02-labels.md")],
    [
        include_str!("../../../static/lessons/en/03-command.md"),
        include_str!("../../../static/lessons/ko/03-command.md"),
    ],
];

/// What a lesson does, whatever its language: commands, files' names, and checks without their words.
fn deeds(lesson: &Lesson) -> Vec<String> {
    let deed = |block: &Block| match block {
        // The comments of manifests are in the lesson's language.
        Block::Run(command) => Some(command.clone()),
        Block::File { name, .. } => Some(name.clone()),
        Block::Checks(checks) => {
            let mute = |c: &Check| Check { label: String::new(), hint: String::new(), ..c.clone() };
            Some(format!("{:?}", checks.iter().map(mute).collect::<Vec<_>>()))
        }
        _ => None,
    };
    lesson.blocks.iter().filter_map(deed).collect()
}

#[test]
fn both_languages_do_the_same() {
    for [english, korean] in LESSONS.map(|texts| texts.map(parse)) {
        assert_eq!(deeds(&english), deeds(&korean));
        assert!(matches!(english.blocks[0], Block::Title(_)) && matches!(korean.blocks[0], Block::Title(_)));
    }
}

#[test]
fn checks_name_what_there_is_and_files_are_sound() {
    for block in LESSONS.iter().flatten().flat_map(|text| parse(text).blocks) {
        match block {
            Block::Checks(checks) => {
                assert!(!checks.is_empty());
                for check in checks {
                    assert!(["pods", "nodes"].contains(&check.resource.as_str()), "{check:?}");
                    assert!(!check.label.is_empty(), "{check:?}");
                    assert!(crate::api::LabelSelector::parse(&check.selector).is_ok(), "{check:?}");
                }
            }
            Block::File { name, text } => assert_eq!(crate::manifest::check(&text), [], "{name}"),
            _ => {}
        }
    }
}
