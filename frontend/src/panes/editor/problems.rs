//! What is wrong with the text, and the buttons that mend it.

use leptos::prelude::*;
use markup::view;
use serde_json::json;
use shared::manifest::{self, Fix, Severity, Title};

use super::Wishes;
use crate::signal::Memo;
use crate::state::App;
use crate::ui::flow::{each, show};
use crate::ui::view::View;

/// One line of the list of problems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    line: usize,
    column: usize,
    /// Where it begins and ends, in UTF-16 units.
    pub from: usize,
    /// The end.
    pub to: usize,
    /// `error`, `warning`, `info`
    pub severity: &'static str,
    /// What it is.
    pub message: String,
    /// What mends it, with the changes as JSON.
    fixes: Vec<(Title, String)>,
}

impl Found {
    fn key(&self) -> String {
        let fixes: String = self.fixes.iter().map(|(_, changes)| changes.as_str()).collect();
        format!("{} {} {fixes}", self.from, self.message)
    }
}

/// Everything wrong with a text, if it is a manifest.
pub fn check(path: &str, text: &str) -> Vec<Found> {
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
            let fixes = p.fixes.iter().map(|fix| (fix.title.clone(), changes(text, fix))).collect();
            Found { line: p.span.line, column: p.span.column, from, to, severity, message: p.message, fixes }
        })
        .collect()
}

fn changes(text: &str, fix: &Fix) -> String {
    let edits = fix.edits.iter().map(|edit| {
        let (from, to) = edit.span.utf16(text);
        json!({"from": from, "to": to, "insert": edit.text})
    });
    serde_json::Value::from(edits.collect::<Vec<_>>()).to_string()
}

/// The list below the text.
pub fn problem_list(problems: Memo<Vec<Found>>, wishes: Wishes) -> View {
    let app = expect_context::<App>();
    let fix = move |(title, changes): (Title, String)| {
        view! {
            <button class="button" data-testid="fix" on:click=move |_| wishes.change.set(Some(changes.clone()))>
                {move || app.language.get().fix(&title)}
            </button>
        }
    };
    show(
        move || !problems.with(Vec::is_empty),
        move || {
            view! {
                    <ul class="problems" data-testid="problems" aria-label=move || app.texts().problems>
                        {each(move || problems.get(), Found::key, move |problem| view! {
                            <li>
                                <button class="go" on:click=move |_| wishes.go.set(Some(problem.from))>
                                    <span class="where">{format!("{}:{}", problem.line, problem.column)}</span>
                                    <span class=format!("problem-{}", problem.severity)>{problem.message.clone()}</span>
                                </button>
                                {problem.fixes.iter().cloned().map(fix).collect::<Vec<_>>()}
                            </li>
                        })}
                    </ul>
            }
        },
    )
}
