//! The API as a sandbox sees it from inside: at the root, as in any cluster, so that in-cluster clients find it.

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use tower::ServiceExt;

/// `router`, with every path that names no sandbox taken as the sandbox's own.
pub fn router(router: Router, sandbox: &str) -> Router {
    let root = format!("/sandboxes/{sandbox}");
    Router::new().fallback(move |mut request: Request| {
        let (router, root) = (router.clone(), root.clone());
        async move {
            if !request.uri().path().starts_with("/sandboxes/")
                && let Some(uri) = below(&root, request.uri())
            {
                *request.uri_mut() = uri;
            }
            router.oneshot(request).await
        }
    })
}

fn below(root: &str, uri: &Uri) -> Option<Uri> {
    let path = uri.path_and_query().map_or("/", |p| p.as_str());
    format!("{root}{path}").parse().ok()
}
