//! The app's frame.

use leptos::prelude::*;
use leptos::task::spawn_local;
use markup::view;

use super::flow::{effect, show};
use super::http::http_drawer;
use super::splitter::{Edge, splitter};
use super::tabs::{tab_keys, tab_stop};
use super::timeline::timeline_drawer;
use super::topbar::top_bar;
use super::tour::tour_bar;
use crate::panes::{cluster_pane, console_pane, editor_pane, lesson_pane, pod_drawer};
use crate::state::{App as State, PANES};
use crate::ui::view::View;

/// Puts the page into the document. Of Leptos' views it is an empty one.
pub fn show_page() {
    if let Some(body) = document().body() {
        page().put(&body, None);
    }
}

fn page() -> View {
    let app = State::new();
    provide_context(app);
    app.cluster.follow(app.online);
    app.timeline.follow(app.cluster);
    spawn_local(app.files.refresh());
    // Coming back, the page looks at the files anew: the shell may have written some meanwhile.
    effect(move || {
        if app.online.get() {
            spawn_local(app.files.refresh());
        }
    });
    // Leaving would lose what is typed and not saved: the browser asks.
    let guard = window_event_listener(leptos::ev::beforeunload, move |event| {
        if app.files.any_changed() {
            event.prevent_default();
        }
    });
    on_cleanup(move || guard.remove());
    view! {
        <div class="app" data-pane=move || app.pane.get() data-tour=move || app.tour.pane() data-testid="app">
            {top_bar()}
            <div>
                {tour_bar()}
                {show(move || !app.online.get(), move || view! {
                    <p class="banner" role="alert" data-testid="offline">{move || app.texts().offline}</p>
                })}
            </div>
            <main class="desk" style=move || app.sizes.style()>
                {lesson_pane()}
                {splitter(Edge::Lesson)}
                <div class="work">
                    {editor_pane()}
                    {splitter(Edge::Editor)}
                    {console_pane()}
                </div>
                {splitter(Edge::Cluster)}
                {cluster_pane()}
            </main>
            <nav aria-label="Podground"><div class="phonebar" role="tablist" on:keydown=move |event| tab_keys(&event)>
                {PANES.map(|pane| view! {
                    <button
                        role="tab"
                        aria-selected=move || (app.pane.get() == pane).to_string()
                        tabindex=move || tab_stop(app.pane.get() == pane)
                        on:click=move |_| app.pane.set(pane)
                    >
                        {move || {
                            let texts = app.texts();
                            match pane {
                                "lesson" => texts.lesson,
                                "editor" => texts.editor,
                                "console" => texts.console,
                                _ => texts.cluster,
                            }
                        }}
                    </button>
                })}
            </div></nav>
            {pod_drawer()}
            {http_drawer()}
            {timeline_drawer()}
        </div>
    }
}
