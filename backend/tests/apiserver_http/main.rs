//! The API server over plain HTTP: what comes in broken goes out as a Status.

#![allow(clippy::unwrap_used)]

mod anonymous;
mod groups;
mod lists;
#[path = "../serving/mod.rs"]
mod serving;
mod watches;
mod yaml;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

const JSON: &str = "application/json";

/// Sends a request; `line` is a method and a path within the sandbox.
async fn send(app: &Router, line: &str, media: &str, body: impl Into<Body>) -> (StatusCode, Value) {
    let (method, path) = line.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(format!("/sandboxes/default{path}"));
    if !media.is_empty() {
        request = request.header("content-type", media);
    }
    let response = app.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into()))
}

/// A request line, its media type and body; the code, reason and message that come back.
type Case<'a> = (&'a str, &'a str, &'a [u8], u16, &'a str, &'a str);

/// Makes requests that must be refused.
async fn check(cases: &[Case<'_>]) {
    let (app, _cancel) = serving::app().await;
    let pod = json!({"metadata": {"name": "there"}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
    let made = send(&app, "POST /api/v1/namespaces/default/pods", JSON, pod.to_string()).await;
    assert_eq!(made.0, 201, "{}", made.1);
    let mut wrong = String::new();
    for (line, media, body, code, reason, message) in cases {
        let (status, answer) = send(&app, line, media, body.to_vec()).await;
        let text = |field: &str| answer[field].as_str().unwrap_or_default();
        let found = (status.as_u16(), text("reason"), text("message"));
        // The message may end in what differs from run to run.
        let fits = (found.0, found.1) == (*code, *reason) && found.2.starts_with(message);
        if !fits || text("kind") != "Status" {
            let body = String::from_utf8_lossy(&body[..body.len().min(80)]);
            wrong += &format!("{line} {body}\n  expected {code} {reason}: {message}\n  found    {found:?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let (_, pods) = send(&app, "GET /api/v1/pods", "", "").await;
    assert_eq!(pods["items"].as_array().unwrap().len(), 1, "nothing half-made is left");
}

const PODS: &str = "POST /api/v1/namespaces/default/pods";
const THERE: &str = "PATCH /api/v1/namespaces/default/pods/there";

#[tokio::test]
async fn paths_methods_and_queries() {
    const NO_PATH: &str = "the server could not find the requested resource";
    const NO_METHOD: &str = "the server does not allow this method on the requested resource";
    let no_path = |line| (line, "", &b""[..], 404, "NotFound", NO_PATH);
    let no_method = |line| (line, JSON, &b"{}"[..], 405, "MethodNotAllowed", NO_METHOD);
    check(&[
        no_path("GET /nothing"),
        no_path("GET /api/v2"),
        no_path("GET /api/v1/things"),
        no_path("GET /apis/apps/v1/deployments"),
        no_path("GET /api/v1/namespaces/default/pods/there/nothing"),
        no_path("GET /api/v1/pods/there"),
        no_path("GET /api/v1/namespaces/default/nodes/n"),
        no_path("GET /api/v1/namespaces/default/pods/%zz"),
        no_method("POST /api/v1/namespaces/default/pods/there"),
        no_method("PUT /api/v1/namespaces/default/pods"),
        no_method("DELETE /api/v1/namespaces"),
        no_method("POST /api/v1/pods"),
        no_method("DELETE /version"),
        no_method("GET /api/v1/namespaces/default/pods/there/binding"),
        ("GET /api/v1/namespaces/default/pods/nobody", "", b"", 404, "NotFound", "pods \"nobody\" not found"),
        (
            "GET /apis/coordination.k8s.io/v1/namespaces/x/leases/y",
            "",
            b"",
            404,
            "NotFound",
            "leases.coordination.k8s.io \"y\" not found",
        ),
        ("GET /api/v1/namespaces/default/pods/a%2F..%2Fb", "", b"", 404, "NotFound", "pods \"a/../b\" not found"),
        ("GET /api/v1/pods?limit=x", "", b"", 400, "BadRequest", "strconv.ParseInt: parsing \"x\": invalid syntax"),
        (
            "GET /api/v1/pods?labelSelector=a+in+b",
            "",
            b"",
            400,
            "BadRequest",
            "unable to parse requirement: found 'b' expected: '('",
        ),
        ("GET /api/v1/pods?fieldSelector=spec.x%3D1", "", b"", 400, "BadRequest", "field label not supported: spec.x"),
        (
            "GET /api/v1/configmaps?fieldSelector=data.x%3D1",
            "",
            b"",
            400,
            "BadRequest",
            "\"data.x\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
        ),
        (
            "GET /api/v1/pods?resourceVersion=x",
            "",
            b"",
            400,
            "BadRequest",
            "resourceVersion: Invalid value: \"x\": strconv.ParseUint: parsing \"x\": invalid syntax",
        ),
        (
            "GET /api/v1/pods?resourceVersion=0&resourceVersionMatch=Exact",
            "",
            b"",
            422,
            "Invalid",
            "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is \
             forbidden for resourceVersion \"0\"",
        ),
        (
            "GET /api/v1/pods?resourceVersionMatch=NotOlderThan",
            "",
            b"",
            422,
            "Invalid",
            "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden \
             unless resourceVersion is provided",
        ),
        (
            "GET /api/v1/pods?watch=1&sendInitialEvents=true",
            "",
            b"",
            422,
            "Invalid",
            "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires \
             setting resourceVersionMatch to NotOlderThan",
        ),
        (
            "GET /api/v1/pods?continue=abc",
            "",
            b"",
            400,
            "BadRequest",
            "continue key is not valid: the token was not made here",
        ),
    ])
    .await;
}

#[tokio::test]
async fn bodies() {
    let deep = format!("{{\"metadata\":{}1{}}}", "{\"a\":".repeat(200), "}".repeat(200));
    let huge = format!("{{\"data\":{{\"a\":\"{}\"}}}}", "x".repeat(3 << 20));
    let unreadable = |why: &'static str| (PODS, JSON, 400, "BadRequest", why);
    let of = |(line, media, code, reason, message), body: &'static [u8]| (line, media, body, code, reason, message);
    check(&[
        ("POST /api/v1/namespaces/default/serviceaccounts/default/token", JSON, &b"[]"[..], 400, "BadRequest", ""),
        of(
            unreadable(
                "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: \
                 unexpected end of JSON input (<empty>)",
            ),
            b"",
        ),
        of(
            unreadable(
                "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: \
                 invalid character 'x' looking for beginning of value (78)",
            ),
            b"x",
        ),
        of(
            unreadable(
                "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: \
                 unexpected end of JSON input ({\"metadata\": {\"name\": \"a long  ...)",
            ),
            b"{\"metadata\": {\"name\": \"a long name",
        ),
        of(
            unreadable(
                "the API version in the data (v2) does not match the expected API version (v1)",
            ),
            b"{\"apiVersion\": \"v2\", \"kind\": \"Pod\"}",
        ),
        of(
            unreadable(
                "ConfigMap in version \"v1\" cannot be handled as a Pod: converting (v1.ConfigMap) to (core.Pod): unknown \
                 conversion",
            ),
            b"{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\"}",
        ),
        of(
            unreadable(
                "Pod in version \"v1\" cannot be handled as a Pod: json: cannot unmarshal string into Go struct field \
                 PodSpec.spec.containers of type v1.Container",
            ),
            b"{\"spec\": {\"containers\": [\"x\"]}}",
        ),
        (
            PODS,
            "text/plain",
            b"{}",
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: application/json, \
             application/yaml, application/vnd.kubernetes.protobuf",
        ),
        (
            THERE,
            JSON,
            b"{}",
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: \
             application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, \
             application/apply-patch+yaml",
        ),
        (
            "POST /api/v1/namespaces/default/configmaps",
            JSON,
            huge.as_bytes(),
            413,
            "RequestEntityTooLarge",
            "Request entity too large: limit is 3145728",
        ),
        (
            "POST /api/v1/namespaces/default/pods?dryRun=Some",
            JSON,
            b"{}",
            422,
            "Invalid",
            "CreateOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: [\"Some\"]: supported values: \"All\"",
        ),
        (
            "POST /api/v1/namespaces/default/pods?fieldValidation=Sometimes",
            JSON,
            b"{}",
            422,
            "Invalid",
            "CreateOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value: \"Sometimes\": supported \
             values: \"\", \"Ignore\", \"Strict\", \"Warn\"",
        ),
        (
            "DELETE /api/v1/namespaces/default/pods/there",
            JSON,
            b"{\"gracePeriodSeconds\": \"soon\"}",
            400,
            "BadRequest",
            "DeleteOptions in version \"v1\" cannot be handled as a DeleteOptions: json: cannot unmarshal string into Go \
             struct field DeleteOptions.gracePeriodSeconds of type int64",
        ),
        (
            "DELETE /api/v1/namespaces/default/pods/there",
            JSON,
            b"{\"propagationPolicy\": \"Sideways\"}",
            422,
            "Invalid",
            "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"Sideways\": supported \
             values: \"Background\", \"Foreground\", \"Orphan\", \"nil\"",
        ),
        (
            "DELETE /api/v1/namespaces/default/pods/there",
            JSON,
            b"{\"preconditions\": {\"uid\": \"other\"}}",
            409,
            "Conflict",
            "Operation cannot be fulfilled on pods \"there\": Precondition failed: UID in precondition: other, UID in \
             object meta: ",
        ),
    ]
    .map(|(line, media, body, code, reason, message)| (line, media, body, code, reason, message)))
    .await;
    let (app, _cancel) = serving::app().await;
    for body in [deep.as_bytes(), b"\xff\xfe", b"[]", b"null", b"\"x\"", b"1", b"{\"metadata\": []}"] {
        let (status, answer) = send(&app, PODS, JSON, body.to_vec()).await;
        assert_eq!((status.as_u16(), &answer["kind"]), (400, &json!("Status")), "{answer}");
    }
}

#[tokio::test]
async fn patches() {
    const MERGE: &str = "application/merge-patch+json";
    const STRATEGIC: &str = "application/strategic-merge-patch+json";
    const PATCH: &str = "application/json-patch+json";
    const APPLY: &str = "application/apply-patch+yaml";
    const UNFIT: &str = "the server rejected our request due to an error in our request";
    let apply = "PATCH /api/v1/namespaces/default/pods/there?fieldManager=x";
    check(&[
        (THERE, PATCH, b"{}", 400, "BadRequest", "json: cannot unmarshal object into Go value of type jsonpatch.Patch"),
        (THERE, PATCH, b"{", 400, "BadRequest", "unexpected end of JSON input"),
        (THERE, PATCH, b"[{op: test}]", 400, "BadRequest", "invalid character 'o' looking for beginning of object key string"),
        (THERE, STRATEGIC, b"metadata: {}", 400, "BadRequest", "invalid character 'm' looking for beginning of value"),
        (
            THERE,
            MERGE,
            b"metadata: {}",
            400,
            "BadRequest",
            "error decoding patch: invalid character 'm' looking for beginning of value",
        ),
        (THERE, PATCH, b"[{\"op\": \"remove\", \"path\": \"/nothing\"}]", 422, "Invalid", UNFIT),
        (THERE, PATCH, b"[{\"op\": \"test\", \"path\": \"/kind\", \"value\": \"x\"}]", 422, "Invalid", UNFIT),
        (
            THERE,
            MERGE,
            b"[]",
            400,
            "BadRequest",
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
        (
            THERE,
            MERGE,
            b"{\"metadata\": {\"name\": \"other\"}}",
            400,
            "BadRequest",
            "the name of the object (other) does not match the name on the URL (there)",
        ),
        (
            THERE,
            MERGE,
            b"{\"metadata\": {\"namespace\": \"other\"}}",
            400,
            "BadRequest",
            "the namespace of the object (other) does not match the namespace on the request (default)",
        ),
        (
            THERE,
            STRATEGIC,
            b"{\"spec\": {\"containers\": \"x\"}}",
            422,
            "Invalid",
            " \"\" is invalid: patch: Invalid value: \"map[spec:map[containers:x]]\": cannot restore slice from string",
        ),
        (
            "PATCH /api/v1/namespaces/default/pods/there",
            APPLY,
            b"{}",
            422,
            "Invalid",
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch",
        ),
        (
            "PATCH /api/v1/namespaces/default/pods/there?force=true",
            MERGE,
            b"{}",
            422,
            "Invalid",
            "PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for non-apply patch",
        ),
        (apply, APPLY, b"a: [", 400, "BadRequest", "error decoding YAML: "),
        (apply, APPLY, b"a: b", 400, "BadRequest", "invalid object type: /, Kind="),
        (
            apply,
            APPLY,
            b"{apiVersion: v1, kind: Pod, spec: {contaners: []}}",
            400,
            "BadRequest",
            "failed to create typed patch object (default/there; /v1, Kind=Pod): .spec.contaners: field not declared in \
             schema",
        ),
        (
            apply,
            APPLY,
            b"{apiVersion: v1, kind: Pod, metadata: {managedFields: [{}]}}",
            400,
            "BadRequest",
            "metadata.managedFields must be nil",
        ),
    ])
    .await;
}
