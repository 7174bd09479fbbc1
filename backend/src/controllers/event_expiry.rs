//! Events last an hour from when they were last seen (`--event-ttl`).

use std::time::Duration;

use serde_json::Value;
use shared::api::kind::known;
use shared::api::{Timestamp, object};
use tokio_util::sync::CancellationToken;

use crate::apiserver::{Client, DeleteOptions};
use crate::clock::now;

const PERIOD: Duration = Duration::from_secs(60);
const LIFETIME_SECONDS: i64 = 3_600;

/// Deletes old Events until told to stop.
pub(super) async fn run(client: Client, cancel: CancellationToken) {
    let mut look = tokio::time::interval(PERIOD);
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            _ = look.tick() => {}
        }
        let now = now();
        for event in client.list(known("events"), None).0 {
            let event = event.value();
            if expired(event, now) {
                let (namespace, name) = (object::namespace(event), object::name(event));
                let _ = client.delete(known("events"), namespace, name, DeleteOptions::default()).await;
            }
        }
    }
}

/// The latest of all its times is an hour ago. One without any time never expires: it would be a bug of ours.
fn expired(event: &Value, now: Timestamp) -> bool {
    ["/metadata/creationTimestamp", "/lastTimestamp", "/eventTime", "/series/lastObservedTime"]
        .iter()
        .filter_map(|pointer| Timestamp::parse(event.pointer(pointer)?.as_str()?))
        .max()
        .is_some_and(|last| now.seconds_since(last) > LIFETIME_SECONDS)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_hour_after_it_was_last_seen() {
        let now = Timestamp::parse("2026-01-01T12:00:00Z").unwrap();
        let cases = [
            (json!({}), false),
            (json!({"metadata": {"creationTimestamp": "2026-01-01T11:30:00Z"}}), false),
            (json!({"metadata": {"creationTimestamp": "2026-01-01T10:30:00Z"}}), true),
            (
                json!({"metadata": {"creationTimestamp": "2026-01-01T10:30:00Z"}, "lastTimestamp": "2026-01-01T11:30:00Z"}),
                false,
            ),
        ];
        for (event, expected) in cases {
            assert_eq!(expired(&event, now), expected, "{event}");
        }
    }
}
