//! The text itself: CodeMirror, told what to show and what is wrong.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use markup::view;
use serde_json::{Value, json};
use shared::manifest::assist;

use super::Wishes;
use super::problems::Found;
use crate::js;
use crate::signal::{Memo, RwSignal};
use crate::state::App;
use crate::ui::element::held;
use crate::ui::flow::effect;
use crate::ui::view::View;

/// The editor, loaded when the first file is opened.
pub fn code_editor(problems: Memo<Vec<Found>>, wishes: Wishes) -> View {
    let app = expect_context::<App>();
    let files = app.files;
    let host = held();
    let editor = RwSignal::new(None::<Rc<js::Editor>>);
    let loading = StoredValue::new(false);
    effect(move || {
        let (Some(element), true) = (host.get(), files.current.with(Option::is_some)) else { return };
        if loading.get_value() {
            return;
        }
        loading.set_value(true);
        spawn_local(async move {
            let label = app.language.get_untracked().texts().editor;
            let save = move || spawn_local(async move { drop(files.save().await) });
            match js::editor(&element, label, move |text| files.edit(text), save, assist).await {
                Ok(made) => editor.set(Some(Rc::new(made))),
                // The server may be away: the next wish to see a file tries again.
                Err(_) => loading.set_value(false),
            }
        });
    });
    let shown = Memo::new(move || files.shown().map(|f| (f.path, f.text)));
    effect(move || {
        let (Some(editor), Some((path, text)), found) = (editor.get(), shown.get(), problems.get()) else { return };
        // What the file has and the editor has not. What is typed comes the other way, and is then the same. Marks are
        // the text's, and come after it.
        editor.open(&path, &text);
        let marks = found
            .iter()
            .map(|p| json!({"from": p.from, "to": p.to, "severity": p.severity, "message": p.message}))
            .collect::<Vec<_>>();
        editor.mark(&Value::from(marks).to_string());
    });
    effect(move || {
        if let (Some(editor), Some(offset)) = (editor.get(), wishes.go.get()) {
            editor.go(offset);
        }
    });
    effect(move || {
        if let (Some(editor), Some(changes)) = (editor.get(), wishes.change.get()) {
            editor.change(&changes);
        }
    });
    view! { <div class="fill" data-testid="code" node_ref=host></div> }
}

/// Where the server describes an API version's types.
fn document(api_version: &str) -> String {
    let api = if api_version.contains('/') { "apis" } else { "api" };
    format!("{}/openapi/v3/{api}/{api_version}", crate::net::root())
}

/// What fits at a place (`complete`), or what is there (`hint`), as JSON; offsets are JavaScript's.
fn assist(what: &str, text: &str, offset: usize) -> String {
    let mut units = 0;
    let at = text.char_indices().find(|(_, c)| {
        let here = units >= offset;
        units += c.len_utf16();
        here
    });
    let at = at.map_or(text.len(), |(at, _)| at);
    let answer = match what {
        "complete" => {
            let place = assist::place(text, at);
            let typed = place.map(|p| p.word.encode_utf16().count()).unwrap_or_default();
            let found = assist::complete(text, at).into_iter();
            let options: Vec<Value> = found.map(|c| json!({"label": c.text, "detail": c.detail})).collect();
            json!({"typed": typed, "options": options})
        }
        _ => assist::hint(text, at).map_or(Value::Null, |hint| {
            json!({
                "path": hint.path, "type": hint.ty, "enums": hint.enums, "default": hint.default,
                "fields": hint.fields, "name": hint.name, "owner": hint.owner, "document": document(&hint.api_version),
            })
        }),
    };
    answer.to_string()
}
