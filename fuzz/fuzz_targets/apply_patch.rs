//! Server-side apply: what has been applied once is not changed by the same once more.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shared::managed::{self, Author};

fuzz_target!(|data: &[u8]| {
    let Some((live, applied)) = podground_fuzz::two_values(data) else { return };
    let author = Author { manager: "m", version: "v1", subresource: "", time: "2026-01-01T00:00:00Z" };
    for live in [None, Some(&live)] {
        let _ = managed::apply(podground_fuzz::pod(), live, &applied, author, false);
        let Ok(once) = managed::apply(podground_fuzz::pod(), live, &applied, author, true) else { continue };
        let twice = managed::apply(podground_fuzz::pod(), Some(&once), &applied, author, false);
        assert_eq!(twice.ok(), Some(once));
    }
});
