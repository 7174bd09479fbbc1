//! The manifest reader and everything of the editor that works on a text that is not whole yet.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shared::manifest::{self, assist};

fuzz_target!(|text: &str| {
    let (documents, problems) = manifest::parse(text);
    for problem in manifest::check(text).iter().chain(&problems) {
        let _ = problem.span.utf16(text);
    }
    let (values, error) = manifest::read(text);
    if problems.is_empty() && error.is_none() {
        assert_eq!(documents.len(), values.len(), "both readers see the same documents");
    }
    for value in &values {
        // What is written reads the same.
        let written = manifest::emit(value);
        let (again, error) = manifest::read(&written);
        assert_eq!((again.first(), error), (Some(value), None), "{written}");
    }
    if let Some(formatted) = manifest::format(text) {
        assert_eq!(manifest::format(&formatted).as_ref(), Some(&formatted), "formatting twice changes nothing");
    }
    for offset in [0, text.floor_char_boundary(text.len() / 2), text.len()] {
        let _ = assist::complete(text, offset);
        let _ = assist::hint(text, offset);
    }
});
