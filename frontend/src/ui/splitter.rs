//! The lines between panes, that can be moved: by pointer, and by the arrow keys.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use markup::view;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{remember, remembered};
use crate::locales::Texts;
use crate::signal::RwSignal;
use crate::state::App;
use crate::ui::view::View;

/// Sizes of panes in percent of the desk: the lesson's width, the cluster's width, the editor's height.
#[derive(Clone, Copy)]
pub struct Sizes([RwSignal<f64>; 3]);

/// One line: whose size it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Right of the lesson.
    Lesson,
    /// Left of the cluster.
    Cluster,
    /// Below the editor.
    Editor,
}

impl Edge {
    const ALL: [Self; 3] = [Self::Lesson, Self::Cluster, Self::Editor];

    /// Size at first, smallest, largest.
    const fn bounds(self) -> (f64, f64, f64) {
        match self {
            Self::Lesson => (30.0, 15.0, 50.0),
            Self::Cluster => (26.0, 12.0, 45.0),
            Self::Editor => (48.0, 15.0, 80.0),
        }
    }

    const fn label(self, texts: &Texts) -> &'static str {
        match self {
            Self::Lesson => texts.lesson_width,
            Self::Cluster => texts.cluster_width,
            Self::Editor => texts.editor_height,
        }
    }

    /// The size for a pointer there.
    fn size_at(self, event: &PointerEvent, around: &HtmlElement) -> f64 {
        let rect = around.get_bounding_client_rect();
        let part = match self {
            Self::Lesson => (f64::from(event.client_x()) - rect.left()) / rect.width(),
            Self::Cluster => (rect.right() - f64::from(event.client_x())) / rect.width(),
            Self::Editor => (f64::from(event.client_y()) - rect.top()) / rect.height(),
        };
        part * 100.0
    }

    /// What a key does: in the direction in which the line moves.
    fn size_by(self, key: &str, size: f64) -> Option<f64> {
        let (first, least, most) = self.bounds();
        let step = if self == Self::Cluster { -2.0 } else { 2.0 };
        match key {
            "ArrowRight" | "ArrowDown" => Some(size + step),
            "ArrowLeft" | "ArrowUp" => Some(size - step),
            "Home" => Some(least),
            "End" => Some(most),
            "Enter" => Some(first),
            _ => None,
        }
    }
}

impl Sizes {
    /// As this browser remembers them.
    pub fn new() -> Self {
        let known = remembered("sizes").unwrap_or_default();
        let mut known = known.split(' ').map(shared::api::float::parse);
        Self(Edge::ALL.map(|edge| {
            let (first, least, most) = edge.bounds();
            RwSignal::new(known.next().flatten().unwrap_or(first).clamp(least, most))
        }))
    }

    fn of(self, edge: Edge) -> RwSignal<f64> {
        self.0[edge as usize]
    }

    fn set(self, edge: Edge, size: f64) {
        let (_, least, most) = edge.bounds();
        self.of(edge).set(size.clamp(least, most));
        remember("sizes", &self.0.map(|size| tenths(size.get_untracked())).join(" "));
    }

    /// The sizes for the stylesheet.
    pub fn style(self) -> String {
        let [lesson, cluster, editor] = self.0.map(|size| tenths(size.get()));
        format!("--lesson: {lesson}%; --cluster: {cluster}%; --editor: {editor}%")
    }
}

/// `30.5`
fn tenths(size: f64) -> String {
    let tenths = (size * 10.0).round() as i64;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Percents as a whole number.
fn whole(size: f64) -> String {
    (size.round() as i64).to_string()
}

/// A line between two panes.
pub fn splitter(edge: Edge) -> View {
    let app = expect_context::<App>();
    let (sizes, size) = (app.sizes, app.sizes.of(edge));
    let (_, least, most) = edge.bounds();
    let element = |event: &PointerEvent| event.current_target().and_then(|t| t.dyn_into::<HtmlElement>().ok());
    let press = move |event: PointerEvent| {
        if let Some(line) = element(&event) {
            let _ = line.set_pointer_capture(event.pointer_id());
            event.prevent_default();
            let _ = line.focus();
        }
    };
    let drag = move |event: PointerEvent| {
        let Some(line) = element(&event).filter(|line| line.has_pointer_capture(event.pointer_id())) else { return };
        if let Some(around) = line.parent_element().and_then(|p| p.dyn_into::<HtmlElement>().ok()) {
            sizes.set(edge, edge.size_at(&event, &around));
        }
    };
    let press_key = move |event: KeyboardEvent| {
        if let Some(new) = edge.size_by(&event.key(), size.get_untracked()) {
            event.prevent_default();
            sizes.set(edge, new);
        }
    };
    let name = match edge {
        Edge::Lesson => "lesson",
        Edge::Cluster => "cluster",
        Edge::Editor => "editor",
    };
    view! {
        <div class=format!("splitter splitter-{name}") role="separator" tabindex="0" data-testid=format!("splitter-{name}")
            aria-orientation=if edge == Edge::Editor { "horizontal" } else { "vertical" }
            aria-label=move || edge.label(app.texts())
            aria-valuemin=whole(least) aria-valuemax=whole(most) aria-valuenow=move || whole(size.get())
            on:pointerdown=press on:pointermove=drag on:keydown=press_key
            on:dblclick=move |_| sizes.set(edge, edge.bounds().0)></div>
    }
}
