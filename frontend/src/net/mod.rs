//! Talking to the server: HTTP, streams, WebSockets. Decides nothing.

pub mod http;
pub mod playground;
pub mod recipe;
pub mod socket;
pub mod transport;
pub mod watch;

/// The sandbox that this page is about: `?sandbox=name`, else `default`.
pub fn sandbox() -> String {
    let query = web_sys::window().and_then(|w| w.location().search().ok()).unwrap_or_default();
    let pairs = shared::api::paths::query(query.trim_start_matches('?'));
    pairs
        .into_iter()
        .find(|(name, value)| name == "sandbox" && !value.is_empty())
        .map_or_else(|| "default".into(), |p| p.1)
}

/// The API's root of the page's sandbox.
pub fn root() -> String {
    format!("/sandboxes/{}", sandbox())
}

/// This server: `http://127.0.0.1:8080`.
pub fn origin() -> String {
    web_sys::window().and_then(|w| w.location().origin().ok()).unwrap_or_default()
}

/// Where a Pod's port answers: an origin of its own, on this server's port.
pub fn preview_address(namespace: &str, pod: &str, port: u16) -> String {
    let origin = origin();
    let (scheme, host) = origin.split_once("://").unwrap_or(("http", ""));
    let own = host.rsplit_once(':').map_or("", |(_, port)| port);
    format!("{scheme}://{port}.{pod}.{namespace}.{}.localhost:{own}/", sandbox())
}

/// A WebSocket's address on this server.
pub fn socket_address(path: &str) -> String {
    let location = web_sys::window().map(|w| w.location());
    let part = |read: fn(&web_sys::Location) -> Result<String, wasm_bindgen::JsValue>| {
        location.as_ref().and_then(|l| read(l).ok()).unwrap_or_default()
    };
    let scheme = if part(web_sys::Location::protocol) == "https:" { "wss" } else { "ws" };
    format!("{scheme}://{}{path}", part(web_sys::Location::host))
}
