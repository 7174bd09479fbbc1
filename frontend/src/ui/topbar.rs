//! The bar at the top: what this is, how the cluster is, settings.

use leptos::prelude::*;
use leptos::task::spawn_local;
use markup::view;

use super::confirm;
use crate::locales::Language;
use crate::net::playground;
use crate::signal::RwSignal;
use crate::state::{App, state_of};
use crate::ui::view::View;

/// The bar.
pub fn top_bar() -> View {
    let app = expect_context::<App>();
    let resetting = RwSignal::new(false);
    let reset = move |_| {
        if !confirm(app.texts().reset_sure) {
            return;
        }
        resetting.set(true);
        spawn_local(async move {
            if playground::reset().await.is_ok() {
                app.progress.clear();
            }
            resetting.set(false);
            app.files.refresh().await;
        });
    };
    let summary = move || {
        let (nodes, pods) = (app.cluster.nodes.with(|n| n.len()), app.cluster.pods.get());
        let good = pods.values().filter(|pod| matches!(state_of(&app.cluster.view(pod)), "good" | "idle")).count();
        let words = match app.language.get() {
            Language::English => ["nodes", "Pods"],
            Language::Korean => ["노드", "Pod"],
        };
        format!("{} · {nodes} {} · {good}/{} {}", crate::net::sandbox(), words[0], pods.len(), words[1])
    };
    view! {
        <header class="topbar">
            <h1 class="brand"><img src="/icons/podground.svg" alt="" width="22" height="22" />"Podground"</h1>
            <span class="summary">{move || app.texts().tagline}</span>
            <span class="grow"></span>
            <span class="summary" data-testid="summary" aria-live="polite">{summary}</span>
            <button class="button" data-testid="http" aria-pressed=move || app.http.get().to_string()
                on:click=move |_| app.http.update(|open| *open = !*open)>{move || app.texts().http}</button>
            <button class="button" data-testid="timeline" aria-pressed=move || app.timeline_open.get().to_string()
                on:click=move |_| app.timeline_open.update(|open| *open = !*open)>{move || app.texts().timeline}</button>
            <button class="button" data-testid="reset" disabled=move || resetting.get() on:click=reset>
                {move || if resetting.get() { "…" } else { app.texts().reset }}
            </button>
            <button class="button" data-testid="theme" aria-label=move || app.texts().switch_theme
                title=move || app.texts().switch_theme on:click=move |_| app.theme.switch()>
                {move || if app.theme.is_dark() { "☀" } else { "☾" }}
            </button>
            <button class="button" data-testid="language" on:click=move |_| app.switch_language()>
                {move || app.texts().switch_language}
            </button>
        </header>
    }
}
