//! `kubectl delete`: ask for it, then wait until it is gone.

use serde_json::{Value, json};

use super::super::context::{DryRun, JSON, path_of, request};
use super::super::race::{First, race};
use super::super::rows::qualified;
use super::super::{Console, Context, Error, Transport};
use super::get::Part;
use super::watch;
use crate::api::object;

/// How something is deleted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Way {
    pub dry_run: Option<DryRun>,
    /// Seconds; `None` is the object's own.
    pub grace: Option<i64>,
    pub forced: bool,
}

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let dry_run = ctx.dry_run()?;
    let way = Way { dry_run: Some(dry_run), ..way(ctx)? };
    let bulk = ctx.flags.is("all") || ctx.flags.given("selector") || ctx.flags.given("field-selector");
    let ignore = match ctx.flags.given("ignore-not-found") {
        true => ctx.flags.is("ignore-not-found"),
        false => bulk,
    };
    let (parts, mut errors) = parts(ctx).await?;
    let mut parts = parts;
    if ctx.flags.is("interactive") && dry_run == DryRun::None && !parts.is_empty() {
        confirm(ctx, &mut parts).await?;
        if parts.is_empty() {
            return Ok(());
        }
    }
    let mut gone = Vec::new();
    let none = parts.is_empty();
    let warn_scope = ctx.enforce_namespace && !ctx.flags.is("all-namespaces");
    if warn_scope && parts.iter().any(|(p, _)| !p.kind.namespaced) {
        ctx.complain("Warning: deleting cluster-scoped resources, not scoped to the provided namespace");
    }
    for (part, source) in parts {
        match ask(ctx, &part, way).await.map_err(|e| e.when("deleting", &source)) {
            Ok(uid) => gone.push((part, uid)),
            Err(error) if ignore && error.is("NotFound") => {}
            Err(error) => errors.push(error),
        }
    }
    if none && errors.is_empty() {
        ctx.say("No resources found");
        return Ok(());
    }
    if dry_run == DryRun::None && ctx.flags.is_unless_off("wait") {
        let timeout = ctx.flags.duration("timeout", 0);
        for (part, uid) in &gone {
            wait(ctx, part, uid, timeout).await?;
        }
    }
    Error::any_of(errors)
}

fn way<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<Way, Error> {
    let (now, force, all) = (ctx.flags.is("now"), ctx.flags.is("force"), ctx.flags.is("all"));
    let mut grace = ctx.flags.number("grace-period", -1);
    if now && grace != -1 {
        return Err(Error::text("--now and --grace-period cannot be specified together"));
    }
    if now || (grace == 0 && !force) {
        // An object is only forced out of existence by --force.
        grace = 1;
    }
    if force && grace < 0 {
        grace = 0;
    }
    if !matches!(ctx.flags.text("output"), "" | "name") {
        let output = ctx.flags.text("output");
        return Err(Error::text(format!("unexpected -o output mode: {output}. We only support '-o name'")));
    }
    if all && ctx.flags.given("selector") {
        return Err(Error::text("setting 'all' parameter but found a non empty selector. "));
    }
    if all && ctx.flags.given("field-selector") {
        return Err(Error::text("cannot set --all and --field-selector at the same time"));
    }
    if force && grace > 0 {
        return Err(Error::text("--force and --grace-period greater than 0 cannot be specified together"));
    }
    if force {
        ctx.complain(
            "Warning: Immediate deletion does not wait for confirmation that the running resource has been \
             terminated. The resource may continue to run on the cluster indefinitely.",
        );
    }
    Ok(Way { dry_run: None, grace: (grace >= 0).then_some(grace), forced: grace == 0 })
}

/// What is to be deleted, each with the file that names it.
async fn parts<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
) -> Result<(Vec<(Part, String)>, Vec<Error>), Error> {
    let args = ctx.flags.args.clone();
    if !ctx.flags.list("filename").is_empty() || ctx.flags.given("kustomize") {
        let (items, errors) = ctx.files().await?;
        let part = |item: super::super::input::Item| {
            let name = object::name(&item.value).to_owned();
            (Part { kind: item.kind, name, namespace: item.namespace }, item.source)
        };
        return Ok((items.into_iter().map(part).collect(), errors));
    }
    if args.is_empty() {
        return Err(Error::text(NOTHING_NAMED));
    }
    super::several::parts(ctx, &args).await.map(|parts| {
        let named = |part| (part, String::new());
        (parts.into_iter().map(named).collect(), Vec::new())
    })
}

