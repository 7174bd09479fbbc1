//! Every operation of the served OpenAPI documents, with parameters and bodies at random that follow their schemas, or
//! nearly: no answer is a server's error, each refusal is a Status, and memory stays within bounds.

#![allow(clippy::unwrap_used)]

#[path = "apiserver_openapi/random.rs"]
mod random;
mod serving;

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use random::Random;
use serde_json::Value;
use tower::ServiceExt;

/// How often each operation is tried.
const TRIES: usize = 40;
/// What the requests may leave behind, in bytes: what they created, and the changes that watches may ask for.
const LEFT: u64 = 192 << 20;
const ROOT: &str = "/sandboxes/default";

/// One operation: method, path, and what is said of it.
struct Operation<'d> {
    method: String,
    path: &'d str,
    parameters: Vec<&'d Value>,
    body: Option<&'d Value>,
    answer: &'d Value,
    schemas: &'d Value,
}

#[tokio::test]
async fn no_described_request_makes_the_server_fail() {
    let (app, _cancel) = serving::app().await;
    let index = json(&app, "GET", "/openapi/v3").await;
    let mut documents = Vec::new();
    for name in index["paths"].as_object().unwrap().keys() {
        documents.push(json(&app, "GET", &format!("/openapi/v3/{name}")).await);
    }
    let operations: Vec<Operation> = documents.iter().flat_map(operations).collect();
    assert!(operations.len() > 100, "only {} operations are described", operations.len());
    // The same requests in every run: what fails here can be looked into.
    let mut random = Random::new(4);
    let before = resident();
    let mut codes = BTreeMap::<u16, usize>::new();
    for _ in 0..TRIES {
        for operation in &operations {
            let code = attempt(&app, operation, &mut random).await;
            *codes.entry(code).or_default() += 1;
        }
    }
    for code in [200, 201, 400, 404, 409, 415, 422] {
        assert!(codes.contains_key(&code), "the requests are not random enough: no {code} in {codes:?}");
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < LEFT, "{} requests left {grown} bytes behind", operations.len() * TRIES);
}

/// The operations of a document.
fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters") {
            let parameters = [item, operation].into_iter().flat_map(|at| at["parameters"].as_array()).flatten();
            found.push(Operation {
                method: method.to_uppercase(),
                path,
                parameters: parameters.collect(),
                body: operation.get("requestBody"),
                answer: &operation["responses"]["200"]["content"]["application/json"]["schema"],
                schemas: &document["components"]["schemas"],
            });
        }
    }
    found
}

/// Sends one request and looks at the answer; its code.
async fn attempt(app: &Router, operation: &Operation<'_>, random: &mut Random) -> u16 {
    let mut path = operation.path.to_owned();
    let mut query = form_urlencoded::Serializer::new(String::new());
    let mut watches = false;
    for parameter in &operation.parameters {
        let name = parameter["name"].as_str().unwrap();
        if parameter["in"] == "path" {
            path = path.replace(&format!("{{{name}}}"), &random.name());
        } else if random.chance(25) {
            let value = random.parameter(name, &parameter["schema"]);
            // A watch answers until its time is over; its beginning is enough.
            watches |= matches!(name, "watch" | "follow") && value != "false";
            query.append_pair(name, &value);
        }
    }
    let (media, body) = match operation.body {
        Some(body) => random.body(body, operation.answer, operation.schemas),
        None => (String::new(), Vec::new()),
    };
    let line = format!("{} {path}?{}", operation.method, query.finish());
    let mut request = Request::builder().method(operation.method.as_str());
    request = request.uri(format!("{ROOT}{}", line.split_once(' ').unwrap().1));
    if !media.is_empty() {
        request = request.header("content-type", &media);
    }
    let response = app.clone().oneshot(request.body(Body::from(body.clone())).unwrap()).await.unwrap();
    let code = response.status().as_u16();
    if watches && code == 200 {
        return code;
    }
    let answer = response.into_body().collect().await.unwrap().to_bytes();
    let shown = || format!("{line} {media}\n{}\n{}", String::from_utf8_lossy(&body), String::from_utf8_lossy(&answer));
    let status: Value = serde_json::from_slice(&answer).unwrap_or_default();
    // A revision that is not there yet is Kubernetes' one 504.
    assert!(code < 500 || (code == 504 && status["reason"] == "Timeout"), "{code}: {}", shown());
    if code >= 400 {
        assert!(status["kind"] == "Status" && status["code"] == code, "{code} is not a Status: {}", shown());
    }
    code
}

async fn json(app: &Router, method: &str, path: &str) -> Value {
    let request = Request::builder().method(method).uri(format!("{ROOT}{path}")).body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap()
}

/// Bytes of this process in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
