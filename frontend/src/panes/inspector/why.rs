//! "Why?": the scheduler's verdict per node and filter, what each container is doing, when it is tried again.

use leptos::prelude::*;
use leptos::task::spawn_local;
use markup::view;
use serde_json::Value;
use shared::api::{Timestamp, object};

use super::text;
use crate::net::playground;
use crate::signal::{Memo, RwSignal};
use crate::state::App;
use crate::ui::flow::effect;
use crate::ui::view::View;

/// The facet. Asks anew whenever the Pod changes, and when a time that was told has passed.
pub fn why(pod: Memo<Value>) -> View {
    let app = expect_context::<App>();
    let answer = RwSignal::new(None::<Result<Value, String>>);
    let asked = StoredValue::new(0_u64);
    let passed = Memo::new(move || {
        let now = app.cluster.now.get();
        answer.with(|a| a.as_ref().and_then(|a| a.as_ref().ok()).is_some_and(|a| next_times(a).any(|t| t <= now)))
    });
    effect(move || {
        let pod = pod.get();
        passed.track();
        asked.update_value(|n| *n += 1);
        let turn = asked.get_value();
        spawn_local(async move {
            let found = playground::explanation(object::namespace(&pod), object::name(&pod)).await;
            if asked.try_get_value() == Some(turn) {
                answer.set(Some(found.map_err(|refusal| refusal.message)));
            }
        });
    });
    view! {
        <div data-testid="explanation">
            {move || answer.get().map(|answer| match answer {
                Err(message) => view! { <p class="empty">{message}</p> },
                Ok(value) => view! { {scheduling(app, &value["scheduling"])}{node(app, &value["node"])} },
            })}
        </div>
    }
}

/// When something is tried again, as far as the answer tells.
fn next_times(answer: &Value) -> impl Iterator<Item = Timestamp> {
    let containers = object::list(answer, "/node/containers").iter().filter_map(|c| c.get("retryAt"));
    let all = containers.chain(answer.pointer("/node/looksAgainAt"));
    all.filter_map(Value::as_str).filter_map(Timestamp::parse)
}

fn scheduling(app: App, said: &Value) -> View {
    let message = text(said, "/message");
    let chosen = text(said, "/node");
    let verdicts = object::list(said, "/verdicts");
    let rows: Vec<_> = verdicts
        .iter()
        .map(|verdict| {
            let name = text(verdict, "/node");
            let feasible = verdict["feasible"] == true;
            let filters: Vec<_> = object::list(verdict, "/filters")
                .iter()
                .map(|filter| {
                    let (state, mark) =
                        if filter["passed"] == true { ("chip good", "✓") } else { ("chip bad", "✕") };
                    view! { <span class=state>{mark}" "{text(filter, "/name")}</span>" " }
                })
                .collect();
            let scores = object::list(verdict, "/scores").iter();
            let scores: Vec<String> =
                scores.map(|s| format!("{} {} × {}", text(s, "/name"), s["value"], s["weight"])).collect();
            let sum = feasible.then(|| format!("{} = {}", scores.join(" + "), verdict["total"]));
            let failed: Vec<_> = object::list(verdict, "/filters")
                .iter()
                .filter(|filter| filter["passed"] == false)
                .map(|filter| {
                    let reasons = object::list(filter, "/reasons").iter().filter_map(Value::as_str);
                    let words: Vec<&str> = reasons.chain(filter["detail"].as_str()).collect();
                    view! { <li><strong>{text(filter, "/name")}</strong>": "{words.join("; ")}</li> }
                })
                .collect();
            let (state, word) = match (feasible, name == chosen) {
                (true, true) => ("chip good", app.texts().chosen.to_owned()),
                (true, false) => ("chip", app.texts().suitable.to_owned()),
                (false, _) => ("chip bad", app.texts().unsuitable.to_owned()),
            };
            let test = format!("verdict-{name}");
            view! {
                <li class="verdict" data-testid=test>
                    <strong>{name}</strong>" "<span class=state>{word}</span>
                    <ul>{failed}</ul>
                    <div class="containers">{filters}</div>
                    {sum.map(|sum| view! { <div class="meta">{app.texts().score}": "{sum}</div> })}
                </li>
            }
        })
        .collect();
    let known = !said.is_null();
    view! {
        <h3>{app.texts().scheduling}</h3>
        {(!message.is_empty()).then(|| view! { <p class="callout">{message}</p> })}
        {(!known).then(|| view! { <p class="meta">{app.texts().not_scheduled_here}</p> })}
        <ul class="verdicts">{rows}</ul>
    }
}

