//! What was done in the lessons, kept in this browser, for each sandbox.

use std::collections::BTreeMap;

use crate::net::sandbox;
use crate::signal::RwSignal;
use crate::ui::{remember, remembered};
use serde_json::Value;
use shared::api::json;

/// The steps that were done, and what was answered, by their places: the same ones in every language.
#[derive(Clone, Copy)]
pub struct Progress(RwSignal<BTreeMap<String, Vec<usize>>>);

impl Progress {
    /// What this browser remembers of this sandbox.
    pub fn load() -> Self {
        let known = remembered(&key()).and_then(|text| json::read(text.as_bytes()).ok()).unwrap_or_default();
        let choice = |number: &Value| number.as_u64().and_then(|number| usize::try_from(number).ok());
        let answer = |answer: &Value| answer.as_array().map(|all| all.iter().filter_map(choice).collect());
        let places = known.as_object().into_iter().flatten();
        Self(RwSignal::new(places.filter_map(|(place, value)| Some((place.clone(), answer(value)?))).collect()))
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
        let known: Value = self.0.with_untracked(|done| {
            done.iter().map(|(place, answer)| (place.clone(), Value::from(answer.clone()))).collect()
        });
        remember(&key(), &known.to_string());
    }
}

fn key() -> String {
    format!("progress.{}", sandbox())
}
