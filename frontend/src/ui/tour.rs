//! The first visit's tour: four steps, each points at one pane. Whoever has seen or skipped it never sees it again.

use leptos::prelude::*;
use markup::view;

use super::flow::show;
use super::{remember, remembered};
use crate::locales::Texts;
use crate::signal::RwSignal;
use crate::state::{App, PANES};
use crate::ui::view::View;

/// Where the tour is: a step, or over.
#[derive(Clone, Copy)]
pub struct Tour(RwSignal<Option<usize>>);

impl Tour {
    /// At its start, unless this browser has had it.
    pub fn new() -> Self {
        Self(RwSignal::new(remembered("tour").is_none().then_some(0)))
    }

    /// The pane that is pointed at.
    pub fn pane(self) -> &'static str {
        self.0.get().map_or("", |step| PANES[step])
    }

    fn go(self, app: App, step: Option<usize>) {
        self.0.set(step);
        match step {
            Some(step) => app.pane.set(PANES[step]),
            None => remember("tour", "done"),
        }
    }
}

const fn words(texts: &'static Texts, step: usize) -> &'static str {
    match step {
        0 => texts.tour_lesson,
        1 => texts.tour_editor,
        2 => texts.tour_console,
        _ => texts.tour_cluster,
    }
}

/// The tour's words, in a row of their own: they cover nothing.
pub fn tour_bar() -> View {
    let app = expect_context::<App>();
    let tour = app.tour;
    let step = move || tour.0.get().unwrap_or_default();
    let next = move |_| tour.go(app, Some(step() + 1).filter(|next| *next < PANES.len()));
    show(
        move || tour.0.get().is_some(),
        move || {
            view! {
                    <section class="tour" data-testid="tour" aria-label=move || app.texts().tour>
                        <strong>{move || format!("{}/{}", step() + 1, PANES.len())}</strong>
                        <p aria-live="polite">{move || words(app.texts(), step())}</p>
                        <button class="button quiet" data-testid="tour-skip" on:click=move |_| tour.go(app, None)>{move || app.texts().tour_skip}</button>
                        <button class="button primary" data-testid="tour-next" on:click=next>
                            {move || if step() + 1 < PANES.len() { app.texts().tour_next } else { app.texts().tour_done }}
                        </button>
                    </section>
            }
        },
    )
}
