//! A terminal on a node: a real shell, found again after the connection was lost.

use futures::StreamExt;
use futures::channel::mpsc;
use futures::future::{Either, select};
use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use markup::view;
use serde_json::Value;
use shared::api::paths::encode;

use crate::console::session::Event;
use crate::js;
use crate::locales::Texts;
use crate::net::socket::{Message, Socket};
use crate::net::{sandbox, socket_address};
use crate::state::App;
use crate::ui::element::held;
use crate::ui::flow::effect;
use crate::ui::pause;
use crate::ui::view::View;
use shared::api::json;

/// The terminal of one node.
pub fn node_terminal(node: String) -> View {
    let app = expect_context::<App>();
    let host = held();
    let test = format!("terminal-{node}");
    let (send, events) = mpsc::unbounded();
    let (lines, own) = (send.clone(), node.clone());
    effect(move || {
        if let Some((_, keys)) = app.errand.get().filter(|(node, _)| *node == own) {
            let _ = lines.unbounded_send(Event::Keys(keys));
            app.errand.set(None);
        }
    });
    let events = StoredValue::new_local(Some(events));
    effect(move || {
        let Some(element) = host.get() else { return };
        let Some(events) = events.try_update_value(Option::take).flatten() else { return };
        let (node, send) = (node.clone(), send.clone());
        spawn_local(async move {
            let sizes = send.clone();
            let made = js::terminal(
                &element,
                &node,
                move |data| drop(send.unbounded_send(Event::Keys(data))),
                move |columns, rows| drop(sizes.unbounded_send(Event::Size(columns, rows))),
                move |word, open| app.pod_named(&word, open),
            );
            let Ok(terminal) = made.await else { return };
            terminal.focus();
            serve(&node, &terminal, events, app.language.get_untracked().texts()).await;
        });
    });
    view! { <div class="terminal-host" data-testid=test node_ref=host></div> }
}

/// Leaves the alternate screen (not by 1049, which would also put the cursor back to where it once was), resets modes, and
/// goes to a line of its own.
const AFRESH: &str = "\x1b[?1047l\x1b[!p\x1b[?1000;1002;1003;1006;2004l\r\n";

/// Connects and goes on connecting: to the same shell as long as it lives.
async fn serve(node: &str, terminal: &js::Terminal, mut events: mpsc::UnboundedReceiver<Event>, texts: &Texts) {
    let mut session = String::new();
    loop {
        let path = format!(
            "/playground/v1/sandboxes/{}/nodes/{}/terminal?cols={}&rows={}&session={}",
            encode(&sandbox()),
            encode(node),
            terminal.columns(),
            terminal.rows(),
            encode(&session)
        );
        let Some(mut socket) = Socket::open(&socket_address(&path), &[]).await else {
            pause(1500).await;
            continue;
        };
        if talk(&mut socket, terminal, &mut events, &mut session, texts.terminal_afresh).await {
            session.clear();
            terminal.write(&Uint8Array::from(format!("\r\n{}\r\n", texts.terminal_ended).as_bytes()));
            while !matches!(events.next().await, None | Some(Event::Keys(_))) {}
            terminal.reset();
        } else {
            pause(700).await;
        }
    }
}

/// Carries bytes both ways; says whether the shell itself has ended.
async fn talk(
    socket: &mut Socket,
    terminal: &js::Terminal,
    events: &mut mpsc::UnboundedReceiver<Event>,
    session: &mut String,
    afresh: &str,
) -> bool {
    loop {
        let next = match select(Box::pin(socket.next()), events.next()).await {
            Either::Left((message, _)) => Ok(message),
            Either::Right((event, _)) => Err(event),
        };
        match next {
            Ok(None) => return false,
            Ok(Some(Message::Binary(bytes))) => terminal.write(&Uint8Array::from(bytes.as_slice())),
            Ok(Some(Message::Text(text))) => {
                let said: Value = json::read(text.as_bytes()).unwrap_or_default();
                if let Some(name) = said.get("session").and_then(Value::as_str) {
                    match said["new"] == true && !session.is_empty() {
                        // The last one went with the server. What it printed stays, without the modes it may have set.
                        true => terminal.write(&Uint8Array::from(format!("{AFRESH}{afresh}\r\n").as_bytes())),
                        // The shell's past is told again: from an empty screen.
                        false => terminal.reset(),
                    }
                    name.clone_into(session);
                }
                if said.get("exit").is_some() {
                    return true;
                }
            }
            Err(None) => return false,
            Err(Some(Event::Keys(keys) | Event::Run(keys))) => drop(socket.send(keys.as_bytes())),
            Err(Some(Event::Connected(_))) => {}
            Err(Some(Event::Size(columns, rows))) => {
                socket.send_text(&format!("{{\"resize\":[{columns},{rows}]}}"));
            }
        }
    }
}
