//! Lists, conditions and effects as Leptos has them, but compiled once and not once a use: what differs between uses is
//! behind a pointer.

use std::rc::Rc;

use leptos::prelude::*;

use super::view::{Row, ToView, View};
use crate::signal::Memo;

/// A view for each item of a list, which is read again when a signal in it changes; an item whose key was there before
/// keeps its view.
pub fn each<T: 'static, V: ToView>(
    items: impl Fn() -> Vec<T> + 'static,
    key: impl Fn(&T) -> String + 'static,
    view: impl Fn(T) -> V + 'static,
) -> View {
    let view = Rc::new(view);
    View::Rows(Box::new(move || {
        let row = |item| {
            let (key, view) = (key(&item), view.clone());
            Row { key, view: Box::new(move || view(item).to_view()) }
        };
        items().into_iter().map(row).collect()
    }))
}

/// A view while a condition holds, which is looked at again when a signal in it changes.
pub fn show<V: ToView>(when: impl Fn() -> bool + 'static, view: impl Fn() -> V + 'static) -> View {
    shown(Memo::new(when), Box::new(move || view().to_view()))
}

fn shown(when: Memo<bool>, view: Box<dyn Fn() -> View>) -> View {
    View::Live(Box::new(move || if when.get() { untrack(&view) } else { View::Nothing }))
}

/// Runs once the page is drawn, and again when a signal in it changes.
pub fn effect(run: impl FnMut() + 'static) {
    boxed_effect(Box::new(run));
}

fn boxed_effect(mut run: Box<dyn FnMut()>) {
    Effect::new(move |_| run());
}
