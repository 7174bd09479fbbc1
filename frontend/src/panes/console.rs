//! The console pane: the console, and a terminal a node.

use std::rc::Rc;

use futures::channel::mpsc;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::terminal::NodeTerminal;
use crate::console::session::{Event, Screen, Session};
use crate::js;
use crate::state::App;
use crate::ui::{remember, remembered};

/// Tabs of consoles and terminals. What was opened stays, shown or not.
#[component]
pub fn ConsolePane() -> impl IntoView {
    let app = expect_context::<App>();
    let opened = RwSignal::new(Vec::<String>::new());
    let nodes = move || app.cluster.nodes.with(|nodes| nodes.keys().map(|(_, name)| name.clone()).collect::<Vec<_>>());
    Effect::new(move |_| {
        let tab = app.tab.get();
        if tab != "console" && !opened.with_untracked(|all| all.contains(&tab)) {
            opened.update(|all| all.push(tab));
        }
    });
    let tab_button = move |id: String| {
        let (own, label, test) = (id.clone(), id.clone(), format!("tab-{id}"));
        view! {
            <button class="tab" role="tab" data-testid=test aria-selected=move || (app.tab.get() == own).to_string()
                on:click=move |_| app.tab.set(id.clone())>
                {move || if label == "console" { app.texts().console.to_owned() } else { label.clone() }}
            </button>
        }
    };
    view! {
        <section class="pane pane-console" aria-label=move || app.texts().console>
            <div class="pane-head">
                <div class="tabs" role="tablist">
                    {tab_button("console".to_owned())}
                    <For each=nodes key=|name| name.clone() children=tab_button />
                </div>
            </div>
            <div class="pane-body tight terminal-pane">
                <div class="fill" class:hidden=move || app.tab.get() != "console"><Console /></div>
                <For each=move || opened.get() key=|name| name.clone() let:name>
                    {
                        let own = name.clone();
                        view! {
                            <div class="fill" class:hidden=move || app.tab.get() != own><NodeTerminal node=name /></div>
                        }
                    }
                </For>
            </div>
        </section>
    }
}

#[component]
fn Console() -> impl IntoView {
    let app = expect_context::<App>();
    let host = NodeRef::<Div>::new();
    Effect::new(move |_| {
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
            screen.print_text(format!("\x1b[2m{}\x1b[0m\n", texts.welcome).as_bytes());
            terminal.focus();
            let history = remembered("history").and_then(|h| serde_json::from_str(&h).ok()).unwrap_or_default();
            // What ran may have written files.
            let ended = move |code| {
                app.ended.update(|(count, last)| (*count, *last) = (*count + 1, code));
                spawn_local(app.files.refresh());
            };
            let session = Session::new(screen, app.transport, history, texts.shell_lost, ended);
            session
                .run(events, |history| {
                    if let Ok(text) = serde_json::to_string(history) {
                        remember("history", &text);
                    }
                })
                .await;
        });
    });
    view! { <div class="terminal-host" data-testid="console" node_ref=host></div> }
}
