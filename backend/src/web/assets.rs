//! The web app's files, built into the binary. Names with a hash in them are kept by browsers for good; every path
//! that names no file is the page itself, whose router knows the rest.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;

/// One file of the web app.
struct File {
    path: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
}

static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/web_files.rs"));

const NOT_BUILT: &str = "<!doctype html><title>Podground</title><p>This podground was built without its web app. \
    <code>cargo xtask setup</code> builds it with one. The APIs are served all the same.";

/// What the page may do: only what this server serves, WebSockets to it, and frames of what answers in Pods.
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-src http://*.localhost:*; frame-ancestors 'none'; base-uri 'none'";

/// Serves a file of the page, or the page.
pub async fn serve(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    if FILES.is_empty() {
        return Html(NOT_BUILT).into_response();
    }
    let find = |path: &str| FILES.iter().find(|f| f.path == path);
    match find(path) {
        Some(file) => respond(file, request.headers()),
        // A missing script or style is missing; anything else is one of the page's own routes.
        None if path.rsplit('/').next().is_some_and(|name| name.contains('.')) => StatusCode::NOT_FOUND.into_response(),
        None => {
            find("index.html").map_or_else(|| StatusCode::NOT_FOUND.into_response(), |f| respond(f, request.headers()))
        }
    }
}

fn respond(file: &'static File, request: &HeaderMap) -> Response {
    let accepts = request.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let brotli = file.brotli.filter(|_| accepts.split(',').any(|e| e.trim().starts_with("br")));
    let mut response = Response::new(Bytes::from_static(brotli.unwrap_or(file.plain)).into());
    let headers = response.headers_mut();
    let mut set = |name, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_TYPE, content_type(file.path));
    set(header::VARY, "accept-encoding");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::CACHE_CONTROL, if is_hashed(file.path) { "public, max-age=31536000, immutable" } else { "no-cache" });
    if file.path == "index.html" {
        set(header::CONTENT_SECURITY_POLICY, POLICY);
    }
    if brotli.is_some() {
        set(header::CONTENT_ENCODING, "br");
    }
    response
}

/// `app-1a2b3c4d.js`: eight or more hex digits behind the last dash.
fn is_hashed(path: &str) -> bool {
    let stem = path.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
    stem.rsplit_once('-').is_some_and(|(_, hash)| hash.len() >= 8 && hash.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "md" => "text/markdown; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hashed_names_are_kept_for_good() {
        for (path, hashed) in [
            ("index.html", false),
            ("app-1a2b3c4d.js", true),
            ("chunks/editor-ABCDEFGH.css", true),
            ("lessons/en/01-pod-basics.md", false),
        ] {
            assert_eq!(is_hashed(path), hashed, "{path}");
        }
    }
}
