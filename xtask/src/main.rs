//! `cargo xtask`: the only build entry.
//!
//! Never starts anything that it does not say, never stops what it did not start.

mod apt;
mod bench;
mod build;
mod checks;
mod claim;
mod conformance;
mod engine;
mod fingerprint;
mod fuzz;
mod http;
mod images;
mod kubectl;
mod places;
mod process;
mod programs;
mod registry;
mod server;
mod step;
mod tasks;
mod tidy;
mod wasm;
mod web;

use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "usage: cargo xtask TASK
  setup   everything that serving needs: engine, kubectl, images, page, server
  play    set-up, then the page on http://127.0.0.1:8080
  test    set-up, then everything that CI runs
  web     the page alone; --dev builds it quickly
  images  the images alone
  e2e     the end-to-end tests over what set-up made; further words go to Playwright
  conformance   set-up, then Kubernetes' clients as they are shipped; writes docs/fidelity.md. Further words (kubectl
          or v1.35, python, javascript, rust) are the clients that run, over what set-up made
  bench   set-up, then figures against named peers. Further words (idle, start, load, many, page, scheduled) are the
          parts that are measured, over what set-up made
  fuzz    what reads input from outside, under libFuzzer: [TARGET] [--seconds N]
  tidy    the house rules";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The chain of causes alone: where in this program they arose helps nobody who sets up a machine.
            eprintln!("podground: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let places = places::Places::find()?;
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["setup"] => tasks::setup(&places),
        ["play"] => tasks::play(&places),
        ["test"] => tasks::test(&places),
        ["web"] => report(web::build(&places)?),
        ["web", "--dev"] => report(web::build_dev(&places)?),
        ["images"] => report(images::bring(&places)?),
        ["e2e", ..] => tasks::e2e(&places),
        ["conformance", ..] => tasks::conformance(&places),
        ["bench", parts @ ..] => tasks::bench(&places, parts),
        ["fuzz", words @ ..] => fuzz::run(&places, words),
        ["tidy"] => report(checks::tidy(&places)?),
        _ => bail!(USAGE),
    }
}

fn report(outcome: step::Outcome) -> Result<()> {
    match outcome {
        step::Outcome::Reused(what) | step::Outcome::Done(what) => println!("podground: {what}"),
    }
    Ok(())
}
