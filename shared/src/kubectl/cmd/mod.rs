//! A file per command. Each takes its [`Context`] and prints through it; none reads another's state.

mod about;
mod apply;
mod attach;
mod auth;
mod cp;
mod create;
mod debug;
mod delete;
mod describe;
mod diff;
mod edit;
mod events;
mod exec;
mod explain;
mod get;
mod label;
mod logs;
mod node;
mod patch;
mod port_forward;
mod replace;
mod run;
mod several;
mod top;
mod wait;
mod watch;

use std::pin::Pin;

use super::{Console, Context, Error, Transport, help};
use crate::api::kind::KINDS;

/// Runs the context's command.
pub async fn dispatch<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    warn_of_short_names(ctx);
    // Each a future of its own: all of them in one is a function that neither compilers nor browsers are made for.
    let command: Pin<Box<dyn Future<Output = Result<(), Error>> + '_>> = match ctx.command.name {
        "get" => Box::pin(get::run(ctx)),
        "run" => Box::pin(run::run(ctx)),
        "apply" => Box::pin(apply::run(ctx)),
        "attach" => Box::pin(attach::run(ctx)),
        "delete" => Box::pin(delete::run(ctx)),
        "describe" => Box::pin(describe::run(ctx)),
        "exec" => Box::pin(exec::run(ctx)),
        "label" | "annotate" => Box::pin(label::run(ctx)),
        "logs" => Box::pin(logs::run(ctx)),
        "create" => Box::pin(create::files(ctx)),
        "create configmap" => Box::pin(create::config_map(ctx)),
        "create secret generic" => Box::pin(create::secret(ctx)),
        "create namespace" => Box::pin(create::namespace(ctx)),
        "create serviceaccount" => Box::pin(create::service_account(ctx)),
        "api-resources" => Box::pin(about::resources(ctx)),
        "api-versions" => Box::pin(about::versions(ctx)),
        "auth can-i" => Box::pin(auth::can_i(ctx)),
        "auth whoami" => Box::pin(auth::whoami(ctx)),
        "cluster-info" => Box::pin(about::cluster(ctx)),
        "cordon" | "uncordon" => Box::pin(node::cordon(ctx)),
        "cp" => Box::pin(cp::run(ctx)),
        "debug" => Box::pin(debug::run(ctx)),
        "diff" => Box::pin(diff::run(ctx)),
        "explain" => Box::pin(explain::run(ctx)),
        "drain" => Box::pin(node::drain(ctx)),
        "edit" => Box::pin(edit::run(ctx)),
        "events" => Box::pin(events::run(ctx)),
        "patch" => Box::pin(patch::run(ctx)),
        "port-forward" => Box::pin(port_forward::run(ctx)),
        "replace" => Box::pin(replace::run(ctx)),
        "taint" => Box::pin(node::taint(ctx)),
        "top node" => Box::pin(top::nodes(ctx)),
        "top pod" => Box::pin(top::pods(ctx)),
        "version" => Box::pin(about::version(ctx)),
        "wait" => Box::pin(wait::run(ctx)),
        "options" => {
            ctx.out(help::options());
            return Ok(());
        }
        "auth" | "create secret" | "top" => return group(ctx),
        other => return Err(Error::text(format!("{other} is not supported here"))),
    };
    command.await
}

/// Says where a short name is that of several kinds, as kubectl does once a command.
fn warn_of_short_names<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) {
    let types = match ctx.command.name {
        "get" | "describe" | "delete" | "label" | "annotate" | "patch" | "edit" | "explain" | "wait" => {
            ctx.flags.args.first().cloned().unwrap_or_default()
        }
        "events" => ctx.flags.text("for").to_owned(),
        _ => return,
    };
    for word in types.split(',').map(|word| word.split(['/', '.']).next().unwrap_or_default()) {
        let mut kinds = KINDS.iter().filter(|kind| kind.short_names.contains(&word)).skip(1);
        if let Some(other) = kinds.next() {
            let other = other.qualified_plural();
            ctx.complain(format!("Warning: short name {word:?} could also match lower priority resource {other}"));
            return;
        }
    }
}

/// A command that only has subcommands.
fn group<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    match ctx.flags.args.first() {
        Some(word) => Err(ctx.usage(format!("unknown command {word:?}"))),
        None => {
            ctx.console.err(help::of(ctx.command).as_bytes());
            Err(Error::exit(1))
        }
    }
}
