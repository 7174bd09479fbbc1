//! Requests at random, made of what could be right: no answer is a server's error, and the server goes on.

#![allow(clippy::unwrap_used)]

mod serving;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use tower::ServiceExt;

const REQUESTS: usize = 5000;

/// A pod with something of everything, which is then broken.
fn pod() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "a", "namespace": "default", "labels": {"a": "b"}, "annotations": {"c": "d"},
            "finalizers": ["x.io/y"], "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "u"}],
            "managedFields": [{"manager": "m", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1",
                "fieldsV1": {"f:metadata": {"f:labels": {".": {}, "f:a": {}}}}}]},
        "spec": {
            "containers": [{"name": "c", "image": "i", "env": [{"name": "A", "value": "1"}],
                "ports": [{"containerPort": 80}], "resources": {"limits": {"cpu": "1", "memory": "1Gi"}},
                "volumeMounts": [{"name": "v", "mountPath": "/v"}],
                "livenessProbe": {"httpGet": {"port": 80, "path": "/"}}}],
            "volumes": [{"name": "v", "emptyDir": {}}],
            "tolerations": [{"key": "k", "operator": "Exists"}],
            "nodeSelector": {"a": "b"}, "restartPolicy": "Never",
        },
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
        "$patch": "replace", "data": {"a": "b"}, "target": {"kind": "Node", "name": "n"},
    })
}

fn scalar() -> impl Strategy<Value = Value> {
    let texts = ["", "a", "Always", "default", "1", "-1", "1Gi", "x/y", "A_b", "2026-01-01T00:00:00Z", "\u{0}", "한글"];
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        select(vec![0i64, 1, -1, 80, 70_000, i64::MAX, i64::MIN]).prop_map(Value::from),
        Just(json!(1.5)),
        select(texts.to_vec()).prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([null])),
        Just(json!([{}, {}])),
        Just(json!({"": ""})),
        Just(json!("x".repeat(300))),
    ]
}

/// The pod with a few places replaced or taken out.
fn broken() -> impl Strategy<Value = Value> {
    vec((any::<prop::sample::Index>(), prop::option::of(scalar())), 0..4).prop_map(|changes| {
        let mut value = pod();
        for (at, with) in changes {
            let mut places = Vec::new();
            collect(&value, String::new(), &mut places);
            let place = at.get(&places).clone();
            match with {
                Some(with) => *value.pointer_mut(&place).unwrap() = with,
                None => {
                    let (parent, name) = place.rsplit_once('/').unwrap_or(("", ""));
                    if let Some(Value::Object(fields)) = value.pointer_mut(parent) {
                        fields.remove(name);
                    }
                }
            }
        }
        value
    })
}

fn collect(value: &Value, path: String, places: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                collect(value, format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")), places);
            }
        }
        Value::Array(list) => list.iter().enumerate().for_each(|(at, v)| collect(v, format!("{path}/{at}"), places)),
        _ => {}
    }
    places.push(path);
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let operation = (select(vec!["add", "remove", "replace", "test", "move", "x"]), scalar());
    let patch = vec(operation, 0..3).prop_map(|operations| {
        let path = "/spec/containers/0/name";
        let list =
            operations.into_iter().map(|(op, value)| json!({"op": op, "path": path, "from": "/spec", "value": value}));
        Value::from_iter(list)
    });
    prop_oneof![
        6 => broken().prop_map(|value| value.to_string().into_bytes()),
        1 => patch.prop_map(|value| value.to_string().into_bytes()),
        1 => scalar().prop_map(|value| value.to_string().into_bytes()),
        1 => vec(any::<u8>(), 0..60),
        1 => vec(any::<u8>(), 0..60).prop_map(|bytes| [&b"k8s\0"[..], &bytes].concat()),
    ]
}

