//! What a lesson does on a click: its commands run in the console or a node's terminal, where the learner sees them.

use shared::lesson::{Deed, Run, Step, needs_container};

use crate::net::playground;
use crate::state::App;
use crate::ui::pause;

/// How long a command is waited for; after that it is the learner's to end.
const PATIENCE_MS: u32 = 120_000;
/// How long a command runs that the next one ends, and what runs in a node's terminal, which does not say when it ended.
const GLANCE_MS: u32 = 3_000;
/// Tries of a command whose container is not up yet, and the time between them.
const TRIES: u32 = 20;
const RETRY_MS: u32 = 1_500;

/// Runs a block.
pub fn click(app: App, run: &Run) {
    if run.interrupt {
        app.interrupt(1);
    }
    match run.node.as_str() {
        "" => app.run(&run.text),
        node => app.type_on(node, &run.text),
    }
}

/// "Do it for me": the step's files are saved and its commands run, one after the other, until one fails.
pub async fn perform(app: App, step: &Step) {
    for (at, deed) in step.deeds.iter().enumerate() {
        let well = match deed {
            Deed::Write { name, text } => {
                let written = playground::write_file(name, text.as_bytes()).await;
                app.files.refresh().await;
                written.is_ok()
            }
            Deed::Run(run) => {
                let next = step.deeds.get(at + 1);
                commands(app, run, matches!(next, Some(Deed::Run(Run { interrupt: true, .. })))).await
            }
        };
        if !well {
            return;
        }
    }
}

/// Runs what undoes the step.
pub async fn undo(app: App, step: &Step) {
    for run in &step.undo {
        commands(app, &Run { fails: true, ..run.clone() }, false).await;
    }
}

async fn commands(app: App, run: &Run, ended_by_next: bool) -> bool {
    if run.interrupt {
        app.interrupt(1);
    }
    let commands = run.commands();
    for (at, command) in commands.iter().enumerate() {
        if !run.node.is_empty() {
            app.type_on(&run.node, command);
            pause(GLANCE_MS).await;
            continue;
        }
        let glance = ended_by_next && at + 1 == commands.len();
        for _ in 0..TRIES {
            let code = to_its_end(app, command, if glance { GLANCE_MS } else { PATIENCE_MS }).await;
            if code == Some(0) || run.fails || glance {
                break;
            }
            if code.is_none() || !needs_container(command) {
                return false;
            }
            pause(RETRY_MS).await;
        }
    }
    true
}

/// Runs a command in the console; its exit code, or `None` when it has not ended in time.
async fn to_its_end(app: App, command: &str, patience: u32) -> Option<i32> {
    let before = app.ended.get_untracked().0;
    app.run(command);
    for _ in 0..patience / 100 {
        pause(100).await;
        let (count, code) = app.ended.get_untracked();
        if count != before {
            return Some(code);
        }
    }
    None
}
