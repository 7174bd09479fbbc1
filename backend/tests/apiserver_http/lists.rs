//! What may be read of lists and watches: pieces, moments, selectors.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{JSON, send, serving};

/// Makes config maps and gives their revisions.
async fn config_maps(app: &Router, names: &[&str]) -> Vec<u64> {
    let mut revisions = Vec::new();
    for name in names {
        let body = json!({"metadata": {"name": name, "labels": {"name": name}}}).to_string();
        let (status, made) = send(app, "POST /api/v1/namespaces/default/configmaps", JSON, body).await;
        assert_eq!(status, 201, "{made}");
        revisions.push(made["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap());
    }
    revisions
}

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn names(list: &Value) -> String {
    let names = list["items"].as_array().unwrap().iter().map(|o| o["metadata"]["name"].as_str().unwrap());
    names.filter(|name| !name.starts_with("kube-")).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn lists_in_pieces_are_of_one_moment() {
    let (app, _cancel) = serving::app().await;
    let revisions = config_maps(&app, &["a", "b", "c", "d"]).await;
    let get = async |query: &str| send(&app, &format!("GET {MAPS}?{query}"), "", "").await.1;
    let first = get("limit=2").await;
    assert_eq!((names(&first).as_str(), &first["metadata"]["remainingItemCount"]), ("a b", &json!(2)));
    send(&app, &format!("DELETE {MAPS}/c"), "", "").await;
    config_maps(&app, &["e"]).await;
    let next = first["metadata"]["continue"].as_str().unwrap();
    let second = get(&format!("limit=1&continue={next}")).await;
    assert_eq!(names(&second), "c");
    assert_eq!(second["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
    let next = second["metadata"]["continue"].as_str().unwrap();
    assert_eq!(names(&get(&format!("limit=9&continue={next}")).await), "d");
    assert_eq!(names(&get("").await), "a b d e");
    let at = |revision: u64, rest: &str| format!("resourceVersion={revision}&{rest}");
    assert_eq!(names(&get(&at(revisions[1], "resourceVersionMatch=Exact")).await), "a b");
    assert_eq!(names(&get(&at(revisions[1], "limit=1")).await), "a");
    assert_eq!(names(&get(&at(revisions[1], "resourceVersionMatch=NotOlderThan")).await), "a b d e");
    assert_eq!(names(&get("labelSelector=name+in+(a,e)").await), "a e");
    assert_eq!(names(&get("fieldSelector=metadata.name%3Dd").await), "d");
    assert_eq!(get(&at(999_999, "")).await["code"], 504);
    // A piece of a moment that is no longer known comes with a way to go on.
    for n in 0..4200 {
        let body = json!({"metadata": {"name": "a"}, "data": {"n": n.to_string()}}).to_string();
        send(&app, &format!("PUT {MAPS}/a"), JSON, body).await;
    }
    let gone = get(&format!("limit=1&continue={next}")).await;
    assert_eq!((&gone["code"], &gone["reason"]), (&json!(410), &json!("Expired")));
    let next = gone["metadata"]["continue"].as_str().unwrap();
    assert_eq!(names(&get(&format!("continue={next}")).await), "d e");
    assert_eq!(get(&at(revisions[1], "resourceVersionMatch=Exact")).await["code"], 410);
}

/// What a watch says until its timeout: types and names.
async fn watched(app: &Router, query: &str, accept: &str) -> Vec<String> {
    let request = Request::builder().uri(format!("/sandboxes/default{MAPS}?watch=true&timeoutSeconds=1&{query}"));
    let response = app.clone().oneshot(request.header("accept", accept).body(Body::empty()).unwrap()).await.unwrap();
    let text = response.into_body().collect().await.unwrap().to_bytes();
    let lines = text.split(|b| *b == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_slice::<Value>(line).unwrap())
        .map(|event| {
            let object = &event["object"];
            let named = match object["kind"].as_str().unwrap() {
                "Table" => object["rows"][0]["object"]["metadata"]["name"].clone(),
                "Status" => object["code"].clone(),
                _ => object["metadata"]["name"].clone(),
            };
            format!("{} {}", event["type"], named).replace('"', "")
        })
        .filter(|line| !line.contains("kube-root"))
        .collect()
}

#[tokio::test]
async fn watches_replay_and_follow_selectors() {
    let (app, _cancel) = serving::app().await;
    let from = config_maps(&app, &["a", "b"]).await[0];
    let label = |value: &str| json!({"metadata": {"labels": {"name": value}}}).to_string();
    for value in ["x", "y", "x"] {
        send(&app, &format!("PATCH {MAPS}/b"), "application/merge-patch+json", label(value)).await;
    }
    send(&app, &format!("DELETE {MAPS}/b"), "", "").await;
    let all = format!("resourceVersion={from}");
    let expected = ["ADDED b", "MODIFIED b", "MODIFIED b", "MODIFIED b", "DELETED b"];
    assert_eq!(watched(&app, &all, "").await, expected);
    assert_eq!(watched(&app, &all, "application/json;as=Table;v=v1;g=meta.k8s.io").await, expected);
    assert_eq!(watched(&app, &all, "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io").await, expected);
    let labelled = format!("resourceVersion={from}&labelSelector=name%3Dx");
    assert_eq!(watched(&app, &labelled, "").await, ["ADDED b", "DELETED b", "ADDED b", "DELETED b"]);
    let named = format!("resourceVersion={from}&fieldSelector=metadata.name%3Da");
    assert_eq!(watched(&app, &named, "").await, [""; 0]);
    assert_eq!(watched(&app, "", "").await, ["ADDED a"]);
    let initial = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    assert_eq!(watched(&app, initial, "").await, ["ADDED a", "BOOKMARK null"]);
}
