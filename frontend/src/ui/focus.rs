//! The focus of what opens above the page: taken when it opens, given back when it closes.

use super::element::Held;
use super::flow::effect;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Moves the focus into an element once it is there. When the calling component goes, the focus returns to where it
/// was, unless the user has put it somewhere else.
pub fn hold(node: Held) {
    let before = StoredValue::new_local(focused());
    effect(move || {
        if let Some(element) = node.get() {
            let _ = element.focus();
        }
    });
    on_cleanup(move || {
        let own = node.get_untracked();
        let lost = focused()
            .is_none_or(|now| now.tag_name() == "BODY" || own.is_some_and(|own| own.contains(Some(now.as_ref()))));
        if let (true, Some(Some(before))) = (lost, before.try_get_value()) {
            let _ = before.focus();
        }
    });
}

fn focused() -> Option<HtmlElement> {
    web_sys::window()?.document()?.active_element()?.dyn_into().ok()
}
