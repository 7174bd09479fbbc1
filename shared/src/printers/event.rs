//! An Event's row, and the order of Events.

use serde_json::Value;

use super::table::{Column, Layout, int_at, no_conditions, or, str_at, text, wide};
use crate::api::{Timestamp, object, time};

pub(super) const LAYOUT: Layout = Layout { columns: COLUMNS, cells, conditions: no_conditions };

const COLUMNS: &[Column] = &[
    text("Last Seen"),
    text("Type"),
    text("Reason"),
    text("Object"),
    wide("Subobject"),
    wide("Source"),
    text("Message"),
    wide("First Seen"),
    wide("Count"),
    wide("Name"),
];

fn cells(event: &Value, now: Timestamp) -> Vec<Value> {
    let at = |pointer: &str| Timestamp::parse(str_at(event, pointer));
    let first = at("/firstTimestamp").or_else(|| at("/eventTime"));
    let (last, count) = match event.get("series").filter(|s| !s.is_null()) {
        Some(series) => (at("/series/lastObservedTime"), int_at(series, "/count")),
        // An event of the new API that happened once has no count.
        None => (at("/lastTimestamp").or(first), int_at(event, "/count").max(1)),
    };
    let kind = str_at(event, "/involvedObject/kind").to_lowercase();
    let target = match str_at(event, "/involvedObject/name") {
        "" => kind,
        name => [&kind, "/", name].concat(),
    };
    vec![
        time::age(last, now).into(),
        str_at(event, "/type").into(),
        str_at(event, "/reason").into(),
        target.into(),
        str_at(event, "/involvedObject/fieldPath").into(),
        source(event).into(),
        str_at(event, "/message").trim().into(),
        time::age(first, now).into(),
        count.into(),
        object::name(event).into(),
    ]
}

/// `kubelet, worker`
fn source(event: &Value) -> String {
    let component = or(str_at(event, "/source/component"), str_at(event, "/reportingComponent"));
    match or(str_at(event, "/source/host"), str_at(event, "/reportingInstance")) {
        "" => component.to_owned(),
        host => [component, ", ", host].concat(),
    }
}

/// Sorts by the time last seen: Kubernetes' `SortableEvents` (`lastTimestamp`), which keeps equal ones in order.
pub fn sort_events(events: &mut [&Value]) {
    events.sort_by_key(|e| Timestamp::parse(str_at(e, "/lastTimestamp")));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_on_one_line() {
        let event = json!({
            "metadata": {"name": "p.1"},
            "type": "Normal", "reason": "Pulled", "message": " done \n", "count": 3,
            "involvedObject": {"kind": "Pod", "name": "p", "fieldPath": "spec.containers{a}"},
            "source": {"component": "kubelet", "host": "worker"},
            "firstTimestamp": "1970-01-01T00:00:00Z", "lastTimestamp": "1970-01-01T00:01:00Z",
        });
        let cells = cells(&event, Timestamp::from_seconds(70));
        let expected = json!([
            "10s",
            "Normal",
            "Pulled",
            "pod/p",
            "spec.containers{a}",
            "kubelet, worker",
            "done",
            "70s",
            3,
            "p.1"
        ]);
        assert_eq!(Value::from(cells), expected);
    }
}
