//! Lists of tabs by keyboard, as WAI-ARIA's pattern has it: one Tab stop, arrows move within, Enter chooses.

use leptos::ev::KeyboardEvent;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// A tab list's keys. The focus moves; what a tab shows may take time to load, so choosing is left to Enter.
pub fn tab_keys(event: &KeyboardEvent) {
    let list = event.current_target().and_then(|t| t.dyn_into::<HtmlElement>().ok());
    let Some(found) = list.and_then(|list| list.query_selector_all("[role=tab]").ok()) else { return };
    let tabs: Vec<HtmlElement> = (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect();
    let focused = web_sys::window().and_then(|w| w.document()).and_then(|d| d.active_element());
    let Some(at) = tabs.iter().position(|tab| Some(tab.as_ref()) == focused.as_ref()) else { return };
    let next = match event.key().as_str() {
        "ArrowRight" | "ArrowDown" => (at + 1) % tabs.len(),
        "ArrowLeft" | "ArrowUp" => (at + tabs.len() - 1) % tabs.len(),
        "Home" => 0,
        "End" => tabs.len() - 1,
        _ => return,
    };
    event.prevent_default();
    let _ = tabs[next].focus();
}

/// Where a tab stands in the page's Tab order: only the chosen one has a place.
pub const fn tab_stop(chosen: bool) -> &'static str {
    if chosen { "0" } else { "-1" }
}
