//! Strategic merge patches, and the patches that kubectl makes of two or three states of an object.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shared::patch;

fuzz_target!(|data: &[u8]| {
    let Some((object, body)) = podground_fuzz::two_values(data) else { return };
    let mut changed = object.clone();
    let _ = patch::strategic(&mut changed, &body, podground_fuzz::pod());
    let found = patch::two_way_strategic(&object, &body, podground_fuzz::pod());
    let _ = patch::three_way_strategic(&object, &found, &body, podground_fuzz::pod());
});
