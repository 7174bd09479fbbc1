//! What can be done with the file that is shown.

use leptos::prelude::*;
use leptos::task::spawn_local;
use markup::view;
use serde_json::json;

use super::{Wishes, share};
use crate::signal::RwSignal;
use crate::state::App;
use crate::ui::view::View;
use crate::ui::{confirm, copy};

/// The row of tools.
pub fn tool_row(wishes: Wishes) -> View {
    let app = expect_context::<App>();
    let files = app.files;
    let shared = RwSignal::new(false);
    let changed = move || files.shown().is_some_and(|f| f.is_changed());
    // A shell's word: what stands in a file's name is no syntax.
    let word = |path: &str| match path.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b)) {
        true => path.to_owned(),
        false => format!("'{}'", path.replace('\'', "'\\''")),
    };
    let saved = move |command: &'static str| {
        spawn_local(async move {
            if let Ok(path) = files.save().await {
                app.run(&format!("kubectl {command} -f {}", word(&path)));
            }
        });
    };
    let format = move |_| {
        let Some(file) = untrack(|| files.shown()) else { return };
        if let Some(text) = shared::manifest::format(&file.text).filter(|text| *text != file.text) {
            let end = file.text.encode_utf16().count();
            wishes.change.set(Some(json!([{"from": 0, "to": end, "insert": text}]).to_string()));
        }
    };
    let share = move |_| {
        if let Some(file) = untrack(|| files.shown()) {
            copy(&share::link(&file.path, &file.text), shared);
        }
    };
    let remove = move |_| {
        if let Some(path) = files.current.get_untracked()
            && confirm(app.texts().delete_sure)
        {
            files.remove(&path);
        }
    };
    view! {
        <div class="tools">
            <button class="button quiet" data-testid="format" on:click=format>{move || app.texts().format}</button>
            <button class="button quiet" data-testid="diff" title=move || app.texts().diff_about
                on:click=move |_| saved("diff")>{move || app.texts().diff}</button>
            <button class="button quiet" data-testid="share" title=move || app.texts().share_about on:click=share>
                {move || if shared.get() { app.texts().copied } else { app.texts().share }}
            </button>
            <button class="button quiet" data-testid="delete-file" on:click=remove>{move || app.texts().delete}</button>
            <span class="grow"></span>
            <button class="button" data-testid="save" disabled=move || !changed()
                on:click=move |_| spawn_local(async move { drop(files.save().await) })>{move || app.texts().save}</button>
            <button class="button primary" data-testid="apply" on:click=move |_| saved("apply")>{move || app.texts().apply}</button>
        </div>
    }
}
