//! The app's frame.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::flow::{Show, effect};
use super::http::HttpDrawer;
use super::splitter::{Edge, Splitter};
use super::tabs::{tab_keys, tab_stop};
use super::timeline::TimelineDrawer;
use super::topbar::TopBar;
use super::tour::TourBar;
use crate::panes::{ClusterPane, ConsolePane, EditorPane, LessonPane, PodDrawer};
use crate::state::{App as State, PANES};

/// The page.
#[component]
pub fn App() -> impl IntoView {
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
            <TopBar />
            <div>
                <TourBar />
                <Show when=move || !app.online.get()>
                    <p class="banner" role="alert" data-testid="offline">{move || app.texts().offline}</p>
                </Show>
            </div>
            <main class="desk" style=move || app.sizes.style()>
                <LessonPane />
                <Splitter edge=Edge::Lesson />
                <div class="work">
                    <EditorPane />
                    <Splitter edge=Edge::Editor />
                    <ConsolePane />
                </div>
                <Splitter edge=Edge::Cluster />
                <ClusterPane />
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
            <PodDrawer />
            <HttpDrawer />
            <TimelineDrawer />
        </div>
    }
}
