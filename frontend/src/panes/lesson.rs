//! The lesson pane: a text to read, blocks to run, things to do that tick themselves off.

mod deeds;
mod quiz;
mod step;

use leptos::prelude::*;
use leptos::task::spawn_local;
use markup::view;
use shared::lesson::{self, Block, Inline, Lesson};

use self::quiz::quiz_view;
use self::step::step_checks;
use crate::locales::Language;
use crate::net::http;
use crate::signal::RwSignal;
use crate::state::App;
use crate::ui::flow::effect;
use crate::ui::view::{ToView, View};
use crate::ui::{confirm, remember, remembered};

/// The lessons, in order: their files' names without `.md`, their titles in English and in Korean.
const LESSONS: &[(&str, &str, &str)] = &[
    ("01-pod", "5.1 Meet the Pod", "5.1 Pod 소개"),
    ("02-labels", "5.2 Labels", "5.2 라벨"),
    ("03-command", "5.3 Commands and arguments", "5.3 실행 명령과 파라미터"),
    ("04-environment", "5.4 Environment variables", "5.4 환경변수"),
    ("05-volumes", "5.5 Volumes", "5.5 볼륨"),
    ("06-resources", "5.6 CPU and memory", "5.6 CPU와 메모리"),
    ("07-probes", "5.7 Probes", "5.7 상태 확인"),
    ("08-two-containers", "5.8 Two containers", "5.8 컨테이너 두 개"),
    ("09-init-containers", "5.9 Init containers", "5.9 초기화 컨테이너"),
    ("10-configmap", "5.10 ConfigMaps", "5.10 ConfigMap"),
    ("11-secret", "5.11 Secrets", "5.11 Secret"),
    ("12-downward-api", "5.12 Downward API", "5.12 메타데이터 전달"),
];

/// Which lesson is shown.
#[derive(Clone, Copy)]
struct Chosen(RwSignal<String>);

/// The pane.
pub fn lesson_pane() -> View {
    let app = expect_context::<App>();
    let start = remembered("lesson")
        .filter(|l| LESSONS.iter().any(|(name, ..)| name == l))
        .unwrap_or_else(|| LESSONS[0].0.to_owned());
    let chosen = RwSignal::new(start);
    let shown = RwSignal::new(None::<Result<(String, Lesson), ()>>);
    provide_context(Chosen(chosen));
    effect(move || {
        let (name, language) = (chosen.get(), app.language.get());
        remember("lesson", &name);
        spawn_local(async move {
            let text = fetch(&format!("/lessons/{}/{name}.md", language.code())).await;
            shown.set(Some(text.map(|t| (name, lesson::parse(&t))).ok_or(())));
        });
    });
    view! {
        <section class="pane pane-lesson" data-testid="lesson" aria-label=move || app.texts().lesson>
            <div class="pane-head">
                <h2>{move || app.texts().lesson}</h2>
                <select class="button" data-testid="choose-lesson" aria-label=move || app.texts().choose_lesson
                    prop:value=move || chosen.get() on:change=move |event| chosen.set(event_target_value(&event))>
                    {LESSONS.iter().map(|(name, english, korean)| view! {
                        <option value=*name>{move || match app.language.get() {
                            Language::English => *english,
                            Language::Korean => *korean,
                        }}</option>
                    }).collect::<Vec<_>>()}
                </select>
            </div>
            <div class="pane-body" tabindex="0">
                {move || match shown.get() {
                    None => View::Nothing,
                    Some(Err(())) => view! { <p class="empty">{app.texts().no_lesson}</p> },
                    Some(Ok((name, lesson))) => untrack(|| lesson_text(&name, lesson)),
                }}
            </div>
        </section>
    }
}

async fn fetch(address: &str) -> Option<String> {
    let answer = http::send("GET", address, &[], None).await.ok()?;
    let good = answer.status == 200;
    let bytes = answer.bytes().await.ok()?;
    good.then(|| String::from_utf8_lossy(&bytes).into_owned())
}

fn lesson_text(name: &str, lesson: Lesson) -> View {
    let app = expect_context::<App>();
    let (mut steps, mut quizzes) = (lesson::steps(&lesson).into_iter().enumerate(), 0..);
    let blocks: Vec<_> = lesson
        .blocks
        .into_iter()
        .map(|block| match block {
            // The steps with checks come in the order of the checks; what stands behind the last is none of a block's.
            Block::Checks(_) => steps.next().map(|(at, step)| step_checks(format!("{name}/{at}"), step)).to_view(),
            Block::Quiz(quiz) => quizzes.next().map(|at: u32| quiz_view(format!("{name}/quiz/{at}"), quiz)).to_view(),
            block => block_view(app, block),
        })
        .collect();
    view! { <article class="lesson">{blocks}</article> }
}

fn inlines(parts: &[Inline]) -> Vec<View> {
    parts
        .iter()
        .cloned()
        .map(|part| match part {
            Inline::Text(text) => text.to_view(),
            Inline::Code(text) => view! { <code>{text}</code> },
            Inline::Strong(text) => view! { <strong>{text}</strong> },
            Inline::Link { text, target } => link_view(text, target),
        })
        .collect()
}

/// To another lesson, or to the web.
fn link_view(text: String, target: String) -> View {
    let Some(name) = target.strip_suffix(".md").filter(|_| !target.contains(':')).map(str::to_owned) else {
        return view! { <a href=target target="_blank" rel="noopener">{text}</a> };
    };
    let chosen = expect_context::<Chosen>().0;
    let open = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        chosen.set(name.clone());
    };
    view! { <a href=target on:click=open>{text}</a> }
}

fn block_view(app: App, block: Block) -> View {
    match block {
        Block::Title(parts) => view! { <h1>{inlines(&parts)}</h1> },
        Block::Heading(parts) => view! { <h2>{inlines(&parts)}</h2> },
        Block::Paragraph(parts) => view! { <p>{inlines(&parts)}</p> },
        Block::Callout(parts) => view! { <p class="callout">{inlines(&parts)}</p> },
        Block::List(items) => {
            let items: Vec<_> = items.iter().map(|item| view! { <li>{inlines(item)}</li> }).collect();
            view! { <ul>{items}</ul> }
        }
        // Checks and questions have places of their own; solutions and resets are not shown.
        Block::Checks(_) | Block::Quiz(_) | Block::Solution(_) | Block::Reset(_) => View::Nothing,
        Block::Run(run) => {
            let text = run.text.clone();
            view! {
                <div class="block run">
                    <div class="actions">
                        <button class="button" data-testid="run" on:click=move |_| deeds::click(app, &run)>
                            {move || app.texts().run}
                        </button>
                    </div>
                    <pre>{text}</pre>
                </div>
            }
        }
        Block::File { name, text } => {
            let (path, content) = (name.clone(), text.clone());
            let open = move |_| {
                if app.files.would_lose(&path, &content) && !confirm(app.texts().replace_sure) {
                    return;
                }
                app.files.propose(&path, &content);
                app.pane.set("editor");
            };
            view! {
                <div class="block">
                    <div class="actions"><span class="grow">{name}</span>
                        <button class="button" data-testid="open-file" on:click=open>{move || app.texts().open}</button>
                    </div>
                    <pre>{text}</pre>
                </div>
            }
        }
        Block::Code(text) => view! { <div class="block"><pre>{text}</pre></div> },
    }
}
