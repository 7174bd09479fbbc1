//! What is one thing under two paths.

use serde_json::json;

use super::{JSON, send};

#[tokio::test]
async fn events_of_both_groups_are_the_same() {
    let (app, _cancel) = super::serving::app().await;
    let (core, other) = ("/api/v1/namespaces/default/events", "/apis/events.k8s.io/v1/namespaces/default/events");
    let event = json!({
        "metadata": {"name": "e"}, "note": "seen", "reason": "Seen", "type": "Normal", "action": "See",
        "regarding": {"kind": "Pod", "name": "p", "namespace": "default"}, "eventTime": "2026-11-24T08:00:00.000000Z",
        "reportingController": "x.io/y", "reportingInstance": "z",
    });
    let (status, made) = send(&app, &format!("POST {other}"), JSON, event.to_string()).await;
    assert_eq!((status.as_u16(), &made["apiVersion"]), (201, &json!("events.k8s.io/v1")), "{made}");
    let stored = send(&app, &format!("GET {core}/e"), "", "").await.1;
    assert_eq!((&stored["apiVersion"], &stored["message"]), (&json!("v1"), &json!("seen")));
    assert_eq!(stored["involvedObject"]["name"], "p");
    let patch =
        json!({"note": "seen again", "series": {"count": 2, "lastObservedTime": "2026-11-24T08:00:01.000000Z"}});
    let (status, patched) =
        send(&app, &format!("PATCH {other}/e"), "application/merge-patch+json", patch.to_string()).await;
    assert_eq!((status.as_u16(), &patched["note"]), (200, &json!("seen again")), "{patched}");
    let list = send(&app, &format!("GET {other}"), "", "").await.1;
    assert_eq!((&list["kind"], &list["items"][0]["series"]["count"]), (&json!("EventList"), &json!(2)));
    let (status, _) = send(&app, &format!("DELETE {other}/e"), "", "").await;
    assert_eq!(status, 200);
    assert_eq!(send(&app, &format!("GET {core}/e"), "", "").await.0, 404);
}

#[tokio::test]
async fn the_old_path_of_watches() {
    let (app, _cancel) = super::serving::app().await;
    for name in ["a", "b"] {
        let body = json!({"metadata": {"name": name}}).to_string();
        send(&app, "POST /api/v1/namespaces/default/configmaps", JSON, body).await;
    }
    let one = "GET /api/v1/watch/namespaces/default/configmaps/a?timeoutSeconds=1";
    let (status, event) = send(&app, one, "", "").await;
    assert_eq!((status.as_u16(), &event["type"]), (200, &json!("ADDED")), "{event}");
    assert_eq!(event["object"]["metadata"]["name"], "a");
}
