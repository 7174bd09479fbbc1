//! Lists, conditions and effects as Leptos has them, but compiled once and not once a use: what differs between uses is
//! behind a pointer.

use std::sync::Arc;

use leptos::prelude::*;

/// A row that is not made yet.
struct Row {
    key: String,
    view: Box<dyn FnOnce() -> AnyView + Send>,
}

/// A view for each item of a list; one whose key was there before is kept as it is.
#[component]
pub fn For<T, V>(
    /// The items, read again when a signal in it changes.
    each: impl Fn() -> Vec<T> + Send + 'static,
    /// What tells an item from the others.
    key: impl Fn(&T) -> String + Send + 'static,
    /// An item's view.
    children: impl Fn(T) -> V + Send + Sync + 'static,
) -> impl IntoView
where
    T: Send + 'static,
    V: IntoView + 'static,
{
    let children = Arc::new(children);
    list(Box::new(move || {
        let row = |item| {
            let (key, children) = (key(&item), children.clone());
            Row { key, view: Box::new(move || children(item).into_any()) }
        };
        each().into_iter().map(row).collect()
    }))
}

fn list(each: Box<dyn Fn() -> Vec<Row> + Send>) -> AnyView {
    view! { <leptos::prelude::For each=each key=|row| row.key.clone() children=|row| (row.view)() /> }.into_any()
}

/// Its children while a condition holds.
#[component]
pub fn Show(
    /// The condition, looked at again when a signal in it changes.
    when: impl Fn() -> bool + Send + Sync + 'static,
    /// What is shown.
    children: ChildrenFn,
) -> impl IntoView {
    shown(Box::new(when), children)
}

fn shown(when: Box<dyn Fn() -> bool + Send + Sync>, children: ChildrenFn) -> AnyView {
    let when = ArcMemo::new(move |_| when());
    (move || when.get().then(|| children())).into_any()
}

/// Runs once the page is drawn, and again when a signal in it changes.
pub fn effect(run: impl FnMut() + 'static) {
    boxed_effect(Box::new(run));
}

fn boxed_effect(mut run: Box<dyn FnMut()>) {
    Effect::new(move |_| run());
}
