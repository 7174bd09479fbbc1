//! Three ways from one manifest to another end in the same object: client-side apply as kubectl does it, server-side
//! apply, and replacement.

#![allow(clippy::unwrap_used)]

mod serving;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};
use shared::patch::three_way_strategic;
use shared::schema::for_kind;
use tower::ServiceExt;

const TURNS: usize = 150;
const TEMPLATES: &str = "/api/v1/namespaces/default/podtemplates";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A map of a few texts, or none.
fn texts() -> impl Strategy<Value = Option<Value>> {
    option::of(btree_map(select(vec!["a", "b", "c"]), select(vec!["1", "2"]), 1..3).prop_map(|map| json!(map)))
}

/// Elements in any order, each with its key.
fn keyed<T: Into<Value> + Clone + std::fmt::Debug + 'static>(
    key: &'static str,
    keys: Vec<T>,
    rest: impl Strategy<Value = Value> + 'static,
) -> impl Strategy<Value = Option<Value>> {
    let count = keys.len();
    let elements = (subsequence(keys, 1..=count).prop_shuffle(), vec(rest, count)).prop_map(move |(keys, rest)| {
        let elements = keys.into_iter().zip(rest).map(|(name, mut element)| {
            element[key] = name.into();
            element
        });
        Value::from_iter(elements)
    });
    option::of(elements)
}

/// An object of those fields that are there.
fn object(fields: Vec<(&str, Option<Value>)>) -> Value {
    let there = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(there.collect::<Map<_, _>>())
}

fn container() -> impl Strategy<Value = Value> {
    let value = || select(vec!["1", "2"]).prop_map(|text| json!({ "value": text }));
    let args = option::of(vec(select(vec!["x", "y"]), 1..3).prop_map(|args| json!(args)));
    let ports =
        keyed("containerPort", vec![80, 81, 82], select(vec!["TCP", "UDP"]).prop_map(|p| json!({"protocol": p})));
    let limits = option::of(select(vec!["1", "500m"]).prop_map(|cpu| json!({"limits": {"cpu": cpu}})));
    let mounts = keyed("mountPath", vec!["/u", "/v"], Just(json!({"name": "always"})));
    (args, keyed("name", vec!["A", "B", "C"], value()), ports, limits, mounts).prop_map(
        |(args, env, ports, resources, mounts)| {
            object(vec![
                ("image", Some("busybox:1".into())),
                ("args", args),
                ("env", env),
                ("ports", ports),
                ("resources", resources),
                ("volumeMounts", mounts),
            ])
        },
    )
}

/// A PodTemplate: all of it may change, unlike a Pod.
fn manifest() -> impl Strategy<Value = Value> {
    let sources = vec![
        json!({"emptyDir": {}}),
        json!({"emptyDir": {"medium": "Memory"}}),
        json!({"configMap": {"name": "m"}}),
        json!({"secret": {"secretName": "s", "items": [{"key": "k", "path": "p"}]}}),
    ];
    let volumes = keyed("name", vec!["u", "v"], select(sources));
    let containers = keyed("name", vec!["x", "y", "z"], container());
    (texts(), texts(), texts(), containers, volumes, container()).prop_map(
        |(labels, annotations, selector, containers, volumes, first)| {
            // A Pod has a container, and this one's mounts have their volume.
            let mut first = first;
            first["name"] = "first".into();
            let mut all = containers.unwrap_or_else(|| json!([]));
            all.as_array_mut().unwrap().push(first);
            let mut drives = volumes.unwrap_or_else(|| json!([]));
            drives.as_array_mut().unwrap().insert(0, json!({"name": "always", "emptyDir": {}}));
            let metadata = object(vec![("labels", labels), ("annotations", annotations)]);
            let spec = object(vec![("containers", Some(all)), ("volumes", Some(drives)), ("nodeSelector", selector)]);
            json!({"apiVersion": "v1", "kind": "PodTemplate", "metadata": metadata, "template": {"spec": spec}})
        },
    )
}

async fn call(app: &Router, method: &str, path: &str, media: &str, body: &Value) -> Value {
    let request = Request::builder().method(method).uri(format!("/sandboxes/default{path}"));
    let request = request.header("content-type", media).body(Body::from(body.to_string())).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let code = response.status().as_u16();
    let answer: Value = serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap();
    assert!(code < 300, "{method} {path}: {answer}\n{body}");
    answer
}

fn named(manifest: &Value, name: &str) -> Value {
    let mut manifest = manifest.clone();
    manifest["metadata"]["name"] = name.into();
    manifest["metadata"]["namespace"] = "default".into();
    manifest
}

/// `kubectl apply`: its own memory in an annotation, and a patch from three sides.
async fn client_side(app: &Router, name: &str, manifest: &Value) -> Value {
    let mut modified = named(manifest, name);
    if modified["metadata"].get("annotations").is_none() {
        modified["metadata"]["annotations"] = json!({});
    }
    modified["metadata"]["annotations"][LAST_APPLIED] = named(manifest, name).to_string().into();
    let request = Request::builder().uri(format!("/sandboxes/default{TEMPLATES}/{name}")).body(Body::empty()).unwrap();
    let found = app.clone().oneshot(request).await.unwrap();
    if found.status() == 404 {
        return call(app, "POST", TEMPLATES, "application/json", &modified).await;
    }
    let current: Value = serde_json::from_slice(&found.into_body().collect().await.unwrap().to_bytes()).unwrap();
    let original: Value =
        serde_json::from_str(current["metadata"]["annotations"][LAST_APPLIED].as_str().unwrap()).unwrap();
    let patch = three_way_strategic(&original, &modified, &current, for_kind("v1", "PodTemplate").unwrap());
    call(app, "PATCH", &format!("{TEMPLATES}/{name}"), "application/strategic-merge-patch+json", &patch).await
}

async fn server_side(app: &Router, name: &str, manifest: &Value) -> Value {
    let path = format!("{TEMPLATES}/{name}?fieldManager=test");
    call(app, "PATCH", &path, "application/apply-patch+yaml", &named(manifest, name)).await
}

async fn replace(app: &Router, name: &str, manifest: &Value, first: bool) -> Value {
    let (method, path) = if first { ("POST", TEMPLATES.to_owned()) } else { ("PUT", format!("{TEMPLATES}/{name}")) };
    call(app, method, &path, "application/json", &named(manifest, name)).await
}

/// What was said about the object, without who said it and when, and without what is empty.
fn said(mut object: Value) -> Value {
    let metadata = object["metadata"].as_object_mut().unwrap();
    metadata.retain(|name, _| ["labels", "annotations"].contains(&name.as_str()));
    if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
        annotations.remove(LAST_APPLIED);
    }
    metadata.retain(|_, value| *value != json!({}));
    object
}

#[tokio::test]
async fn three_ways_lead_to_one_object() {
    let (app, _cancel) = serving::app().await;
    // The same manifests in every run: what fails here can be looked into.
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]));
    for turn in 0..TURNS {
        let manifests = vec(manifest(), 3).new_tree(&mut runner).unwrap().current();
        for (at, manifest) in manifests.iter().enumerate() {
            let replaced = said(replace(&app, &format!("replaced-{turn}"), manifest, at == 0).await);
            let by_client = said(client_side(&app, &format!("client-{turn}"), manifest).await);
            let by_server = said(server_side(&app, &format!("server-{turn}"), manifest).await);
            let steps = || manifests[..=at].iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
            assert_eq!(by_client, replaced, "client-side apply, turn {turn}:\n{}", steps());
            assert_eq!(by_server, replaced, "server-side apply, turn {turn}:\n{}", steps());
        }
    }
}
