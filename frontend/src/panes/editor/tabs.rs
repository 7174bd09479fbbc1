//! The editor's head: open files as tabs, all files as a list, new ones from templates.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use markup::view;

use crate::net::http;
use crate::state::App;
use crate::ui::flow::{each, show};
use crate::ui::tabs::{tab_keys, tab_stop};
use crate::ui::view::View;
use crate::ui::{ask, confirm};

/// Templates: files of the page's `templates` folder.
const TEMPLATES: [&str; 9] =
    ["pod", "command", "probes", "two-containers", "init-container", "volume", "resources", "configmap", "secret"];

/// The head.
pub fn file_tabs() -> View {
    let app = expect_context::<App>();
    let files = app.files;
    let open = move || files.open.with(|open| open.iter().map(|f| f.path.clone()).collect::<Vec<_>>());
    let create = move |_| {
        if let Some(name) = ask(app.texts().new_file_name, "pod.yaml") {
            let name = name.trim().trim_start_matches('/');
            // One that is there is opened, not emptied.
            match files.is_known(name) {
                true => files.show(name),
                false => files.propose(name, ""),
            }
        }
    };
    let template = move |name: String| {
        spawn_local(async move {
            let Ok(answer) = http::send("GET", &format!("/templates/{name}.yaml"), &[], None).await else { return };
            let (status, bytes) = (answer.status, answer.bytes().await);
            if let (200, Ok(bytes)) = (status, bytes) {
                app.propose(&format!("{name}.yaml"), &String::from_utf8_lossy(&bytes));
            }
        });
    };
    view! {
        <div class="pane-head">
            <select class="button quiet" data-testid="files" aria-label=move || app.texts().files prop:value=""
                on:change=move |event| choose(&event, |path| files.show(&path))>
                <option value="">{move || app.texts().files}</option>
                {each(move || files.names.get(), String::clone, |name| view! { <option value=name.clone()>{name}</option> })}
            </select>
            <div class="tabs" role="tablist" aria-label=move || app.texts().open_files on:keydown=move |event| tab_keys(&event)>
                {each(open, String::clone, file_tab)}
            </div>
            <span class="grow"></span>
            <button class="button quiet" data-testid="new-file" title=move || app.texts().new_file
                aria-label=move || app.texts().new_file on:click=create>"+"</button>
            <select class="button quiet" data-testid="templates" aria-label=move || app.texts().templates prop:value=""
                on:change=move |event| choose(&event, template)>
                <option value="">{move || app.texts().templates}</option>
                {TEMPLATES.map(|name| view! { <option value=name>{name}</option> })}
            </select>
        </div>
    }
}

/// A list from which something is chosen, and which then shows its own name again.
fn choose(event: &web_sys::Event, then: impl Fn(String)) {
    let value = event_target_value(event);
    event_target::<web_sys::HtmlSelectElement>(event).set_value("");
    if !value.is_empty() {
        then(value);
    }
}

fn file_tab(path: String) -> View {
    let app = expect_context::<App>();
    let files = app.files;
    let path = StoredValue::new(path);
    let chosen = move || path.with_value(|own| files.current.with(|current| current.as_ref() == Some(own)));
    let changed =
        move || path.with_value(|own| files.open.with(|o| o.iter().any(|f| f.path == *own && f.is_changed())));
    let close = move || {
        if !changed() || confirm(app.texts().close_sure) {
            files.close(&path.get_value());
        }
    };
    view! {
        <button class="tab" role="tab" data-testid=format!("file-{}", path.get_value()) aria-keyshortcuts="Delete"
            aria-selected=move || chosen().to_string() tabindex=move || tab_stop(chosen())
            on:click=move |_| files.show(&path.get_value())
            on:auxclick=move |event| if event.button() == 1 { close() }
            on:keydown=move |event: KeyboardEvent| if event.key() == "Delete" { close() }>
            {path.get_value()}
            {show(changed, move || view! { <span class="dot" title=move || app.texts().unsaved>"●"</span> })}
            // For the pointer; by keyboard it is Delete.
            <span class="close" aria-hidden="true" data-testid="close-file" title=move || app.texts().close
                on:click=move |event| { event.stop_propagation(); close() }>"✕"</span>
        </button>
    }
}
