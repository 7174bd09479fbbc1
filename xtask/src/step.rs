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
        let number = format!("[{:>2}/{}]", index + 1, steps.len());
        println!("{number} {} …", step.name);
        let begun = Instant::now();
        match (step.run)(places) {
            Ok(Outcome::Reused(what)) => {
                println!("{number} {}: reused, {what} ({})", step.name, seconds(begun.elapsed()))
            }
            Ok(Outcome::Done(what)) => println!("{number} {}: {what} ({})", step.name, seconds(begun.elapsed())),
            Err(error) => {
                return Err(anyhow!(
                    "step {} of {}, {}, failed after {}:\n{error:#}\n\nHow to mend it: {}",
                    index + 1,
                    steps.len(),
                    step.name,
                    seconds(begun.elapsed()),
                    step.mend
                ));
            }
        }
    }
    println!("podground: {title} finished in {}", seconds(started.elapsed()));
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
