//! Objects as protobuf. The reader is taken as a file, so that not all of the server is built with instrumentation.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../backend/src/apiserver/http/protobuf/mod.rs"]
mod protobuf;

fuzz_target!(|data: &[u8]| {
    let _ = protobuf::decode(data);
    let _ = protobuf::decode(&[b"k8s\0", data].concat());
});
