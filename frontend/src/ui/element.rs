//! Elements, made by calls: what `view!` writes.

use leptos::ev::EventDescriptor;
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue, UnwrapThrowExt};
use web_sys::{Event, HtmlElement};

use super::view::{ToView, View, follow};
use crate::signal::RwSignal;

/// An element that is being made.
pub struct Element(HtmlElement);

/// Takes an element once it is made.
pub type Held = RwSignal<Option<HtmlElement>>;

/// For an element.
pub fn held() -> Held {
    RwSignal::new(None)
}

impl Element {
    /// From its tag and what never changes: `a`, `href`, `/`, a line each.
    pub fn new(open: &'static str) -> Self {
        let mut words = open.split('\n');
        let element = document().create_element(words.next().unwrap_or_default()).unwrap_throw();
        while let (Some(name), Some(value)) = (words.next(), words.next()) {
            element.set_attribute(name, value).unwrap_throw();
        }
        Self(element.unchecked_into())
    }

    /// An attribute.
    pub fn attribute(self, name: &'static str, value: impl ToView) -> Self {
        attribute(&self.0, name, value.to_view());
        self
    }

    /// What the element itself has under a name.
    pub fn property(self, name: &'static str, value: impl ToView) -> Self {
        property(&self.0, name, value.to_view());
        self
    }

    /// A class that is there or not.
    pub fn class(self, name: &'static str, there: impl ToView) -> Self {
        class(&self.0, name, there.to_view());
        self
    }

    /// A listener.
    pub fn on<E: EventDescriptor>(self, _: E, name: &str, mut listener: impl FnMut(E::EventType) + 'static) -> Self
    where
        E::EventType: JsCast,
    {
        listen(&self.0, name, Box::new(move |event| listener(event.unchecked_into())));
        self
    }

    /// What stands in it, behind what is there already.
    pub fn child(self, child: impl ToView) -> Self {
        child.to_view().put(&self.0, None);
        self
    }

    /// An element in it.
    pub fn element(self, child: Self) -> Self {
        self.0.append_child(&child.0).unwrap_throw();
        self
    }

    /// Tells of itself.
    pub fn held_by(self, holder: Held) -> Self {
        holder.set(Some(self.0.clone()));
        self
    }
}

impl ToView for Element {
    fn to_view(self) -> View {
        View::Element(self.0.into())
    }
}

fn attribute(element: &HtmlElement, name: &'static str, value: View) {
    let done = match value {
        View::Text(text) => element.set_attribute(name, &text),
        View::Flag => element.set_attribute(name, ""),
        View::Live(run) => return each_time(element, run, move |element, view| attribute(element, name, view)),
        _ => element.remove_attribute(name),
    };
    done.unwrap_throw();
}

fn property(element: &HtmlElement, name: &'static str, value: View) {
    let value = match value {
        View::Text(text) => JsValue::from_str(&text),
        View::Live(run) => return each_time(element, run, move |element, view| property(element, name, view)),
        value => matches!(value, View::Flag).into(),
    };
    js_sys::Reflect::set(element, &name.into(), &value).unwrap_throw();
}

fn class(element: &HtmlElement, name: &'static str, there: View) {
    match there {
        View::Live(run) => each_time(element, run, move |element, view| class(element, name, view)),
        there => drop(element.class_list().toggle_with_force(name, matches!(there, View::Flag))),
    }
}

fn each_time(element: &HtmlElement, mut run: Box<dyn FnMut() -> View>, set: impl Fn(&HtmlElement, View) + 'static) {
    let element = element.clone();
    follow(Box::new(move || set(&element, run())));
}

/// The listener is the element's, and goes with it.
fn listen(element: &HtmlElement, name: &str, mut listener: Box<dyn FnMut(Event)>) {
    let owner = Owner::current().unwrap_or_default();
    let listener = Closure::<dyn FnMut(Event)>::new(move |event| owner.with(|| listener(event))).into_js_value();
    element.add_event_listener_with_callback(name, listener.unchecked_ref()).unwrap_throw();
}
