//! Merge patches: what one says is so then, and saying it again changes nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shared::patch;

fuzz_target!(|data: &[u8]| {
    let Some((object, body)) = podground_fuzz::two_values(data) else { return };
    let mut merged = object.clone();
    patch::merge(&mut merged, &body);
    let mut again = merged.clone();
    patch::merge(&mut again, &body);
    assert_eq!(again, merged);
    let _ = patch::three_way_json_merge(&object, &merged, &body);
});
