//! The focus of what opens above the page: taken when it opens, given back when it closes.

use super::flow::effect;
use leptos::html::ElementType;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Moves the focus into an element once it is there. When the calling component goes, the focus returns to where it
/// was, unless the user has put it somewhere else.
pub fn hold<E>(node: NodeRef<E>)
where
    E: ElementType + 'static,
    E::Output: JsCast + AsRef<HtmlElement> + Clone + 'static,
{
    let before = StoredValue::new_local(focused());
    effect(move || {
        if let Some(element) = node.get() {
            let element: &HtmlElement = element.as_ref();
            let _ = element.focus();
        }
    });
    on_cleanup(move || {
        let own = node.get_untracked();
        let lost = focused().is_none_or(|now| {
            now.tag_name() == "BODY"
                || own.is_some_and(|own| AsRef::<HtmlElement>::as_ref(&own).contains(Some(now.as_ref())))
        });
        if let (true, Some(Some(before))) = (lost, before.try_get_value()) {
            let _ = before.focus();
        }
    });
}

fn focused() -> Option<HtmlElement> {
    web_sys::window()?.document()?.active_element()?.dyn_into().ok()
}
