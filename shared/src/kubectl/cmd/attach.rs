//! `kubectl attach`, and what `kubectl run -it` does with the Pod it made.

use serde_json::Value;

use super::super::context::{JSON, path_of, request};
use super::super::stream::{Streams, session};
use super::super::{Console, Context, Error, Transport, container, target};
use super::delete::{self, Way};
use super::get::Part;
use super::{exec, watch};
use crate::api::{kind::known, object};

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    target::check_timeout(ctx)?;
    let args = ctx.flags.args.clone();
    let pod = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => return Err(Error::text("at least 1 argument is required for attach")),
        words @ ([_] | [_, _]) => target::pod(ctx, words, "attach to").await?,
        args => {
            return Err(Error::text(format!(
                "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {}: [{}]",
                args.len(),
                args.join(" ")
            )));
        }
    };
    let (namespace, name) = (object::namespace(&pod).to_owned(), object::name(&pod).to_owned());
    let phase = phase(&pod);
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(Error::text(format!("cannot attach a container in a completed pod; current phase is {phase}")));
    }
    let wanted = ctx.flags.text("container");
    if !wanted.is_empty() && !container::all(&pod).iter().any(|name| name == wanted) {
        return Err(Error::text(format!("cannot attach to the container: container {wanted} not found in pod {name}")));
    }
    let container = container::chosen(ctx, &pod)?;
    let mut streams = exec::streams(ctx);
    let has_tty = container_of(&pod, &container).and_then(|c| c.get("tty")).and_then(Value::as_bool) == Some(true);
    if streams.tty && !has_tty {
        ctx.complain(format!("Unable to use a TTY - container {container} did not allocate one"));
        streams.tty = false;
    }
    attach(ctx, &namespace, &name, &container, streams).await
}

fn container_of<'a>(pod: &'a Value, name: &str) -> Option<&'a Value> {
    object::list(pod, "/spec/containers").iter().find(|c| c["name"] == name)
}

async fn attach<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    namespace: &str,
    pod: &str,
    container: &str,
    streams: Streams,
) -> Result<(), Error> {
    if !ctx.flags.is("quiet") {
        ctx.complain(
            "All commands and output from this session will be recorded in container logs, including credentials and \
             sensitive information passed through the command prompt.\n\
             If you don't see a command prompt, try pressing enter.",
        );
    }
    let path = exec::path(namespace, pod, "attach", container, streams, &[]);
    session(ctx, &path, Streams { redraw: true, ..streams }, None, None).await
}

/// Waits for a Pod that was just created, attaches to it, and gives its exit code; with `--rm` it goes afterwards.
pub(super) async fn to_new_pod<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    made: &Value,
) -> Result<(), Error> {
    let part = Part {
        kind: known("pods"),
        namespace: object::namespace(made).to_owned(),
        name: object::name(made).to_owned(),
    };
    let outcome = follow(ctx, &part).await;
    if ctx.flags.is("rm") {
        let uid = delete::ask(ctx, &part, Way::default()).await?;
        delete::wait(ctx, &part, &uid, 0).await?;
    }
    outcome
}

async fn follow<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>, part: &Part) -> Result<(), Error> {
    let pod = until(ctx, part, |pod| matches!(phase(pod), "Running" | "Succeeded" | "Failed")).await?;
    let container = container::chosen(ctx, &pod)?;
    if matches!(phase(&pod), "Succeeded" | "Failed") {
        logs(ctx, part, &container).await?;
        return exit_of(&pod, &container);
    }
    let streams = exec::streams(ctx);
    match attach(ctx, &part.namespace, &part.name, &container, streams).await {
        // It may be over already.
        Err(error) if error.status().is_some() => {
            let (name, why) = (&part.name, error.status().map_or("", |status| &status.message));
            ctx.complain(format!("warning: couldn't attach to pod/{name}, falling back to streaming logs: {why}"));
            logs(ctx, part, &container).await?;
        }
        other => other?,
    }
    if ctx.flags.or("restart", "Always") == "Always" || ctx.flags.is("leave-stdin-open") {
        if !ctx.flags.is("rm") {
            let (name, container, i, t) = (&part.name, &container, " -i", if streams.tty { " -t" } else { "" });
            ctx.say(format!(
                "Session ended, resume using '{} {name} -c {container}{i}{t}' command when the pod is running",
                "kubectl attach"
            ));
        }
        return Ok(());
    }
    let pod = until(ctx, part, |pod| matches!(phase(pod), "Succeeded" | "Failed")).await?;
    exit_of(&pod, &container)
}

/// Attaches to an ephemeral container as soon as it runs, or shows its log when it is over already.
pub(super) async fn to_debugger<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    namespace: &str,
    pod: &str,
    container: &str,
) -> Result<(), Error> {
    let part = Part { kind: known("pods"), namespace: namespace.to_owned(), name: pod.to_owned() };
    let state = |pod: &Value, name: &str| {
        let statuses = object::list(pod, "/status/ephemeralContainerStatuses");
        let status = statuses.iter().find(|s| s["name"] == container);
        status.and_then(|s| s["state"].get(name)).is_some_and(|s| !s.is_null())
    };
    let pod = until(ctx, &part, |pod| state(pod, "running") || state(pod, "terminated")).await?;
    if state(&pod, "terminated") {
        return logs(ctx, &part, container).await;
    }
    let streams = exec::streams(ctx);
    attach(ctx, &part.namespace, &part.name, container, streams).await
}

fn exit_of(pod: &Value, container: &str) -> Result<(), Error> {
    let statuses = object::list(pod, "/status/containerStatuses");
    let ended = statuses.iter().find(|s| s["name"] == container).and_then(|s| s.pointer("/state/terminated"));
    match ended.and_then(|e| e["exitCode"].as_i64()) {
        None | Some(0) => Ok(()),
        Some(code) => {
            let reason = ended.and_then(|e| e["reason"].as_str()).unwrap_or_default();
            let (namespace, name) = (object::namespace(pod), object::name(pod));
            let text = format!("pod {namespace}/{name} terminated ({reason})");
            Err(Error::ended(text, i32::try_from(code).unwrap_or(1)))
        }
    }
}

async fn logs<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    part: &Part,
    container: &str,
) -> Result<(), Error> {
    let path = path_of(part.kind, &part.namespace, &part.name, "log");
    let response = ctx.send(request("GET", &path, &[("container", container)], "*/*")).await?;
    ctx.console.out(&response.body);
    Ok(())
}

/// The Pod as soon as it fits.
async fn until<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    part: &Part,
    fits: impl Fn(&Value) -> bool,
) -> Result<Value, Error> {
    loop {
        let selector = format!("metadata.name={}", part.name);
        let path = path_of(part.kind, &part.namespace, "", "");
        let list = ctx.call(request("GET", &path, &[("fieldSelector", &selector)], JSON)).await?;
        match object::list(&list, "/items").first() {
            Some(pod) if fits(pod) => return Ok(pod.clone()),
            Some(_) => {}
            None => return Err(Error::text(format!("pods {:?} not found", part.name))),
        }
        let version = list.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default();
        let mut events = watch::open_one(ctx, part, version).await?;
        while let Some(event) = events.next(ctx).await? {
            match event["type"].as_str() {
                Some("DELETED") => return Err(Error::text(format!("pods {:?} not found", part.name))),
                Some("ADDED" | "MODIFIED") if fits(&event["object"]) => return Ok(event["object"].clone()),
                Some("ERROR") => break,
                _ => {}
            }
        }
    }
}

fn phase(pod: &Value) -> &str {
    pod.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default()
}
