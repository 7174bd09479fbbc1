//! Fields of Pods that are accepted here, and of which nothing comes: said in a warning, and in `docs/pods.md`.

use serde_json::Value;

use super::at::At;
use super::read::{get, list};

/// A field, and why nothing comes of it.
pub type WithoutEffect = (&'static str, &'static str);

/// What a warning of such a field says, before why.
pub const WORDS: &str = "accepted without effect";

/// Fields of a PodSpec.
pub const OF_POD: &[WithoutEffect] = &[
    ("enableServiceLinks", "there are no Services; the API's variables are always there"),
    ("os", "every node runs Linux"),
    ("resourceClaims", "there are no devices to claim"),
    ("runtimeClassName", "there is one runtime"),
    ("workloadRef", "there are no Workloads"),
];

/// Fields of a container.
pub const OF_CONTAINER: &[WithoutEffect] = &[("volumeDevices", "no volume here is a block device")];

/// Calls `warn` for each field that is set to what it would not be anyway.
pub(super) fn each(spec: &Value, at: &At, mut warn: impl FnMut(&At, &str)) {
    let mut of = |object: &Value, at: &At, fields: &[WithoutEffect]| {
        for (field, why) in fields {
            if get(object, field).is_some_and(|value| !is_usual(field, value)) {
                warn(&at.child(field), &format!("{WORDS}: {why}"));
            }
        }
    };
    of(spec, at, OF_POD);
    for containers in ["initContainers", "containers", "ephemeralContainers"] {
        for (index, container) in list(spec, containers).iter().enumerate() {
            of(container, &at.child(containers).index(index), OF_CONTAINER);
        }
    }
}

/// Whether this is what the field is when nobody sets it, or what happens here in any case.
fn is_usual(field: &str, value: &Value) -> bool {
    match field {
        "enableServiceLinks" => value == true,
        "os" => value["name"] == "linux",
        _ => value.is_null() || value.as_array().is_some_and(Vec::is_empty),
    }
}
