//! `podground lesson test`: plays lessons, each on a fresh sandbox, several at once.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Instant;

use futures::StreamExt;
use shared::lesson::{parse, steps};
use tokio::signal::unix::{SignalKind, signal};

use super::console::Consoles;
use super::files::{self, File};
use super::server::Server;
use super::stage::Stage;
use super::{lint, step};
use crate::config::LessonTest;

/// Plays them, and says whether all checks turned from red to green. What it made is removed, also after Ctrl-C.
///
/// # Errors
/// When the lessons cannot be read, or no server can be had.
pub async fn run(test: &LessonTest) -> anyhow::Result<bool> {
    let languages = files::lessons(&test.path)?;
    let problems = lint::of(&languages);
    if !problems.is_empty() {
        problems.iter().for_each(|problem| println!("{problem}"));
        return Ok(false);
    }
    let lessons = languages.first().map(Vec::as_slice).unwrap_or_default();
    let started = Instant::now();
    let own = match &test.server {
        Some(_) => None,
        None => Some(Server::start(test.time_scale).await?),
    };
    let address = own.as_ref().map(|server| server.address.clone()).or(test.server.clone()).unwrap_or_default();
    let made = Made { server: address, names: RefCell::default() };
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let passed = tokio::select! {
        passed = all(lessons, usize::from(test.jobs), &made) => passed,
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
    };
    made.remove().await;
    if let Some(server) = own {
        server.end().await?;
    }
    match passed {
        Some(passed) => {
            println!("{passed} of {} lessons passed in {:.0} s", lessons.len(), started.elapsed().as_secs_f64())
        }
        None => println!("ended early"),
    }
    Ok(passed == Some(lessons.len()))
}

/// The sandboxes that were made and are still there.
struct Made {
    server: String,
    names: RefCell<BTreeSet<String>>,
}

impl Made {
    async fn raise(&self, name: String) -> anyhow::Result<Stage> {
        self.names.borrow_mut().insert(name.clone());
        Stage::raise(&self.server, &name).await
    }

    async fn strike(&self, stage: &Stage) -> anyhow::Result<()> {
        self.names.borrow_mut().remove(&stage.sandbox);
        stage.strike().await
    }

    /// Removes what an early end has left.
    async fn remove(&self) {
        let left = self.names.take();
        for name in left {
            if let Err(error) = Stage::at(&self.server, &name).strike().await {
                println!("the sandbox {name} is still there: {error:#}");
            }
        }
    }
}

/// How many lessons passed; `None` is for the caller's own early end.
async fn all(lessons: &[File], jobs: usize, made: &Made) -> Option<usize> {
    let played = futures::stream::iter(lessons.iter().enumerate().map(|(at, file)| async move {
        let sandbox = format!("lesson-{}-{at}", std::process::id());
        let started = Instant::now();
        let ended = lesson(file, sandbox, made).await;
        let seconds = started.elapsed().as_secs_f64();
        match &ended {
            Ok(()) => println!("ok     {}  {seconds:.1} s", file.name()),
            Err(why) => println!("FAILED {}  {seconds:.1} s\n{}", file.name(), indented(why)),
        }
        ended.is_ok()
    }));
    let passed: Vec<bool> = played.buffer_unordered(jobs).collect().await;
    Some(passed.into_iter().filter(|passed| *passed).count())
}

async fn lesson(file: &File, sandbox: String, made: &Made) -> Result<(), String> {
    let stage = made.raise(sandbox).await.map_err(|error| format!("{error:#}"))?;
    let played = play(file, &stage).await;
    let struck = made.strike(&stage).await.map_err(|error| format!("{error:#}"));
    played.and(struck)
}

async fn play(file: &File, stage: &Stage) -> Result<(), String> {
    let mut consoles = Consoles::new(stage);
    for step in steps(&parse(&file.text)) {
        let started = Instant::now();
        step::play(&step, stage, &mut consoles)
            .await
            .map_err(|why| format!("{}:{}: {}\n{why}", file.path.display(), step.line, step.heading))?;
        let (checks, seconds) = (step.checks.len(), started.elapsed().as_secs_f64());
        println!("  {}:{}  {}  {checks} checks  {seconds:.1} s", file.name(), step.line, step.heading);
    }
    Ok(())
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
