//! "Show me the HTTP": each command of the console with what it asked the API server.

use leptos::prelude::*;
use markup::view;

use super::flow::{each, show};
use super::{copy, focus};
use crate::net::recipe::Recipe;
use crate::net::transport::{Command, Exchange};
use crate::signal::{Memo, RwSignal};
use crate::state::App;
use crate::ui::element::held;
use crate::ui::view::View;
use shared::api::json;

/// The drawer.
pub fn http_drawer() -> View {
    let app = expect_context::<App>();
    show(move || app.http.get(), drawer)
}

fn drawer() -> View {
    let app = expect_context::<App>();
    let node = held();
    focus::hold(node);
    let numbers = move || app.transport.commands.with(|all| all.iter().map(|c| c.number).collect::<Vec<_>>());
    view! {
        <section class="drawer" role="dialog" aria-label="HTTP" data-testid="http-drawer" tabindex="-1" node_ref=node
            on:keydown=move |event| if event.key() == "Escape" { app.http.set(false) }>
            <div class="pane-head">
                <h2>"HTTP"</h2>
                <span class="summary">{move || app.texts().http_about}</span>
                <span class="grow"></span>
                <button class="button quiet" aria-label=move || app.texts().close on:click=move |_| app.http.set(false)>"✕"</button>
            </div>
            <div class="pane-body" tabindex="0">
                {show(move || app.transport.commands.with(Vec::is_empty), move || view! {
                    <p class="empty">{move || app.texts().http_empty}</p>
                })}
                {each(numbers, usize::to_string, command_requests)}
            </div>
        </section>
    }
}

fn command_requests(number: usize) -> View {
    let app = expect_context::<App>();
    let find = move |all: &Vec<Command>| all.iter().find(|c| c.number == number).cloned();
    let command = Memo::new(move || app.transport.commands.with(find));
    let line = command.get_untracked().map(|c| c.line).unwrap_or_default();
    let requests =
        move || command.get().map(|c| c.requests).unwrap_or_default().into_iter().enumerate().collect::<Vec<_>>();
    view! {
        <section class="http" data-testid="http-command">
            <h3><code>{line}</code></h3>
            <ol>
                {each(requests, |(at, _)| at.to_string(), |(_, exchange)| request_line(exchange))}
            </ol>
        </section>
    }
}

fn request_line(exchange: Exchange) -> View {
    let app = expect_context::<App>();
    let open = RwSignal::new(false);
    let state = match exchange.status {
        0 | 500.. => "bad",
        400..500 => "busy",
        _ => "good",
    };
    let status = if exchange.status == 0 { "—".to_owned() } else { exchange.status.to_string() };
    let (method, path, time) = (exchange.method.clone(), exchange.path.clone(), exchange.milliseconds);
    let exchange = StoredValue::new(exchange);
    view! {
        <li>
            <button class="line" data-testid="http-request" aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)>
                <span class=format!("chip {state}")>{status}</span>
                <strong>{method}</strong>
                <span class="path">{path}</span>
                <span class="meta">{format!("{time} ms")}</span>
            </button>
            {show(move || open.get(), move || move || detail(app, &exchange.get_value()))}
        </li>
    }
}

fn detail(app: App, exchange: &Exchange) -> View {
    let (origin, root) = (crate::net::origin(), crate::net::root());
    let recipe = Recipe {
        origin: &origin,
        root: &root,
        method: &exchange.method,
        path: &exchange.path,
        headers: &exchange.headers,
        body: &exchange.body,
    };
    // Other tools cannot hold a WebSocket's conversation in one line.
    let copies = if exchange.status == 101 {
        Vec::new()
    } else {
        let kubectl = recipe.kubectl().map(|text| ("kubectl --raw", text));
        [("curl", recipe.curl())].into_iter().chain(kubectl).chain([("Python", recipe.python())]).collect()
    };
    let copies: Vec<_> = copies.into_iter().map(|(name, text)| copy_button(name, text)).collect();
    let headers: String = exchange.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let answer = exchange.answer.as_ref().map_or_else(|| app.texts().streamed.to_owned(), |text| indented(text));
    view! {
        <div class="exchange">
            <div class="actions">{copies}</div>
            <pre data-testid="http-asked">{headers}{(!exchange.body.is_empty()).then(|| format!("\n{}", indented(&exchange.body)))}</pre>
            <pre data-testid="http-answer">{answer}</pre>
        </div>
    }
}

/// JSON that is read by people; anything else as it is, also JSON whose end was not kept.
fn indented(text: &str) -> String {
    json::read(text.as_bytes()).map_or_else(|_| text.to_owned(), |value| format!("{value:#}"))
}

fn copy_button(name: &'static str, text: String) -> View {
    let app = expect_context::<App>();
    let done = RwSignal::new(false);
    view! {
        <button class="button" data-testid="copy" on:click=move |_| copy(&text, done)>
            {move || if done.get() { app.texts().copied } else { name }}
        </button>
    }
}
