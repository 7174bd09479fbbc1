//! `events.k8s.io/v1`: the same Events as in the core group, which stores them, under other names
//! (`pkg/apis/events/v1/conversion.go`).

use serde_json::Value;
use shared::api::Kind;
use shared::api::kind::known;

/// Core's name and the other group's.
const NAMES: &[(&str, &str)] = &[
    ("count", "deprecatedCount"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("involvedObject", "regarding"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
];

/// The kind under which objects of a kind are stored.
pub(super) fn stored(kind: &'static Kind) -> &'static Kind {
    match kind.group {
        "events.k8s.io" => known("events"),
        _ => kind,
    }
}

/// An object as it is stored.
pub(super) fn inward(kind: &'static Kind, mut value: Value) -> Value {
    let target = stored(kind);
    if std::ptr::eq(kind, target) {
        return value;
    }
    rename(&mut value, target, |(core, other)| (other, core));
    value
}

/// A stored object as a kind shows it; `None` where it is the same.
pub(super) fn outward(kind: &'static Kind, value: &Value) -> Option<Value> {
    (!std::ptr::eq(kind, stored(kind))).then(|| {
        let mut value = value.clone();
        rename(&mut value, kind, |names| names);
        value
    })
}

fn rename(
    value: &mut Value,
    target: &Kind,
    order: impl Fn((&'static str, &'static str)) -> (&'static str, &'static str),
) {
    let Some(fields) = value.as_object_mut() else { return };
    for (from, to) in NAMES.iter().map(|names| order(*names)) {
        if let Some(field) = fields.remove(from) {
            fields.insert(to.to_owned(), field);
        }
    }
    fields.insert("apiVersion".to_owned(), target.api_version().into());
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::api::kind::by_kind;

    use super::*;

    #[test]
    fn events_are_the_same_in_both_groups() {
        let kind = by_kind("events.k8s.io/v1", "Event").unwrap();
        let event = json!({
            "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": "e"}, "reason": "r", "note": "n",
            "regarding": {"name": "p"}, "reportingController": "c", "eventTime": "t", "deprecatedCount": 2,
        });
        let core = json!({
            "apiVersion": "v1", "kind": "Event", "metadata": {"name": "e"}, "reason": "r", "message": "n",
            "involvedObject": {"name": "p"}, "reportingComponent": "c", "eventTime": "t", "count": 2,
        });
        assert_eq!(inward(kind, event.clone()), core);
        assert_eq!(outward(kind, &core), Some(event));
        assert_eq!(outward(known("events"), &core), None);
    }
}
