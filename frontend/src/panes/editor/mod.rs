//! The editor pane: files as tabs, problems as you type with what mends them, tools, Apply.

mod code;
mod problems;
mod share;
mod tabs;
mod tools;

use leptos::ev::DragEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use markup::view;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use code::code_editor;
use problems::problem_list;
use tabs::file_tabs;
use tools::tool_row;

use crate::signal::{Memo, RwSignal};
use crate::state::{App, Failed};
use crate::ui::flow::show;
use crate::ui::view::View;

/// The largest file that may be dropped here: kubectl's own manifests are far smaller.
const DROPPED: f64 = 1_000_000.0;

/// What the parts of the pane tell the editor.
#[derive(Clone, Copy)]
struct Wishes {
    /// Show this offset.
    go: RwSignal<Option<usize>>,
    /// Make these changes: `[{from, to, insert}]` as JSON.
    change: RwSignal<Option<String>>,
}

/// The pane.
pub fn editor_pane() -> View {
    let app = expect_context::<App>();
    let files = app.files;
    let wishes = Wishes { go: RwSignal::new(None), change: RwSignal::new(None) };
    let shown = Memo::new(move || files.shown());
    let problems = Memo::new(move || shown.get().map(|f| problems::check(&f.path, &f.text)).unwrap_or_default());
    let over = RwSignal::new(false);
    share::open_shared(app);
    let failed = move || {
        files.refusal.get().map(|(what, why)| {
            let texts = app.texts();
            let what = match what {
                Failed::Open => texts.not_opened,
                Failed::Save => texts.read_only,
                Failed::Remove => texts.not_removed,
            };
            view! { <p class="banner" role="alert" data-testid="file-refusal">{format!("{what}: {why}")}</p> }
        })
    };
    view! {
        <section class="pane pane-editor" class:over=move || over.get() data-testid="editor" aria-label=move || app.texts().editor
            on:dragover=move |event| { event.prevent_default(); over.set(true) } on:dragleave=move |_| over.set(false)
            on:drop=move |event| { event.prevent_default(); over.set(false); take(app, &event) }>
            {file_tabs()}
            {show(move || shown.with(Option::is_some), move || tool_row(wishes))}
            {failed}
            <div class="pane-body tight" role="tabpanel" aria-label=move || files.current.get().unwrap_or_default()>
                {show(move || shown.with(Option::is_none), move || view! {
                    <p class="empty">{move || app.texts().no_file}</p>
                })}
                <div class="fill" class:hidden=move || shown.with(Option::is_none)>
                    {code_editor(problems, wishes)}
                </div>
            </div>
            {problem_list(problems, wishes)}
        </section>
    }
}

/// Opens files that were dropped.
fn take(app: App, event: &DragEvent) {
    let Some(list) = event.data_transfer().and_then(|data| data.files()) else { return };
    for file in (0..list.length()).filter_map(|at| list.get(at)) {
        let name = file.name();
        if file.size() > DROPPED {
            app.files.refusal.set(Some((Failed::Open, format!("{name} > 1 MB"))));
            continue;
        }
        spawn_local(async move {
            let text = JsFuture::from(file.unchecked_ref::<web_sys::Blob>().text()).await;
            if let Some(text) = text.ok().and_then(|text| text.as_string()) {
                app.propose(&name, &text);
            }
        });
    }
}
