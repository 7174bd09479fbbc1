//! Bodies and answers in YAML: 1.1, by go-yaml's rules and words.

use serde_json::json;

use super::{check, send};

const YAML: &str = "application/yaml";
const APPLY: &str = "application/apply-patch+yaml";

#[tokio::test]
async fn objects_come_and_go_as_yaml() {
    let (app, _cancel) = super::serving::app().await;
    let text = "# one\nmetadata:\n  name: a\ndata:\n  word: \"yes\"\n  lines: |\n    1\n    2\n";
    let (status, made) = send(&app, "POST /api/v1/namespaces/default/configmaps", YAML, text).await;
    assert_eq!((status.as_u16(), &made["data"]), (201, &json!({"word": "yes", "lines": "1\n2\n"})), "{made}");
    let request = axum::http::Request::builder().uri("/sandboxes/default/api/v1/namespaces/default/configmaps/a");
    let request = request.header("accept", YAML).body(axum::body::Body::empty()).unwrap();
    let answer = tower::ServiceExt::oneshot(app, request).await.unwrap();
    assert_eq!(answer.headers()["content-type"], YAML);
    let bytes = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap().to_bytes();
    let start = "apiVersion: v1\ndata:\n  lines: |\n    1\n    2\n  word: \"yes\"\nkind: ConfigMap\nmetadata:\n";
    assert!(bytes.starts_with(start.as_bytes()), "{}", String::from_utf8_lossy(&bytes));
}

#[tokio::test]
async fn what_is_wrong_with_yaml_is_said_as_go_says_it() {
    const PODS: &str = "POST /api/v1/namespaces/default/pods";
    let there = "PATCH /api/v1/namespaces/default/pods/there?fieldManager=x";
    let unreadable = "the object provided is unrecognized (must be of type Pod): ";
    check(&[
        (
            PODS,
            YAML,
            b"metadata: {name: p, labels: {a: y}}",
            400,
            "BadRequest",
            "Pod in version \"v1\" cannot be handled as a Pod: json: cannot unmarshal bool into Go struct field \
             ObjectMeta.metadata.labels of type string",
        ),
        (
            PODS,
            YAML,
            b"a: [",
            400,
            "BadRequest",
            &format!("{unreadable}yaml: line 1: did not find expected node content (613a205b)"),
        ),
        (
            PODS,
            YAML,
            b"- a",
            400,
            "BadRequest",
            &format!(
                "{unreadable}couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of \
                 type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \
                 \"json:\\\"kind,omitempty\\\"\" }} (2d2061)"
            ),
        ),
        (
            there,
            APPLY,
            b"a: [",
            400,
            "BadRequest",
            "error decoding YAML: error converting YAML to JSON: yaml: line 1: did not find expected node content",
        ),
        (
            there,
            APPLY,
            b"- a",
            400,
            "BadRequest",
            "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value \
             of type map[string]interface {}",
        ),
    ])
    .await;
}
