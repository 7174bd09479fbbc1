//! What can stand in an element or be an attribute's value. Leptos has a type for each view, and so its code once a
//! view; here there is one type, which is put into the document as it is made.

use std::borrow::Cow;

use leptos::prelude::*;
use wasm_bindgen::{JsCast, UnwrapThrowExt};
use web_sys::{Node, Text};

/// A piece of the page.
pub enum View {
    /// Nothing; an attribute is left out.
    Nothing,
    /// An attribute without a value.
    Flag,
    /// A text.
    Text(Cow<'static, str>),
    /// An element.
    Element(Node),
    /// One after the other.
    Many(Vec<View>),
    /// Made anew when a signal in it changes.
    Live(Box<dyn FnMut() -> View>),
    /// A list, read again when a signal in it changes; what was there before stays as it is.
    Rows(Box<dyn FnMut() -> Vec<Row>>),
}

/// A row that is not made yet.
pub struct Row {
    /// What tells it from the others.
    pub key: String,
    /// Makes it.
    pub view: Box<dyn FnOnce() -> View>,
}

/// A row that is shown: from its mark to the next one's.
struct Shown {
    key: String,
    mark: Node,
    owner: Owner,
}

/// What can be put into the page.
pub trait ToView {
    /// As a view.
    fn to_view(self) -> View;
}

impl ToView for View {
    fn to_view(self) -> View {
        self
    }
}

impl ToView for () {
    fn to_view(self) -> View {
        View::Nothing
    }
}

impl ToView for bool {
    fn to_view(self) -> View {
        if self { View::Flag } else { View::Nothing }
    }
}

impl ToView for &'static str {
    fn to_view(self) -> View {
        View::Text(Cow::Borrowed(self))
    }
}

impl ToView for String {
    fn to_view(self) -> View {
        View::Text(Cow::Owned(self))
    }
}

impl<T: ToView> ToView for Option<T> {
    fn to_view(self) -> View {
        self.map_or(View::Nothing, T::to_view)
    }
}

impl<T: ToView> ToView for Vec<T> {
    fn to_view(self) -> View {
        View::Many(self.into_iter().map(T::to_view).collect())
    }
}

impl<T: ToView, const N: usize> ToView for [T; N] {
    fn to_view(self) -> View {
        Vec::from(self).to_view()
    }
}

impl<F: FnMut() -> T + 'static, T: ToView> ToView for F {
    fn to_view(mut self) -> View {
        View::Live(Box::new(move || self().to_view()))
    }
}

impl View {
    /// Puts it into a node: before one of its children, or at its end.
    pub fn put(self, into: &Node, before: Option<&Node>) {
        match self {
            Self::Nothing | Self::Flag => {}
            Self::Text(text) => insert(into, &self::text(&text), before),
            Self::Element(element) => insert(into, &element, before),
            Self::Many(views) => views.into_iter().for_each(|view| view.put(into, before)),
            Self::Live(run) => live(run, into, before),
            Self::Rows(run) => rows(run, into, before),
        }
    }
}

/// Runs now, and again when a signal in it changes, as long as its owner is there.
pub fn follow(mut run: Box<dyn FnMut()>) {
    StoredValue::new_local(RenderEffect::new(move |_| run()));
}

/// A text is its `end`'s own; anything else stands between `start` and `end`.
fn live(mut run: Box<dyn FnMut() -> View>, into: &Node, before: Option<&Node>) {
    let (end, mut start) = (text(""), None::<Node>);
    insert(into, &end, before);
    follow(Box::new(move || {
        let view = run();
        if let Some(start) = &start {
            clear(start.next_sibling(), &end);
        }
        let (words, view) = match view {
            View::Text(words) => (words, View::Nothing),
            view => (Cow::Borrowed(""), view),
        };
        if end.data() != words {
            end.set_data(&words);
        }
        if let (false, Some(into)) = (matches!(view, View::Nothing), end.parent_node()) {
            if start.is_none() {
                let mark = text("");
                insert(&into, &mark, Some(&end));
                start = Some(mark.into());
            }
            view.put(&into, Some(&end));
        }
    }));
}

fn rows(mut run: Box<dyn FnMut() -> Vec<Row>>, into: &Node, before: Option<&Node>) {
    let end = text("");
    insert(into, &end, before);
    // The rows are not the effect's, which would let go of them each time.
    let outer = Owner::current().unwrap_or_default();
    let mut shown = Vec::<Shown>::new();
    follow(Box::new(move || {
        let rows = run();
        let Some(into) = end.parent_node() else { return };
        let next =
            |shown: &[Shown], at: usize| shown.get(at).map_or_else(|| end.clone().into(), |row| row.mark.clone());
        let mut at = 0;
        while let Some(row) = shown.get(at) {
            if rows.iter().any(|r| r.key == row.key) {
                at += 1;
                continue;
            }
            let gone = shown.remove(at);
            gone.owner.cleanup();
            clear(Some(gone.mark), &next(&shown, at));
        }
        for (at, row) in rows.into_iter().enumerate() {
            let before = next(&shown, at);
            match shown.iter().skip(at).position(|s| s.key == row.key) {
                Some(0) => {}
                Some(later) => {
                    let after = next(&shown, at + later + 1);
                    let moved = shown.remove(at + later);
                    let mut node = moved.mark.clone();
                    while node != after {
                        let following = node.next_sibling();
                        insert(&into, &node, Some(&before));
                        let Some(following) = following else { break };
                        node = following;
                    }
                    shown.insert(at, moved);
                }
                None => {
                    let (mark, owner) = (text(""), outer.child());
                    insert(&into, &mark, Some(&before));
                    owner.with(|| untrack(row.view).put(&into, Some(&before)));
                    shown.insert(at, Shown { key: row.key, mark: mark.into(), owner });
                }
            }
        }
    }));
}

/// Takes away what stands from a node to another.
fn clear(from: Option<Node>, to: &Node) {
    let mut next = from;
    while let Some(node) = next.filter(|node| node != to) {
        next = node.next_sibling();
        node.unchecked_into::<web_sys::Element>().remove();
    }
}

fn insert(into: &Node, node: &Node, before: Option<&Node>) {
    into.insert_before(node, before).unwrap_throw();
}

fn text(text: &str) -> Text {
    document().create_text_node(text)
}
