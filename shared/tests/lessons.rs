//! The lessons that are served: every one can be read, run and checked, and says the same in every language.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use shared::lesson::{drift, lint};

#[test]
fn every_lesson_reads_as_it_is_meant() {
    for language in ["en", "ko"] {
        for (name, text) in lessons(language) {
            assert_eq!(lint(&text), [], "{language}/{name}");
        }
    }
}

#[test]
fn languages_do_the_same() {
    let (english, korean) = (lessons("en"), lessons("ko"));
    assert_eq!(english.keys().collect::<Vec<_>>(), korean.keys().collect::<Vec<_>>());
    for (name, text) in &english {
        assert_eq!(drift(text, &korean[name]), None, "{name}");
    }
}

fn lessons(language: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/lessons").join(language);
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let lessons: BTreeMap<_, _> = files.map(|f| (name(&f), fs::read_to_string(&f).unwrap())).collect();
    assert!(!lessons.is_empty(), "no lessons in {}", folder.display());
    lessons
}
