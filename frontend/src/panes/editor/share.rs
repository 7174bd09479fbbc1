//! A link that carries a manifest in its fragment: no server sees it, and whoever opens it has the file in the editor.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use shared::api::paths::{encode, query};

use crate::state::App;

/// The page's address with a file in it.
pub fn link(path: &str, text: &str) -> String {
    let location = web_sys::window().map(|w| w.location());
    let read = |part: fn(&web_sys::Location) -> Result<String, wasm_bindgen::JsValue>| {
        location.as_ref().and_then(|l| part(l).ok()).unwrap_or_default()
    };
    let text = URL_SAFE_NO_PAD.encode(text);
    format!(
        "{}{}{}#file={}&text={text}",
        read(web_sys::Location::origin),
        read(web_sys::Location::pathname),
        read(web_sys::Location::search),
        encode(path)
    )
}

/// Opens the file that the page's own address carries, unsaved: nothing is written or run unasked. The address then
/// loses it, so that a reload does not bring it again.
pub fn open_shared(app: App) {
    let Some(window) = web_sys::window() else { return };
    let fragment = window.location().hash().unwrap_or_default();
    let pairs = query(fragment.trim_start_matches('#'));
    let find = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let (Some(path), Some(packed)) = (find("file"), find("text")) else { return };
    let text = URL_SAFE_NO_PAD.decode(packed).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    if let Some(text) = text {
        app.propose(path.trim_start_matches('/'), &text);
        app.pane.set("editor");
    }
    let place = [window.location().pathname(), window.location().search()].map(Result::unwrap_or_default).concat();
    if let Ok(history) = window.history() {
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&place));
    }
}
