//! The console pane: consoles, a terminal a node, what is forwarded.

use std::rc::Rc;

use futures::channel::mpsc;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use markup::view;

use super::preview::{key_of, preview_frame, tab_of};
use super::terminal::node_terminal;
use crate::console::screen::Screen;
use crate::console::session::{Event, Session};
use crate::js;
use crate::signal::RwSignal;
use crate::state::{App, Happening};
use crate::ui::element::held;
use crate::ui::flow::{each, effect, show};
use crate::ui::tabs::{tab_keys, tab_stop};
use crate::ui::view::View;
use crate::ui::{remember, remembered};
use serde_json::Value;
use shared::api::json;

/// A console's tab: no node is called so.
fn tab_of_console(number: u32) -> String {
    if number == 1 { "console".to_owned() } else { format!("console {number}") }
}

/// Tabs of consoles and terminals. What was opened stays, shown or not.
pub fn console_pane() -> View {
    let app = expect_context::<App>();
    let opened = RwSignal::new(Vec::<String>::new());
    let consoles = RwSignal::new(vec![1]);
    let nodes = move || app.cluster.nodes.with(|nodes| nodes.keys().map(|(_, name)| name.clone()).collect::<Vec<_>>());
    effect(move || {
        let tab = app.tab.get();
        if !tab.starts_with("console") && !tab.starts_with(':') && !opened.with_untracked(|all| all.contains(&tab)) {
            opened.update(|all| all.push(tab));
        }
    });
    effect(move || match app.previews.get().first() {
        Some(preview) => app.tab.set(tab_of(preview)),
        None if app.tab.with_untracked(|tab| tab.starts_with(':')) => app.tab.set(tab_of_console(1)),
        None => {}
    });
    let add = move |_| {
        let number = consoles.with_untracked(|all| all.iter().max().map_or(1, |last| last + 1));
        consoles.update(|all| all.push(number));
        app.tab.set(tab_of_console(number));
    };
    let close = move |number: u32| {
        if number > 1 {
            app.close_console(number);
            consoles.update(|all| all.retain(|console| *console != number));
            app.tab.set(tab_of_console(1));
        }
    };
    // `console` is 0 for tabs that are none.
    let tab_button = move |id: String, console: u32| {
        let (own, shown, label, test) = (id.clone(), id.clone(), id.clone(), format!("tab-{id}"));
        let closes = console > 1;
        let label = move || match console {
            0 => label.clone(),
            1 => app.texts().console.to_owned(),
            number => format!("{} {number}", app.texts().console),
        };
        view! {
            <button class="tab" role="tab" data-testid=test aria-selected=move || (app.tab.get() == own).to_string()
                aria-keyshortcuts=closes.then_some("Delete") tabindex=move || tab_stop(app.tab.get() == shown)
                on:click=move |_| app.tab.set(id.clone())
                on:keydown=move |event: KeyboardEvent| if event.key() == "Delete" { close(console) }>
                {label}
                // For the pointer; by keyboard it is Delete.
                {closes.then(|| view! {
                    <span class="close" aria-hidden="true" data-testid="close-console" title=move || app.texts().close
                        on:click=move |event| { event.stop_propagation(); close(console) }>"✕"</span>
                })}
            </button>
        }
    };
    view! {
        <section class="pane pane-console" aria-label=move || app.texts().console>
            <div class="pane-head">
                <div class="tabs" role="tablist" aria-label=move || app.texts().console on:keydown=move |event| tab_keys(&event)>
                    {each(move || consoles.get(), u32::to_string, move |number| tab_button(tab_of_console(number), number))}
                    {each(nodes, String::clone, move |name| tab_button(name, 0))}
                    {each(move || app.previews.get(), key_of, move |preview| tab_button(tab_of(&preview), 0))}
                </div>
                <span class="grow"></span>
                <button class="button quiet reader" data-testid="reader" aria-pressed=move || app.reader.get().to_string()
                    on:click=move |_| app.switch_reader()>{move || app.texts().reader}</button>
                <button class="button quiet" data-testid="new-console" title=move || app.texts().new_console
                    aria-label=move || app.texts().new_console on:click=add>"+"</button>
            </div>
            <div class="pane-body tight terminal-pane" role="tabpanel" aria-label=move || app.tab.get()>
                {each(move || consoles.get(), u32::to_string, move |number| view! {
                    <div class="fill" class:away=move || app.tab.get() != tab_of_console(number)>{console(number)}</div>
                })}
                {each(move || opened.get(), String::clone, move |name| {
                    let own = name.clone();
                    view! { <div class="fill" class:away=move || app.tab.get() != own>{node_terminal(name)}</div> }
                })}
                {each(move || app.previews.get(), key_of, preview_frame)}
                {show(move || !app.waiting.with(Vec::is_empty), move || view! {
                    <p class="waiting" role="status" data-testid="waiting">
                        <span>{move || app.texts().waiting}" "<code>{move || app.waiting.with(|lines| lines.first().cloned())}</code></span>
                        <button class="button" on:click=move |_| app.waiting.set(Vec::new())>{move || app.texts().forget}</button>
                    </p>
                })}
            </div>
        </section>
    }
}

fn console(number: u32) -> View {
    let app = expect_context::<App>();
    let host = held();
    let is_first = number == 1;
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
                move |word, open| app.pod_named(&word, open),
            );
            let Ok(terminal) = made.await else { return };
            let terminal = Rc::new(terminal);
            app.consoles.update_value(|all| drop(all.insert(number, send)));
            let screen = Screen::new(terminal.clone());
            if is_first {
                screen.print_text(format!("{}\n", app.language.get_untracked().texts().welcome).as_bytes());
            }
            terminal.focus();
            let history = remembered("history").and_then(|text| json::read(text.as_bytes()).ok()).unwrap_or_default();
            let lines = history.as_array().into_iter().flatten().filter_map(|line| line.as_str().map(str::to_owned));
            let history = lines.collect();
            let ended = move |line: &str, code: i32| {
                let failed = if code == 0 { String::new() } else { format!(" (exit code {code})") };
                app.timeline.note(Happening::Command, "", &format!("{line}{failed}"));
                if is_first {
                    app.ended.update(|(count, last)| (*count, *last) = (*count + 1, code));
                }
                // What ran may have written files.
                spawn_local(app.files.refresh());
            };
            // Lines of lessons and buttons are for the first.
            let waiting = if is_first { app.waiting } else { RwSignal::new(Vec::new()) };
            let session = Session::new(number, screen, app, history, waiting, ended);
            session.run(events, |history| remember("history", &Value::from(history.to_vec()).to_string())).await;
        });
    });
    view! { <div class="terminal-host" data-testid=tab_of_console(number) node_ref=host></div> }
}