/// kubectl's words for a command line that names nothing.
pub(super) const NOTHING_NAMED: &str = "You must provide one or more resources by argument or filename.\n\
    Example resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   \
    '<resource>'";

/// `--interactive`
async fn confirm<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    parts: &mut Vec<(Part, String)>,
) -> Result<(), Error> {
    ctx.say("You are about to delete the following ".to_owned() + &parts.len().to_string() + " resource(s):");
    for (part, _) in parts.iter() {
        ctx.say(format!("{}/{}", part.kind.plural, part.name));
    }
    ctx.out("Do you want to continue? (y/N): ");
    let answer = match ctx.console.input().await {
        super::super::Input::Data(data) => String::from_utf8_lossy(&data).trim().to_lowercase(),
        _ => String::new(),
    };
    if !matches!(answer.as_str(), "y" | "yes") {
        ctx.say("deletion is cancelled");
        parts.clear();
    }
    Ok(())
}

/// Sends the DELETE and says so; gives the uid of what goes.
pub(super) async fn ask<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    part: &Part,
    way: Way,
) -> Result<String, Error> {
    let dry_run = way.dry_run.unwrap_or(DryRun::None);
    let mut uid = String::new();
    if dry_run == DryRun::Client {
        ctx.get(&path_of(part.kind, &part.namespace, &part.name, ""), &[]).await?;
    } else {
        let policy = match ctx.flags.or("cascade", "background") {
            "orphan" => "Orphan",
            "foreground" => "Foreground",
            _ => "Background",
        };
        let mut body = json!({"propagationPolicy": policy});
        if let Some(grace) = way.grace {
            body["gracePeriodSeconds"] = grace.into();
        }
        let query = Vec::from_iter(dry_run.query());
        let path = path_of(part.kind, &part.namespace, &part.name, "");
        let answer = ctx.send_json("DELETE", &path, &query, JSON, &body).await?;
        let found = answer.pointer("/metadata/uid").or(answer.pointer("/details/uid"));
        uid = found.and_then(Value::as_str).unwrap_or_default().to_owned();
    }
    // As `kubectl run --rm --quiet` wants it.
    if ctx.flags.is("quiet") {
        return Ok(uid);
    }
    let name = format!("{} {:?}", qualified(part.kind), part.name);
    ctx.say(match ctx.flags.text("output") {
        "name" if ctx.command.name == "delete" => format!("{}/{}", qualified(part.kind), part.name),
        _ => {
            let verb = if way.forced { "force deleted" } else { "deleted" };
            let place =
                if part.kind.namespaced { format!(" from {} namespace", part.namespace) } else { String::new() };
            format!("{name} {verb}{place}{}", dry_run.note())
        }
    });
    Ok(uid)
}

/// Waits until an object with this uid is gone. `timeout` in milliseconds, 0 for none.
pub(super) async fn wait<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    part: &Part,
    uid: &str,
    timeout: i64,
) -> Result<(), Error> {
    let deadline = (timeout > 0).then(|| ctx.console.now().plus_micros(timeout * 1000));
    loop {
        let selector = format!("metadata.name={}", part.name);
        let path = path_of(part.kind, &part.namespace, "", "");
        let list = match ctx.call(request("GET", &path, &[("fieldSelector", &selector)], JSON)).await {
            Ok(list) => list,
            // Where waiting is not allowed, the deletion has still been asked for.
            Err(error) if error.is("Forbidden") || error.is("MethodNotAllowed") => return Ok(()),
            Err(error) => return Err(error),
        };
        let there = |item: &Value| uid.is_empty() || object::uid(item) == uid;
        if !object::list(&list, "/items").iter().any(there) {
            return Ok(());
        }
        let version = list.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default();
        let mut events = watch::open_one(ctx, part, version).await?;
        loop {
            let event = match deadline {
                None => events.next(ctx).await?,
                Some(deadline) => {
                    let left = (deadline.0 - ctx.console.now().0) / 1000;
                    match race(events.peek(), ctx.console.sleep(u64::try_from(left).unwrap_or(0))).await {
                        First::Left(()) => events.next(ctx).await?,
                        First::Right(()) => {
                            let name = format!("{}/{}", part.kind.qualified_plural(), part.name);
                            return Err(Error::text(format!("timed out waiting for the condition on {name}")));
                        }
                    }
                }
            };
            match event {
                None => break,
                Some(event) if event["type"] == "DELETED" => return Ok(()),
                Some(event) if event["type"] == "ERROR" => break,
                Some(_) => {}
            }
        }
    }
}