fn node(app: App, said: &Value) -> View {
    let mut notes: Vec<String> = Vec::new();
    for (what, key) in [("volumes", "/volumes/failed"), ("Pod sandbox", "/podSandboxWork/failed")] {
        let failed = text(said, key);
        if !failed.is_empty() {
            notes.push(format!("{what}: {failed}"));
        }
    }
    let ended = [text(said, "/ended/reason"), text(said, "/ended/message")].join(" ");
    notes.extend(Some(ended.trim().to_owned()).filter(|e| !e.is_empty()));
    let containers: Vec<_> = object::list(said, "/containers").iter().map(|c| container(app, c)).collect();
    let known = !said.is_null();
    view! {
        {known.then(|| view! { <h3>{app.texts().containers}</h3> })}
        {notes.into_iter().map(|note| view! { <p class="callout">{note}</p> }).collect::<Vec<_>>()}
        <ul class="verdicts">{containers}</ul>
    }
}

fn container(app: App, said: &Value) -> View {
    let mut facts: Vec<String> = Vec::new();
    let state = &said["state"];
    if let Some(word) = state.as_str() {
        facts.push(word.to_owned());
    }
    if let Some(since) = state["runningSince"].as_str() {
        facts.push(format!("running since {since}"));
    }
    if let Some(code) = state["exitCode"].as_i64() {
        let signal = state["signal"].as_i64().map(|s| format!(" (signal {s})")).unwrap_or_default();
        facts.push(format!("exit code {code}{signal}, {}", text(state, "/finishedAt")));
    }
    if state["outOfMemory"] == true {
        facts.push("OOMKilled".to_owned());
    }
    facts.extend(["/message", "/state/message"].map(|p| text(said, p)).into_iter().filter(|m| !m.is_empty()));
    facts.extend([text(said, "/work"), text(said, "/waitsFor")].into_iter().filter(|m| !m.is_empty()));
    let waiting = [text(said, "/waiting/reason"), text(said, "/waiting/message")].join(": ");
    facts.extend(Some(waiting).filter(|w| w != ": "));
    for probe in ["startup", "liveness", "readiness"] {
        if let Some(found) = said["probes"].get(probe).filter(|p| !p.is_null()) {
            facts.push(format!("{probe}: {}", found.as_str().map_or_else(|| found.to_string(), str::to_owned)));
        }
    }
    let time = |value: &Value| value.as_str().and_then(Timestamp::parse);
    // A back-off counts from the end of what crashed.
    let backed_off = || Some(time(&state["finishedAt"])?.plus_seconds(said["backOffSeconds"].as_i64()?));
    let retry = time(&said["retryAt"]).or_else(backed_off);
    let count_down = move || {
        let left = retry?.seconds_since(app.cluster.now.get());
        (left > 0).then(|| view! { <p class="chip busy" data-testid="next-restart">{format!("{}: {left} s", app.texts().next_restart)}</p> })
    };
    view! {
        <li class="verdict">
            <strong>{text(said, "/name")}</strong>
            <ul>{facts.into_iter().map(|fact| view! { <li>{fact}</li> }).collect::<Vec<_>>()}</ul>
            {count_down}
        </li>
    }
}
