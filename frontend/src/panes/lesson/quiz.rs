//! A question of a lesson: radio buttons, or boxes where several choices are right; judged when the learner asks.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use markup::view;
use shared::lesson::Quiz;

use super::inlines;
use crate::signal::{Memo, RwSignal};
use crate::state::App;
use crate::ui::view::View;

/// The question at a place. What was answered last is remembered, and judged as long as it is what is chosen.
pub fn quiz_view(place: String, quiz: Quiz) -> View {
    let app = expect_context::<App>();
    let progress = app.progress;
    let picked = RwSignal::new(untrack(|| progress.of(&place)).unwrap_or_default());
    let several = quiz.wants_several();
    let (own, name) = (place.clone(), place.clone());
    let judged = Memo::new(move || picked.with(|picked| progress.of(&own).as_ref() == Some(picked)));
    let rights: Vec<bool> = quiz.choices.iter().map(|choice| choice.right).collect();
    let question = inlines(&quiz.question);
    let choices = quiz.choices.clone();
    // `Some(true)` when all is right, `None` when the learner has not asked.
    let verdict = Memo::new(move || judged.get().then(|| picked.with(|picked| quiz.is_answered(picked))));
    let pick = move |at: usize| {
        picked.update(|picked| match picked.iter().position(|p| *p == at) {
            Some(found) if several => drop(picked.remove(found)),
            _ if several => {
                picked.push(at);
                picked.sort_unstable();
            }
            _ => *picked = vec![at],
        });
    };
    let rows: Vec<_> = choices
        .into_iter()
        .zip(rights)
        .enumerate()
        .map(|(at, (choice, right))| {
            let is_picked = move || picked.with(|picked| picked.contains(&at));
            // Why the others are not right is told once the answer is.
            let is_told = move || verdict.get().is_some_and(|all| all || is_picked());
            let id = format!("{name}-{at}");
            view! {
                <label class="choice" data-right=move || is_told().then_some(right.to_string())>
                    <input type=if several { "checkbox" } else { "radio" } name=name.clone() prop:checked=is_picked
                        aria-describedby=id.clone() on:change=move |_| pick(at) />
                    <span>{inlines(&choice.text)}</span>
                </label>
                <p class="why" id=id role="status">{move || is_told().then(|| inlines(&choice.why))}</p>
            }
        })
        .collect();
    let check = move |event: SubmitEvent| {
        event.prevent_default();
        progress.add(&place, picked.get_untracked());
    };
    view! {
        <form class="quiz" data-testid="quiz" on:submit=check>
            <fieldset>
                <legend>
                    {question}
                    {several.then(|| view! { " "<span class="meta">{move || app.texts().quiz_several}</span> })}
                </legend>
                {rows}
            </fieldset>
            <div class="actions">
                <button class="button" data-testid="check-answer" disabled=move || picked.with(Vec::is_empty)>
                    {move || app.texts().quiz_check}
                </button>
                <p role="status" data-testid="verdict">
                    {move || verdict.get().map(|right| if right { app.texts().quiz_right } else { app.texts().quiz_wrong })}
                </p>
            </div>
        </form>
    }
}
