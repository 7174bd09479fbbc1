//! Podground's pure core: text to objects, Kubernetes' rules, and what decides.
//!
//! Does no IO: no tokio, no files, no network, no clock, no randomness. Time and ids come in as arguments.
//! Compiles natively and for wasm32; the parts behind the feature `typed` are for the server and the node.

pub mod api;
pub mod console;
pub mod defaulting;
pub mod kubectl;
pub mod lesson;
#[cfg(feature = "typed")]
pub mod lifecycle;
pub mod managed;
pub mod manifest;
pub mod patch;
pub mod printers;
pub mod quota;
pub mod scheduling;
pub mod schema;
pub mod validation;