fn path() -> impl Strategy<Value = String> {
    let resources = ["pods", "configmaps", "secrets", "serviceaccounts", "events", "resourcequotas", "limitranges"];
    let rest =
        ["", "/a", "/a/status", "/a/binding", "/a/eviction", "/a/ephemeralcontainers", "/a/log", "/a/token", "/%20"];
    let whole = [
        "/api/v1/nodes/a",
        "/api/v1/namespaces",
        "/api/v1/namespaces/b",
        "/api/v1/namespaces/b/finalize",
        "/api/v1/nodes/a/status",
        "/apis/scheduling.k8s.io/v1/priorityclasses/a",
        "/apis/coordination.k8s.io/v1/namespaces/default/leases/a",
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        "/openapi/v2",
        "/api/v1/pods",
    ];
    let named = (select(resources.to_vec()), select(rest.to_vec()))
        .prop_map(|(resource, rest)| format!("/api/v1/namespaces/default/{resource}{rest}"));
    let pods =
        select(vec!["", "", "/a", "/a/status"]).prop_map(|rest| format!("/api/v1/namespaces/default/pods{rest}"));
    prop_oneof![5 => pods, 3 => named, 1 => select(whole.to_vec()).prop_map(str::to_owned)]
}

fn query() -> impl Strategy<Value = String> {
    let parameters = [
        "dryRun=All",
        "fieldManager=m",
        "fieldValidation=Strict",
        "fieldValidation=Ignore",
        "force=true",
        "limit=1",
        "limit=-1",
        "continue=e30",
        "resourceVersion=0",
        "resourceVersion=1",
        "resourceVersionMatch=Exact",
        "labelSelector=a%3Db",
        "labelSelector=%21",
        "fieldSelector=metadata.name%3Da",
        "fieldSelector=%3D",
        "gracePeriodSeconds=0",
        "gracePeriodSeconds=-9",
        "propagationPolicy=Foreground",
        "includeObject=Object",
        "includeObject=x",
        "watch=false",
        "%zz=%",
        "pretty=true",
    ];
    vec(select(parameters.to_vec()), 0..3).prop_map(|parts| parts.join("&"))
}

fn request() -> impl Strategy<Value = (String, String, String, String, String, Vec<u8>)> {
    let methods = ["GET", "POST", "POST", "PUT", "PUT", "PATCH", "PATCH", "DELETE"];
    let media = [
        "application/json",
        "application/yaml",
        "application/vnd.kubernetes.protobuf",
        "application/json-patch+json",
        "application/merge-patch+json",
        "application/strategic-merge-patch+json",
        "application/apply-patch+yaml",
        "text/plain",
        "",
    ];
    let accept = [
        "application/json;as=Table;v=v1;g=meta.k8s.io",
        "application/yaml",
        "image/png",
        "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    ];
    let accept = prop_oneof![4 => Just(""), 1 => select(accept.to_vec())];
    (select(methods.to_vec()), path(), query(), prop::option::of(select(media.to_vec())), 0..4usize, accept, body())
        .prop_map(move |(method, path, query, odd, patch, accept, body)| {
            let usual = if method == "PATCH" { media[3 + patch] } else { media[0] };
            (method.into(), path, query, odd.unwrap_or(usual).into(), accept.into(), body)
        })
}

#[tokio::test]
async fn no_request_makes_the_server_fail() {
    let (app, _cancel) = serving::app().await;
    // The same requests in every run: what fails here can be looked into.
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = request();
    let mut codes = std::collections::BTreeMap::<u16, usize>::new();
    for _ in 0..REQUESTS {
        let (method, path, query, media, accept, body) = strategy.new_tree(&mut runner).unwrap().current();
        let code = send(&app, &method, &format!("{path}?{query}"), &media, &accept, &body).await;
        let text = String::from_utf8_lossy(&body);
        assert!(code < 500, "{code}: {method} {path}?{query} {media} {accept}\n{text}");
        *codes.entry(code).or_default() += 1;
    }
    for code in [200, 201, 400, 404, 405, 406, 409, 415, 422] {
        assert!(codes.contains_key(&code), "the requests are not random enough: no {code} in {codes:?}");
    }
}

async fn send(app: &Router, method: &str, path: &str, media: &str, accept: &str, body: &[u8]) -> u16 {
    let mut request = Request::builder().method(method).uri(format!("/sandboxes/default{path}"));
    for (name, value) in [("content-type", media), ("accept", accept)] {
        if !value.is_empty() {
            request = request.header(name, value);
        }
    }
    let response = app.clone().oneshot(request.body(Body::from(body.to_vec())).unwrap()).await.unwrap();
    let code = response.status().as_u16();
    let answer = response.into_body().collect().await.unwrap().to_bytes();
    if code >= 500 {
        println!("{}", String::from_utf8_lossy(&answer));
    }
    code
}
