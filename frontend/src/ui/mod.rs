//! What the panes share: the app's frame, and small things of the browser.

pub mod app;
pub mod element;
pub mod flow;
pub mod focus;
pub mod http;
pub mod splitter;
pub mod tabs;
pub mod theme;
pub mod timeline;
pub mod topbar;
pub mod tour;
pub mod view;

use crate::signal::RwSignal;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
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

/// Forgets a small thing again.
pub fn forget(name: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&format!("podground.{name}"));
    }
}

/// Puts a text into the clipboard; `done` says so for a moment.
pub fn copy(text: &str, done: RwSignal<bool>) {
    let Some(clipboard) = web_sys::window().map(|w| w.navigator().clipboard()) else { return };
    let written = clipboard.write_text(text);
    spawn_local(async move {
        if JsFuture::from(written).await.is_ok() {
            done.set(true);
            pause(1500).await;
            done.set(false);
        }
    });
}

/// Gives the user a text as a file.
pub fn download(name: &str, text: &str) {
    let parts = js_sys::Array::of1(&text.into());
    let address =
        web_sys::Blob::new_with_str_sequence(&parts).and_then(|b| web_sys::Url::create_object_url_with_blob(&b));
    let document = web_sys::window().and_then(|w| w.document());
    let link =
        document.and_then(|d| d.create_element("a").ok()).and_then(|a| a.dyn_into::<web_sys::HtmlElement>().ok());
    if let (Some(link), Ok(address)) = (link, address) {
        let _ = link.set_attribute("href", &address);
        let _ = link.set_attribute("download", name);
        link.click();
        let _ = web_sys::Url::revoke_object_url(&address);
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
