//! `kubectl exec`: a command in a container.

use super::super::context::{path_of, request};
use super::super::stream::{Streams, session};
use super::super::{Console, Context, Error, Transport, container, target};
use crate::api::{kind::known, object};

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let args = ctx.flags.args.clone();
    let (before, command) = match ctx.flags.before_dash {
        Some(at) => (&args[..at], &args[at..]),
        None => args.split_at(args.len().min(1)),
    };
    let Some(name) = before.first().filter(|name| !name.is_empty()) else {
        return Err(Error::text("pod, type/name or --filename must be specified"));
    };
    if command.is_empty() {
        return Err(Error::text("you must specify at least one command for the container"));
    }
    if ctx.flags.before_dash.is_none() {
        return Err(ctx.usage("exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead"));
    }
    target::check_timeout(ctx)?;
    let pod = target::pod(ctx, &[name], "attach to").await?;
    let phase = pod.pointer("/status/phase").and_then(serde_json::Value::as_str).unwrap_or_default();
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(Error::text(format!("cannot exec into a container in a completed pod; current phase is {phase}")));
    }
    // A name that the Pod lacks is the server's to refuse.
    let container = match ctx.flags.text("container") {
        "" => container::chosen(ctx, &pod)?,
        named => named.to_owned(),
    };
    let streams = streams(ctx);
    let path = path(object::namespace(&pod), object::name(&pod), "exec", &container, streams, command);
    session(ctx, &path, streams, None, None).await
}

/// `-i` and `-t`; a terminal needs one on this side.
pub(super) fn streams<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Streams {
    let (stdin, mut tty) = (ctx.flags.is("stdin"), ctx.flags.is("tty"));
    if tty && stdin && ctx.console.terminal().is_none() {
        ctx.complain("Unable to use a TTY - input is not a terminal or the right kind of file");
        tty = false;
    }
    Streams { stdin, tty: tty && stdin, redraw: false }
}

/// The path of a session, its parameters in the alphabet's order as Go writes them.
pub(super) fn path(
    namespace: &str,
    pod: &str,
    subresource: &str,
    container: &str,
    streams: Streams,
    command: &[String],
) -> String {
    let mut query: Vec<(&str, &str)> = command.iter().map(|word| ("command", word.as_str())).collect();
    query.push(("container", container));
    // With a terminal there is no standard error of its own.
    query.extend((!streams.tty).then_some(("stderr", "true")));
    query.extend(streams.stdin.then_some(("stdin", "true")));
    query.push(("stdout", "true"));
    query.extend(streams.tty.then_some(("tty", "true")));
    request("GET", &path_of(known("pods"), namespace, pod, subresource), &query, "").path
}
