//! What the panes share: the app's frame, and small things of the browser.

pub mod app;
pub mod drawer;
pub mod topbar;

use wasm_bindgen_futures::JsFuture;

/// Waits.
pub async fn pause(milliseconds: u32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(
                &resolve,
                i32::try_from(milliseconds).unwrap_or(i32::MAX),
            );
        }
    });
    let _ = JsFuture::from(promise).await;
}

/// A small thing remembered in this browser.
pub fn remembered(name: &str) -> Option<String> {
    storage()?.get_item(&format!("podground.{name}")).ok()?
}

/// Remembers a small thing in this browser.
pub fn remember(name: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(&format!("podground.{name}"), value);
    }
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// Asks the user yes or no.
pub fn confirm(question: &str) -> bool {
    web_sys::window().is_some_and(|w| w.confirm_with_message(question).unwrap_or(false))
}

/// Asks the user for a line of text.
pub fn ask(question: &str, proposal: &str) -> Option<String> {
    web_sys::window()?.prompt_with_message_and_default(question, proposal).ok()?.filter(|t| !t.trim().is_empty())
}
