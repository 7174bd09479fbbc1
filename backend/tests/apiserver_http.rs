//! The API server over plain HTTP: what comes in broken goes out as a Status, and what may be read of lists and
//! watches.

#![allow(clippy::unwrap_used)]

mod serving;

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
            400,
            "BadRequest",
            "Pod in version \"v1\" cannot be handled as a Pod: json: cannot unmarshal string into Go struct field \
             PodSpec.spec.containers of type []v1.Container",
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
