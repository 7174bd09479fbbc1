//! A task is a list of steps. Each says what it reused or did and how long that took; a failed one says how to mend it.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use crate::places::Places;

/// One thing that has to be there before the next.
pub struct Step {
    /// What it brings, as the reader sees it.
    pub name: &'static str,
    /// Looks whether it is there already, and brings it if not.
    pub run: fn(&Places) -> Result<Outcome>,
    /// What to do when it fails.
    pub mend: &'static str,
}

/// What a step did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was there.
    Reused(String),
    /// It is there now.
    Done(String),
}

/// Runs the steps in order, until one fails.
pub fn run(title: &str, steps: &[Step], places: &Places) -> Result<()> {
    let started = Instant::now();
    println!("podground: {title}, {} steps, cache {}", steps.len(), places.cache.display());
    for (index, step) in steps.iter().enumerate() {
        one(step, index, steps.len(), places)?;
    }
    println!("podground: {title} finished in {}", seconds(started.elapsed()));
    Ok(())
}

/// Runs the steps at once, each to its end whatever becomes of the others. What they print comes as it comes.
pub fn run_at_once(title: &str, steps: &[Step], places: &Places) -> Result<()> {
    let started = Instant::now();
    println!("podground: {title}, {} steps at once", steps.len());
    let failures: Vec<String> = std::thread::scope(|scope| {
        let running =
            steps.iter().enumerate().map(|(index, step)| scope.spawn(move || one(step, index, steps.len(), places)));
        let running: Vec<_> = running.collect();
        let ended = running.into_iter().map(|step| step.join().unwrap_or_else(|_| Err(anyhow!("a step panicked"))));
        ended.filter_map(|done| Some(format!("{:#}", done.err()?))).collect()
    });
    anyhow::ensure!(failures.is_empty(), "{}", failures.join("\n\n"));
    println!("podground: {title} finished in {}", seconds(started.elapsed()));
    Ok(())
}

fn one(step: &Step, index: usize, count: usize, places: &Places) -> Result<()> {
    let number = format!("[{:>2}/{count}]", index + 1);
    println!("{number} {} …", step.name);
    let begun = Instant::now();
    match (step.run)(places) {
        Ok(Outcome::Reused(what)) => println!("{number} {}: reused, {what} ({})", step.name, seconds(begun.elapsed())),
        Ok(Outcome::Done(what)) => println!("{number} {}: {what} ({})", step.name, seconds(begun.elapsed())),
        Err(error) => {
            return Err(anyhow!(
                "step {} of {count}, {}, failed after {}:\n{error:#}\n\nHow to mend it: {}",
                index + 1,
                step.name,
                seconds(begun.elapsed()),
                step.mend
            ));
        }
    }
    Ok(())
}

/// As people read it: `0.4 s`, `12 s`, `3 min 20 s`.
pub fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..=9 => format!("{:.1} s", time.as_secs_f64()),
        10..=119 => format!("{} s", time.as_secs()),
        all => format!("{} min {} s", all / 60, all % 60),
    }
}
