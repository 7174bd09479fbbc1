//! The editor pane: files as tabs, problems as you type, Apply.

use std::rc::Rc;

use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::json;
use shared::manifest::{self, Severity};

use crate::js;
use crate::state::App;
use crate::ui::{ask, confirm};

/// One line of the list of problems.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    line: usize,
    column: usize,
    from: usize,
    to: usize,
    severity: &'static str,
    message: String,
}

/// Everything wrong with a text, if it is a manifest.
fn check(path: &str, text: &str) -> Vec<Found> {
    if ![".yaml", ".yml", ".json"].iter().any(|e| path.ends_with(e)) || text.trim().is_empty() {
        return Vec::new();
    }
    manifest::check(text)
        .into_iter()
        .map(|p| {
            let (from, to) = p.span.utf16(text);
            let severity = match p.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "info",
            };
            Found { line: p.span.line, column: p.span.column, from, to, severity, message: p.message }
        })
        .collect()
}

/// The pane.
#[component]
pub fn EditorPane() -> impl IntoView {
    let app = expect_context::<App>();
    let files = app.files;
    let shown = Memo::new(move |_| files.shown());
    let problems = Memo::new(move |_| shown.get().map(|f| check(&f.path, &f.text)).unwrap_or_default());
    let go = RwSignal::new(None::<usize>);
    let save = move || spawn_local(async move { drop(files.save().await) });
    let apply = move |_| {
        spawn_local(async move {
            if let Ok(path) = files.save().await {
                app.run(&format!("kubectl apply -f {path}"));
            }
        });
    };
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
    let remove = move |_| {
        if let Some(path) = files.current.get_untracked()
            && confirm(app.texts().delete_sure)
        {
            files.remove(&path);
        }
    };
    let names = move || {
        let open: Vec<String> = files.open.with(|open| open.iter().map(|f| f.path.clone()).collect());
        let rest = files.names.get().into_iter().filter(|n| !open.contains(n)).collect::<Vec<_>>();
        open.into_iter().chain(rest).collect::<Vec<_>>()
    };
    view! {
        <section class="pane pane-editor" data-testid="editor" aria-label=move || app.texts().editor>
            <div class="pane-head">
                <div class="tabs" role="tablist" aria-label=move || app.texts().files>
                    <For each=names key=|name| name.clone() let:name><FileTab path=name /></For>
                </div>
                <button class="button quiet" data-testid="new-file" title=move || app.texts().new_file
                    aria-label=move || app.texts().new_file on:click=create>"＋"</button>
                <span class="grow"></span>
                <Show when=move || shown.get().is_some()>
                    <button class="button quiet" data-testid="delete-file" on:click=remove>{move || app.texts().delete}</button>
                    <button class="button" data-testid="save" disabled=move || shown.get().is_none_or(|f| !f.is_changed())
                        on:click=move |_| save()>{move || app.texts().save}</button>
                    <button class="button primary" data-testid="apply" on:click=apply>{move || app.texts().apply}</button>
                </Show>
            </div>
            {move || files.refusal.get().map(|why| view! {
                <p class="banner" role="alert">{format!("{}: {why}", app.texts().read_only)}</p>
            })}
            <div class="pane-body tight">
                <Show when=move || shown.get().is_none()><p class="empty">{move || app.texts().no_file}</p></Show>
                <div class="fill" class:hidden=move || shown.get().is_none()>
                    <CodeEditor problems=problems go=go save=save />
                </div>
            </div>
            <Show when=move || !problems.get().is_empty()>
                <ul class="problems" data-testid="problems">
                    <For each=move || problems.get() key=|p| (p.from, p.message.clone()) let:problem>
                        <li><button on:click=move |_| go.set(Some(problem.from))>
                            <span class="where">{format!("{}:{}", problem.line, problem.column)}</span>
                            <span class=format!("problem-{}", problem.severity)>{problem.message.clone()}</span>
                        </button></li>
                    </For>
                </ul>
            </Show>
        </section>
    }
}

#[component]
fn FileTab(path: String) -> impl IntoView {
    let files = expect_context::<App>().files;
    let (own, shown, test) = (path.clone(), path.clone(), format!("file-{path}"));
    let changed = {
        let path = path.clone();
        move || files.open.with(|o| o.iter().any(|f| f.path == path && f.is_changed()))
    };
    view! {
        <button class="tab" role="tab" data-testid=test
            aria-selected=move || (files.current.get().as_deref() == Some(own.as_str())).to_string()
            on:click=move |_| files.show(&shown)>
            {path} <Show when=changed><span class="dot">" ●"</span></Show>
        </button>
    }
}

#[component]
fn CodeEditor(
    problems: Memo<Vec<Found>>,
    go: RwSignal<Option<usize>>,
    save: impl Fn() + Copy + 'static,
) -> impl IntoView {
    let app = expect_context::<App>();
    let files = app.files;
    let host = NodeRef::<Div>::new();
    let editor = RwSignal::new_local(None::<Rc<js::Editor>>);
    Effect::new(move |_| {
        // Loaded when the first file is opened.
        let (Some(element), true) = (host.get(), files.current.with(Option::is_some)) else { return };
        if editor.with_untracked(Option::is_some) || element.child_element_count() > 0 {
            return;
        }
        spawn_local(async move {
            let label = app.language.get_untracked().texts().editor;
            if let Ok(made) = js::editor(&element, label, move |text| files.edit(text), save).await {
                editor.set(Some(Rc::new(made)));
            }
        });
    });
    // Another file, or the same one anew: the editor's text is replaced. What is typed comes the other way.
    Effect::new(move |_| {
        let (Some(editor), Some(path)) = (editor.get(), files.current.get()) else { return };
        let text = files.open.with_untracked(|open| open.iter().find(|f| f.path == path).map(|f| f.text.clone()));
        editor.open(&text.unwrap_or_default());
    });
    Effect::new(move |_| {
        let (Some(editor), found) = (editor.get(), problems.get()) else { return };
        files.current.track();
        let marks: Vec<_> = found
            .iter()
            .map(|p| json!({"from": p.from, "to": p.to, "severity": p.severity, "message": p.message}))
            .collect();
        editor.mark(&serde_json::Value::from(marks).to_string());
    });
    Effect::new(move |_| {
        if let (Some(editor), Some(offset)) = (editor.get(), go.get()) {
            editor.go(offset);
        }
    });
    view! { <div class="fill" data-testid="code" node_ref=host></div> }
}
