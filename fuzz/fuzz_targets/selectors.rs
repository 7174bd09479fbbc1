//! Label and field selectors, as texts and as objects.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use shared::api::selector::{FieldSelector, LabelSelector};

fuzz_target!(|text: &str| {
    let labels = serde_json::json!({"a": "b", "x/y": "", "n": "5"});
    if let Ok(selector) = LabelSelector::parse(text) {
        selector.matches(labels.as_object());
        selector.matches(None);
    }
    if let Ok(selector) = FieldSelector::parse(text) {
        selector.matches(|_| "a");
    }
    if let Ok(selector) = serde_json::from_str::<Value>(text)
        && let Ok(selector) = LabelSelector::from_object(&selector)
    {
        selector.matches(labels.as_object());
    }
});
