//! JSONPath templates over a Pod.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use shared::kubectl::jsonpath;

static POD: LazyLock<Value> = LazyLock::new(|| {
    json!({"kind": "Pod", "metadata": {"name": "a", "labels": {"a.b/c": "d"}}, "spec": {"n": 1, "on": true, "none": null,
        "containers": [{"name": "x", "args": ["1", "2"]}, {"name": "y", "ports": [{"containerPort": 80}]}]}})
});

fuzz_target!(|text: &str| {
    let checked = jsonpath::check(text);
    let found = jsonpath::evaluate(text, &POD);
    assert!(checked.is_ok() || found.is_err(), "a template that cannot be read prints nothing");
    let _ = jsonpath::evaluate(&format!("{{{text}}}"), &POD);
    let _ = jsonpath::find(text, &POD);
});
