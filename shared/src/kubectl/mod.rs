//! kubectl: every command as a function of its arguments, a [`Console`] and a [`Transport`].
//!
//! Prints what kubectl v1.35 prints, byte for byte where it can be compared. Knows no HTTP library, no file system and
//! no terminal; holds no typed objects, so that it stays small in WASM.

mod cmd;
mod columns;
mod command;
mod complete;
mod console;
mod container;
mod context;
mod error;
mod flags;
mod help;
mod input;
pub mod jsonpath;
mod ordered;
mod ours;
mod output;
mod patching;
mod race;
mod rows;
mod stream;
mod tar;
mod target;
mod template;
mod transport;
mod unified;
mod yaml;

pub use columns::go_format;
pub use complete::{Candidate, complete};
pub use console::{Console, FileError, Input, Size};
pub use context::Context;
pub use error::{Error, Why};
pub use ours::is_ours;
pub use transport::{Body, Channel, ConnectError, Request, Response, Streaming, Transport, TransportError};

/// Runs one command line (`argv` without `kubectl` itself) and gives its exit code.
pub async fn run<C: Console, T: Transport>(argv: &[String], console: &mut C, transport: &T) -> i32 {
    let done = match begin(argv, console, transport) {
        Ok(Some(mut ctx)) => cmd::dispatch(&mut ctx).await,
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    report(done, console)
}

fn report(done: Result<(), Error>, console: &mut impl Console) -> i32 {
    let Err(error) = done else { return 0 };
    let (text, code) = error.report();
    console.err(text.as_bytes());
    code
}

/// What the command works with; `None` when it was a question for help, which is answered.
fn begin<'a, C: Console, T: Transport>(
    argv: &[String],
    console: &'a mut C,
    transport: &'a T,
) -> Result<Option<Context<'a, C, T>>, Error> {
    let Some((command, words)) = command::find(argv) else {
        nothing(argv, console)?;
        return Ok(None);
    };
    let texts: Vec<&str> = command.flags.iter().copied().chain([flags::GLOBAL]).collect();
    let flags = flags::Flags::parse(&words, &texts)
        .map_err(|e| Error::text(format!("{e}\nSee 'kubectl {} --help' for usage.", command.name)))?;
    if flags.is("help") {
        console.out(help::of(command).as_bytes());
        return Ok(None);
    }
    let enforce_namespace = flags.given("namespace");
    let namespace = match flags.text("namespace") {
        "" => console.namespace(),
        given => given.to_owned(),
    };
    Ok(Some(Context { console, transport, flags, command, namespace, enforce_namespace }))
}

/// No command: help, or that there is no such command.
fn nothing<C: Console>(argv: &[String], console: &mut C) -> Result<(), Error> {
    match argv.iter().find(|word| !word.starts_with('-')) {
        Some(word) if word != "help" => {
            let near = command::suggestions(word);
            let mut text = format!("unknown command {word:?} for \"kubectl\"\n");
            if !near.is_empty() {
                text.push_str("\nDid you mean this?\n");
                text.extend(near.iter().map(|name| format!("\t{name}\n")));
            }
            Err(Error::text(text))
        }
        _ => {
            console.out(help::all().as_bytes());
            Ok(())
        }
    }
}
