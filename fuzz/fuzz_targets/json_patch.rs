//! JSON patches.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shared::patch;

fuzz_target!(|data: &[u8]| {
    let Some((object, operations)) = podground_fuzz::two_values(data) else { return };
    let mut changed = object;
    let _ = patch::json_patch(&mut changed, &operations);
});
