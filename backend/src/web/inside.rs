//! The API as a sandbox sees it from inside: at the root, as in any cluster, so that in-cluster clients find it.

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use tower::ServiceExt;

use crate::auth::guard::Within;

/// `router`, with every path that names no sandbox taken as the sandbox's own.
pub fn router(router: Router, sandbox: &str) -> Router {
    let root = format!("/sandboxes/{sandbox}");
    let within = Within(sandbox.to_owned());
    Router::new().fallback(move |mut request: Request| {
        let (router, root, within) = (router.clone(), root.clone(), within.clone());
        async move {
            if !request.uri().path().starts_with("/sandboxes/")
                && let Some(uri) = below(&root, request.uri())
            {
                *request.uri_mut() = uri;
                request.extensions_mut().insert(within);
            }
            router.oneshot(request).await
        }
    })
}

fn below(root: &str, uri: &Uri) -> Option<Uri> {
    let path = uri.path_and_query().map_or("/", |p| p.as_str());
    format!("{root}{path}").parse().ok()
}
