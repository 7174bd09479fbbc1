//! The timeline as a drawer: a slider over the time since the page was opened, what the Pods were then, what happened.

use leptos::prelude::*;
use markup::view;
use shared::api::Timestamp;

use super::flow::{each, show};
use super::{download, focus};
use crate::signal::RwSignal;
use crate::state::{App, Happening, PodView, state_of};
use crate::ui::element::held;
use crate::ui::view::View;

/// How many entries are listed at once.
const LISTED: usize = 200;

/// The drawer.
pub fn timeline_drawer() -> View {
    let app = expect_context::<App>();
    show(move || app.timeline_open.get(), drawer)
}

fn drawer() -> View {
    let app = expect_context::<App>();
    let node = held();
    focus::hold(node);
    let entries = app.timeline.entries;
    let first = move || entries.with(|all| all.first().map_or(0, |e| e.at));
    let last = move || entries.with(|all| all.last().map_or(0, |e| e.at));
    // `None` is now.
    let chosen = RwSignal::new(None::<i64>);
    let at = move || chosen.get().unwrap_or_else(last);
    let slide = move |event| {
        let value = event_target_value(&event).parse::<i64>().ok();
        chosen.set(value.map(|seconds| first() + seconds).filter(|at| *at < last()));
    };
    let listed = move || {
        let at = at();
        entries.with(|all| all.iter().rev().filter(|e| e.at <= at).take(LISTED).cloned().collect::<Vec<_>>())
    };
    let pods = move || {
        let chip = |(name, status): (String, String)| {
            let state = state_of(&PodView { ready: "1/1".into(), status: status.clone(), ..PodView::default() });
            view! { <span class=format!("chip {state}")>{name.trim_start_matches("default/").to_owned()}": "{status}</span> }
        };
        app.timeline.pods_at(at()).into_iter().map(chip).collect::<Vec<_>>()
    };
    view! {
        <section class="drawer" role="dialog" aria-label=move || app.texts().timeline data-testid="timeline-drawer" tabindex="-1"
            node_ref=node on:keydown=move |event| if event.key() == "Escape" { app.timeline_open.set(false) }>
            <div class="pane-head">
                <h2>{move || app.texts().timeline}</h2>
                <span class="grow"></span>
                <button class="button" data-testid="timeline-export"
                    on:click=move |_| download("podground-timeline.json", &app.timeline.export())>{move || app.texts().export}</button>
                <button class="button quiet" aria-label=move || app.texts().close on:click=move |_| app.timeline_open.set(false)>"✕"</button>
            </div>
            <div class="scrub">
                <input type="range" min="0" data-testid="timeline-scrub" aria-label=move || app.texts().timeline
                    aria-valuetext=move || clock(at()) max=move || (last() - first()).to_string()
                    prop:value=move || (at() - first()).to_string() on:input=slide />
                <time>{move || clock(at())}</time>
            </div>
            <div class="containers" data-testid="timeline-pods">{pods}</div>
            <div class="pane-body" tabindex="0">
                <ol class="entries" data-testid="timeline-entries">
                    {each(listed, |entry| entry.number.to_string(), |entry| view! {
                        <li><time>{clock(entry.at)}</time>
                            <span class=if entry.what == Happening::Restart { "chip busy" } else { "chip" }>{entry.what.name()}</span>
                            <span>{entry.about.trim_start_matches("default/").to_owned()}" "{entry.text.clone()}</span></li>
                    })}
                </ol>
            </div>
        </section>
    }
}

/// `16:04:05`, by the learner's clock.
fn clock(at: i64) -> String {
    let zone = js_sys::Date::new(&(at as f64).into()).get_timezone_offset() as i64;
    let text = Timestamp::from_millis(at).plus_seconds(-60 * zone).to_string();
    text.get(11..19).unwrap_or_default().to_owned()
}
