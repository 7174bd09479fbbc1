//! Light or dark: as the system is, until the user says otherwise.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use super::{forget, remember, remembered};
use crate::signal::RwSignal;

/// The page's theme.
#[derive(Clone, Copy)]
pub struct Theme {
    system_dark: RwSignal<bool>,
    chosen_dark: RwSignal<Option<bool>>,
}

impl Theme {
    /// What this browser remembers; else follows the system, also when that changes.
    pub fn new() -> Self {
        let query = web_sys::window().and_then(|w| w.match_media("(prefers-color-scheme: dark)").ok().flatten());
        let system_dark = RwSignal::new(query.as_ref().is_some_and(web_sys::MediaQueryList::matches));
        if let Some(query) = query {
            let watched = query.clone();
            // For as long as the page lives.
            let changed = Closure::<dyn Fn()>::new(move || system_dark.set(watched.matches())).into_js_value();
            query.set_onchange(Some(changed.unchecked_ref()));
        }
        Self { system_dark, chosen_dark: RwSignal::new(remembered("theme").map(|theme| theme == "dark")) }
    }

    /// Whether the page is dark.
    pub fn is_dark(self) -> bool {
        self.chosen_dark.get().unwrap_or_else(|| self.system_dark.get())
    }

    /// Switches. Back at what the system has, the page follows it again.
    pub fn switch(self) {
        let dark = !untrack(|| self.is_dark());
        if dark == self.system_dark.get_untracked() {
            self.chosen_dark.set(None);
            forget("theme");
        } else {
            self.chosen_dark.set(Some(dark));
            remember("theme", if dark { "dark" } else { "light" });
        }
    }
}
