//! The strict decoder, from the bytes of a request.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shared::schema::{decode, for_kind};

fuzz_target!(|data: &[u8]| {
    let Ok((value, _)) = decode::json_text(data) else { return };
    for kind in ["Pod", "Secret", "Node", "Event", "ResourceQuota", "DeleteOptions"] {
        let definition = for_kind("v1", kind).expect("the schema has this kind");
        let (once, errors) = decode::strict(definition, &value);
        let _ = decode::refusal("v1", kind, &errors, true);
        if once.is_object() {
            assert_eq!(decode::strict(definition, &once), (once, vec![]), "what was decoded is decodable");
        }
    }
});
