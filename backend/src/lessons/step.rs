//! One step, played: its checks are red, its deeds are done, its checks turn green.

use std::time::{Duration, Instant};

use shared::lesson::{Check, Deed, Outcome, Run, Sight, Step, needs_container};

use super::console::{Consoles, Ended};
use super::stage::Stage;

/// How long one look at the cluster may take.
const LOOK: Duration = Duration::from_secs(20);
/// Between two looks, and between two tries of a command whose container is not up yet.
const PAUSE: Duration = Duration::from_millis(300);
/// How long a command is tried again whose container is not up yet.
const CONTAINER_UP: Duration = Duration::from_secs(30);

/// Plays a step. The error is what the reader of a failed test needs to know.
pub async fn play(step: &Step, stage: &Stage, consoles: &mut Consoles<'_>) -> Result<(), String> {
    before(step, &sight(&step.checks, stage).await?)?;
    for (at, deed) in step.deeds.iter().enumerate() {
        match deed {
            Deed::Write { name, text } => {
                let written = stage.write(name, text.as_bytes()).await;
                written.map_err(|error| format!("saving {name}: {error:#}"))?;
            }
            Deed::Run(run) => {
                let ended_by_next = matches!(step.deeds.get(at + 1), Some(Deed::Run(Run { interrupt: true, .. })));
                commands(run, ended_by_next, consoles).await?;
            }
        }
    }
    after(step, stage).await
}

/// Every check must be open, but for those that hold all the time.
fn before(step: &Step, sight: &Sight) -> Result<(), String> {
    let wrong = step.checks.iter().filter(|check| sight.evaluate(check).done != check.holds);
    let said: Vec<String> = wrong
        .map(|check| match check.holds {
            true => format!("says `holds`, but is not so before the step: {}", check.clause()),
            false => format!("is done before the step: {}", check.clause()),
        })
        .collect();
    if said.is_empty() { Ok(()) } else { Err(said.join("\n")) }
}

async fn commands(run: &Run, ended_by_next: bool, consoles: &mut Consoles<'_>) -> Result<(), String> {
    let commands = run.commands();
    for (at, command) in commands.iter().enumerate() {
        let glance = ended_by_next && at + 1 == commands.len();
        let started = Instant::now();
        loop {
            let ended = consoles.run(command, &run.node, glance).await;
            let ended = ended.map_err(|error| format!("{command}\n{error:#}"))?;
            if ended.code == 0 || run.fails || glance {
                break;
            }
            if !needs_container(command) || ended.code == 130 || started.elapsed() > CONTAINER_UP {
                return Err(failed(command, &ended));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
}

fn failed(command: &str, ended: &Ended) -> String {
    let out = String::from_utf8_lossy(&ended.out);
    let lines: Vec<&str> = out.lines().collect();
    let last = lines[lines.len().saturating_sub(15)..].join("\n");
    let how = if ended.code == 130 { "did not end by itself".to_owned() } else { format!("ended with {}", ended.code) };
    format!("a command {how}: {command}\n{last}")
}

/// Waits until every check is done at one and the same time.
async fn after(step: &Step, stage: &Stage) -> Result<(), String> {
    let started = Instant::now();
    loop {
        let sight = sight(&step.checks, stage).await?;
        let open: Vec<(&Check, Outcome)> =
            step.checks.iter().map(|check| (check, sight.evaluate(check))).filter(|(_, o)| !o.done).collect();
        if open.is_empty() {
            return Ok(());
        }
        if open.iter().any(|(check, _)| started.elapsed().as_secs() >= check.seconds()) {
            return Err(open.iter().map(|(check, outcome)| still_open(check, outcome)).collect::<Vec<_>>().join("\n"));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn still_open(check: &Check, outcome: &Outcome) -> String {
    let found = outcome.found.as_deref().map_or("nothing was found".to_owned(), |found| format!("found {found:?}"));
    let clause = format!("is not done after {} s: {}\n  {found}", check.seconds(), check.clause());
    format!("{clause}\n  label: {}\n  hint: {}", check.label, outcome.hint)
}

async fn sight(checks: &[Check], stage: &Stage) -> Result<Sight, String> {
    let looking = stage.look(checks);
    tokio::time::timeout(LOOK, looking).await.unwrap_or_else(|_| Err("the cluster does not answer".to_owned()))
}
