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

use super::{Console, Context, Error, Transport, help};
use crate::api::kind::KINDS;

/// Runs the context's command.
pub async fn dispatch<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    warn_of_short_names(ctx);
    match ctx.command.name {
        "get" => get::run(ctx).await,
        "run" => run::run(ctx).await,
        "apply" => apply::run(ctx).await,
        "attach" => attach::run(ctx).await,
        "delete" => delete::run(ctx).await,
        "describe" => describe::run(ctx).await,
        "exec" => exec::run(ctx).await,
        "label" | "annotate" => label::run(ctx).await,
        "logs" => logs::run(ctx).await,
        "create" => create::files(ctx).await,
        "create configmap" => create::config_map(ctx).await,
        "create secret generic" => create::secret(ctx).await,
        "create namespace" => create::namespace(ctx).await,
        "create serviceaccount" => create::service_account(ctx).await,
        "api-resources" => about::resources(ctx).await,
        "api-versions" => about::versions(ctx).await,
        "auth can-i" => auth::can_i(ctx).await,
        "auth whoami" => auth::whoami(ctx).await,
        "cluster-info" => about::cluster(ctx).await,
        "config current-context" | "config get-contexts" | "config set-context" | "config view" => {
            about::config(ctx).await
        }
        "cordon" | "uncordon" => node::cordon(ctx).await,
        "cp" => cp::run(ctx).await,
        "debug" => debug::run(ctx).await,
        "diff" => diff::run(ctx).await,
        "explain" => explain::run(ctx).await,
        "drain" => node::drain(ctx).await,
        "edit" => edit::run(ctx).await,
        "events" => events::run(ctx).await,
        "patch" => patch::run(ctx).await,
        "port-forward" => port_forward::run(ctx).await,
        "replace" => replace::run(ctx).await,
        "taint" => node::taint(ctx).await,
        "top node" => top::nodes(ctx).await,
        "top pod" => top::pods(ctx).await,
        "version" => about::version(ctx).await,
        "wait" => wait::run(ctx).await,
        "options" => {
            ctx.out(help::options());
            Ok(())
        }
        "auth" | "config" | "create secret" | "top" => group(ctx),
        other => Err(Error::text(format!("{other} is not supported here"))),
    }
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

/// Runs the context's command, if it is one that reads from a container.
pub async fn read<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    match ctx.command.name {
        "exec" => exec::run(ctx).await,
        "logs" => logs::run(ctx).await,
        other => Err(Error::text(format!("{other} does not read from a container"))),
    }
}

/// A command that only has subcommands.
fn group<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    match ctx.flags.args.first() {
        Some(word) => Err(ctx.usage(format!("unknown command {word:?}"))),
        None => {
            ctx.console.err(help::of(ctx.command).as_bytes());
            Err(Error::Exit(1))
        }
    }
}
