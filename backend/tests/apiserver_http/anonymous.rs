//! Who comes to a sandbox's own address with a token, with a wrong one, with none.

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use podground::auth::{Identity, Tokens, guard};
use podground::web::inside;
use serde_json::Value;
use tower::ServiceExt;

#[tokio::test]
async fn without_a_token_only_the_version_is_told() {
    let (app, _cancel) = super::serving::app_without_identity().await;
    let tokens = Tokens::default();
    tokens.insert("good", Identity::admin_of("default"));
    let app = inside::router(app.layer(axum::middleware::from_fn_with_state(tokens, guard::token)), "default");
    let listing = r#"pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope"#;
    for (token, path, code, message) in [
        ("good", "/api/v1/pods", 200, ""),
        ("bad", "/api/v1/pods", 401, "Unauthorized"),
        ("bad", "/version", 401, "Unauthorized"),
        ("", "/api/v1/pods", 403, listing),
        ("", "/api", 403, r#"forbidden: User "system:anonymous" cannot get path "/api""#),
        ("", "/version", 200, ""),
        ("", "/readyz", 200, ""),
        // By its whole path it is no longer the address's own, and whether another exists is nobody's to know.
        (
            "",
            "/sandboxes/default/version",
            403,
            r#"forbidden: User "system:anonymous" cannot get path "/sandboxes/default/version""#,
        ),
        (
            "",
            "/sandboxes/other/version",
            403,
            r#"forbidden: User "system:anonymous" cannot get path "/sandboxes/other/version""#,
        ),
    ] {
        let mut request = Request::builder().uri(path);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let found = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        let told = answer["message"].as_str().unwrap_or_default();
        assert_eq!((found, told), (code, message), "{token} {path}");
    }
}
