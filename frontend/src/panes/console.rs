//! The console pane: the console, and a terminal a node.

use std::rc::Rc;

use futures::channel::mpsc;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::preview::{PreviewFrame, tab_of};
use super::terminal::NodeTerminal;
use crate::console::session::{Event, Screen, Session};
use crate::js;
use crate::state::{App, Happening};
use crate::ui::flow::{For, Show, effect};
use crate::ui::tabs::{tab_keys, tab_stop};
use crate::ui::{remember, remembered};
use serde_json::Value;
use shared::api::json;

/// Tabs of consoles and terminals. What was opened stays, shown or not.
#[component]
pub fn ConsolePane() -> impl IntoView {
    let app = expect_context::<App>();
    let opened = RwSignal::new(Vec::<String>::new());
    let nodes = move || app.cluster.nodes.with(|nodes| nodes.keys().map(|(_, name)| name.clone()).collect::<Vec<_>>());
    effect(move || {
        let tab = app.tab.get();
        if tab != "console" && !tab.starts_with(':') && !opened.with_untracked(|all| all.contains(&tab)) {
            opened.update(|all| all.push(tab));
        }
    });
    effect(move || match app.previews.get().first() {
        Some(preview) => app.tab.set(tab_of(preview)),
        None if app.tab.with_untracked(|tab| tab.starts_with(':')) => app.tab.set("console".to_owned()),
        None => {}
    });
    let tab_button = move |id: String| {
        let (own, shown, label, test) = (id.clone(), id.clone(), id.clone(), format!("tab-{id}"));
        view! {
            <button class="tab" role="tab" data-testid=test aria-selected=move || (app.tab.get() == own).to_string()
                tabindex=move || tab_stop(app.tab.get() == shown) on:click=move |_| app.tab.set(id.clone())>
                {move || if label == "console" { app.texts().console.to_owned() } else { label.clone() }}
            </button>
        }
    };
    view! {
        <section class="pane pane-console" aria-label=move || app.texts().console>
            <div class="pane-head">
                <div class="tabs" role="tablist" aria-label=move || app.texts().console on:keydown=move |event| tab_keys(&event)>
                    {tab_button("console".to_owned())}
                    <For each=nodes key=|name| name.clone() children=tab_button />
                    <For each=move || app.previews.get() key=|p| p.address.clone() children=move |p| tab_button(tab_of(&p)) />
                </div>
            </div>
            <div class="pane-body tight terminal-pane" role="tabpanel" aria-label=move || app.tab.get()>
                <div class="fill" class:away=move || app.tab.get() != "console"><Console /></div>
                <For each=move || opened.get() key=|name| name.clone() let:name>
                    {
                        let own = name.clone();
                        view! {
                            <div class="fill" class:away=move || app.tab.get() != own><NodeTerminal node=name /></div>
                        }
                    }
                </For>
                <For each=move || app.previews.get() key=|p| p.address.clone() let:preview><PreviewFrame preview=preview /></For>
                <Show when=move || !app.waiting.with(Vec::is_empty)>
                    <p class="waiting" role="status" data-testid="waiting">
                        <span>{move || app.texts().waiting}" "<code>{move || app.waiting.with(|lines| lines.first().cloned())}</code></span>
                        <button class="button" on:click=move |_| app.waiting.set(Vec::new())>{move || app.texts().forget}</button>
                    </p>
                </Show>
            </div>
        </section>
    }
}

#[component]
fn Console() -> impl IntoView {
    let app = expect_context::<App>();
    let host = NodeRef::<Div>::new();
    effect(move || {
        let Some(element) = host.get() else { return };
        spawn_local(async move {
            let (send, events) = mpsc::unbounded();
            let (keys, sizes) = (send.clone(), send.clone());
            let made = js::terminal(
                &element,
                app.language.get_untracked().texts().console,
                move |data| drop(keys.unbounded_send(Event::Keys(data))),
                move |columns, rows| drop(sizes.unbounded_send(Event::Size(columns, rows))),
            );
            let Ok(terminal) = made.await else { return };
            let terminal = Rc::new(terminal);
            app.console.set_value(Some(send));
            let texts = app.language.get_untracked().texts();
            let screen = Screen::new(terminal.clone());
            screen.print_text(format!("{}\n", texts.welcome).as_bytes());
            terminal.focus();
            let history = remembered("history").and_then(|text| json::read(text.as_bytes()).ok()).unwrap_or_default();
            let lines = history.as_array().into_iter().flatten().filter_map(|line| line.as_str().map(str::to_owned));
            let history = lines.collect();
            let ended = move |line: &str, code: i32| {
                let failed = if code == 0 { String::new() } else { format!(" (exit code {code})") };
                app.timeline.note(Happening::Command, "", &format!("{line}{failed}"));
                app.ended.update(|(count, last)| (*count, *last) = (*count + 1, code));
                // What ran may have written files.
                spawn_local(app.files.refresh());
            };
            let session =
                Session::new(screen, app.transport, history, app.waiting, app.previews, texts.shell_lost, ended);
            session.run(events, |history| remember("history", &Value::from(history.to_vec()).to_string())).await;
        });
    });
    view! { <div class="terminal-host" data-testid="console" node_ref=host></div> }
}
