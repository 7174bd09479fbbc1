//! What was done in the lessons, kept in this browser, for each sandbox.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::net::sandbox;
use crate::ui::{remember, remembered};

/// The steps that were done, and what was answered, by their places: the same ones in every language.
#[derive(Clone, Copy)]
pub struct Progress(RwSignal<BTreeMap<String, Vec<usize>>>);

impl Progress {
    /// What this browser remembers of this sandbox.
    pub fn load() -> Self {
        let known = remembered(&key()).and_then(|text| serde_json::from_str(&text).ok());
        Self(RwSignal::new(known.unwrap_or_default()))
    }

    /// What is known of a place: the choices taken, by their places; none of a step. `None` where nothing was done.
    pub fn of(self, place: &str) -> Option<Vec<usize>> {
        self.0.with(|done| done.get(place).cloned())
    }

    /// A step is done, or a question answered.
    pub fn add(self, place: &str, answer: Vec<usize>) {
        self.change(|done| drop(done.insert(place.to_owned(), answer)));
    }

    /// A step is to be done again.
    pub fn forget(self, place: &str) {
        self.change(|done| drop(done.remove(place)));
    }

    /// All is to be done again.
    pub fn clear(self) {
        self.change(BTreeMap::clear);
    }

    fn change(self, change: impl FnOnce(&mut BTreeMap<String, Vec<usize>>)) {
        self.0.update(change);
        if let Ok(text) = self.0.with_untracked(serde_json::to_string) {
            remember(&key(), &text);
        }
    }
}

fn key() -> String {
    format!("progress.{}", sandbox())
}
