//! The checks that end a step: ticked off as the cluster is, kept ticked once all were done; a step can be done for the
//! learner, and be reset.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use leptos::prelude::*;
use leptos::task::spawn_local;
use markup::view;
use shared::kubectl;
use shared::lesson::{self, Check, Outcome, Step};

use super::deeds;
use crate::console::host::{Host, Output};
use crate::net::transport::PageTransport;
use crate::signal::{Memo, RwSignal};
use crate::state::App;
use crate::ui::flow::effect;
use crate::ui::pause;
use crate::ui::view::View;

/// Between two looks at what no watch tells.
const LOOK_MS: u32 = 2_000;

/// The checks, and what can be done about them.
pub fn step_checks(place: String, step: Step) -> View {
    let app = expect_context::<App>();
    let progress = app.progress;
    let place = StoredValue::new(place);
    let outcomes = RwSignal::new(vec![Outcome::default(); step.checks.len()]);
    let was_done = Memo::new(move || place.with_value(|place| progress.of(place).is_some()));
    observe(app, &step.checks, outcomes, was_done);
    let all = Memo::new(move || outcomes.with(|all| !all.is_empty() && all.iter().all(|outcome| outcome.done)));
    effect(move || {
        if all.get() && !was_done.get_untracked() {
            place.with_value(|place| progress.add(place, Vec::new()));
        }
    });
    let items: Vec<_> =
        step.checks.iter().enumerate().map(|(at, check)| item(check.label.clone(), at, outcomes, was_done)).collect();
    let step = StoredValue::new(step);
    let working = RwSignal::new(false);
    let perform = move |_| {
        spawn_local(async move {
            working.set(true);
            deeds::perform(app, &step.get_value()).await;
            working.set(false);
        });
    };
    let reset = move |_| {
        spawn_local(async move {
            working.set(true);
            deeds::undo(app, &step.get_value()).await;
            place.with_value(|place| progress.forget(place));
            working.set(false);
        });
    };
    view! {
        <ul class="checks" data-testid="checks">{items}</ul>
        <div class="step-actions">
            <button class="button" data-testid="do-step" disabled=move || working.get() on:click=perform>
                {move || app.texts().do_step}
            </button>
            <button class="button" data-testid="reset-step" disabled=move || working.get() on:click=reset>
                {move || app.texts().reset_step}
            </button>
        </div>
    }
}

fn item(label: String, at: usize, outcomes: RwSignal<Vec<Outcome>>, was_done: Memo<bool>) -> View {
    let outcome = Memo::new(move || outcomes.with(|all| all.get(at).cloned().unwrap_or_default()));
    let done = move || outcome.get().done || was_done.get();
    view! {
        <li class=move || if done() { "done" } else { "open" } data-testid="check" data-done=move || done().to_string()>
            <span class="mark" aria-hidden="true">{move || if done() { "✓" } else { "○" }}</span>
            <span>{label}<br/><span class="hint">{move || if done() { String::new() } else { outcome.get().hint }}</span></span>
        </li>
    }
}

/// Whether the page's watches tell all that a check needs.
fn is_watched(check: &Check) -> bool {
    ["pods", "nodes"].contains(&check.resource.as_str()) && !check.log && check.exec.is_empty()
}

/// Keeps the outcomes as the cluster is: by the page's watches, or by looking again and again, for as long as the
/// step is shown.
fn observe(app: App, checks: &[Check], outcomes: RwSignal<Vec<Outcome>>, was_done: Memo<bool>) {
    let checks = checks.to_vec();
    if checks.iter().all(is_watched) {
        effect(move || {
            let objects = |resource: &str| match resource {
                "pods" => app.cluster.pods.get().into_values().collect(),
                _ => app.cluster.nodes.get().into_values().collect::<Vec<_>>(),
            };
            let now: Vec<Outcome> = checks.iter().map(|check| lesson::evaluate(check, objects, |_| None)).collect();
            outcomes.set(now);
        });
        return;
    }
    let shown = Arc::new(AtomicBool::new(true));
    let gone = shown.clone();
    on_cleanup(move || gone.store(false, Ordering::Relaxed));
    // What is looked at here is no request of the learner's.
    let transport = PageTransport { commands: RwSignal::new(Vec::new()) };
    spawn_local(async move {
        let run = async |argv: &[String]| {
            let mut host = Host::unseen(app.previews);
            let well = kubectl::run(argv, &mut host, &transport).await == 0;
            match host.output {
                Output::Kept(kept) if well => Some(String::from_utf8_lossy(&kept).into_owned()),
                _ => None,
            }
        };
        while shown.load(Ordering::Relaxed) {
            // A step that was done is not asked about any more.
            if !was_done.try_get_untracked().unwrap_or(true)
                && let Ok(sight) = lesson::look(&checks, &transport, run).await
            {
                let now: Vec<Outcome> = checks.iter().map(|check| sight.evaluate(check)).collect();
                outcomes.set(now);
            }
            pause(LOOK_MS).await;
        }
    });
}
