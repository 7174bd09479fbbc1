//! Which steps were done, kept in this browser, for each sandbox.

use std::collections::BTreeSet;

use leptos::prelude::*;

use crate::net::sandbox;
use crate::ui::{remember, remembered};

/// A step of a lesson: the same one in every language.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// The lesson: `01-pod`.
    pub lesson: String,
    /// Counted from 0.
    pub step: usize,
}

/// The steps that were done.
#[derive(Clone, Copy)]
pub struct Progress(RwSignal<BTreeSet<Place>>);

impl Progress {
    /// What this browser remembers of this sandbox.
    pub fn load() -> Self {
        let known = remembered(&key()).and_then(|text| serde_json::from_str(&text).ok());
        Self(RwSignal::new(known.unwrap_or_default()))
    }

    /// Whether a step was done.
    pub fn has(self, place: &Place) -> bool {
        self.0.with(|done| done.contains(place))
    }

    /// A step is done.
    pub fn add(self, place: &Place) {
        self.0.update(|done| {
            done.insert(place.clone());
        });
        self.save();
    }

    /// A step is to be done again.
    pub fn forget(self, place: &Place) {
        self.0.update(|done| {
            done.remove(place);
        });
        self.save();
    }

    fn save(self) {
        if let Ok(text) = self.0.with_untracked(serde_json::to_string) {
            remember(&key(), &text);
        }
    }
}

fn key() -> String {
    format!("progress.{}", sandbox())
}
