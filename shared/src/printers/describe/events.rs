//! The events at the end of a screen.

use serde_json::Value;

use super::super::event::sort_events;
use super::super::table::{int_at, or, str_at};
use super::writer::Writer;
use crate::api::{Timestamp, time};

/// Writes them; `None` is a screen without.
pub(super) fn write(w: &mut Writer, events: Option<&[Value]>, now: Timestamp) {
    let Some(events) = events else { return };
    if events.is_empty() {
        return w.line(0, "Events:\t<none>");
    }
    w.flush();
    let mut events: Vec<&Value> = events.iter().collect();
    sort_events(&mut events);
    w.line(0, "Events:\n  Type\tReason\tAge\tFrom\tMessage");
    w.line(1, "----\t------\t----\t----\t-------");
    for event in events {
        let since = |pointer: &str| time::age(Timestamp::parse(str_at(event, pointer)), now);
        let first = match str_at(event, "/eventTime") {
            "" => since("/firstTimestamp"),
            _ => since("/eventTime"),
        };
        let age = if event.get("series").is_some_and(|s| !s.is_null()) {
            format!("{} (x{} over {first})", since("/series/lastObservedTime"), int_at(event, "/series/count"))
        } else if int_at(event, "/count") > 1 {
            format!("{} (x{} over {first})", since("/lastTimestamp"), int_at(event, "/count"))
        } else {
            first
        };
        let from = or(str_at(event, "/source/component"), str_at(event, "/reportingComponent"));
        let message = str_at(event, "/message").trim();
        let message = match str_at(event, "/involvedObject/fieldPath") {
            "" => message.to_owned(),
            path => format!("{path}: {message}"),
        };
        w.line(1, [str_at(event, "/type"), str_at(event, "/reason"), &age, from, &message].join("\t"));
    }
}
