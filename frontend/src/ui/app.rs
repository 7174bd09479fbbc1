//! The app's frame.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::drawer::{HttpDrawer, PodDrawer};
use super::topbar::TopBar;
use crate::panes::{ClusterPane, ConsolePane, EditorPane, LessonPane};
use crate::state::{App as State, PANES};

/// The page.
#[component]
pub fn App() -> impl IntoView {
    let app = State::new();
    provide_context(app);
    app.cluster.follow(app.online);
    spawn_local(app.files.refresh());
    // Coming back, the page looks at the files anew: the shell may have written some meanwhile.
    Effect::new(move |_| {
        if app.online.get() {
            spawn_local(app.files.refresh());
        }
    });
    view! {
        <div class="app" data-pane=move || app.pane.get() data-testid="app">
            <TopBar />
            <div>
                <Show when=move || !app.online.get()>
                    <p class="banner" role="alert" data-testid="offline">{move || app.texts().offline}</p>
                </Show>
            </div>
            <main class="desk">
                <LessonPane />
                <div class="work">
                    <EditorPane />
                    <ConsolePane />
                </div>
                <ClusterPane />
            </main>
            <nav class="phonebar" role="tablist">
                {PANES.map(|pane| view! {
                    <button
                        role="tab"
                        aria-selected=move || (app.pane.get() == pane).to_string()
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
            </nav>
            <PodDrawer />
            <HttpDrawer />
        </div>
    }
}
