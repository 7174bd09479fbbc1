//! `kubectl cordon`, `uncordon`, `drain` and `taint`.

use serde_json::{Value, json};

use super::super::context::{DryRun, JSON, path_of, request};
use super::super::output::Output;
use super::super::{Console, Context, Error, Transport, Why};
use super::delete;
use super::get::Part;
use super::several;
use crate::api::{kind::known, object};

const STRATEGIC: &str = "application/strategic-merge-patch+json";

/// The nodes that the arguments or the selector mean.
async fn nodes<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<Vec<Part>, Error> {
    let names = ctx.flags.args.clone();
    if names.is_empty() && !ctx.flags.given("selector") {
        let name = ctx.command.name;
        return Err(ctx.usage(format!("USAGE: {name} NODE [flags]")));
    }
    if !names.is_empty() && ctx.flags.given("selector") {
        return Err(Error::text("error: cannot specify both a node name and a --selector option"));
    }
    let mut resources = vec!["nodes".to_owned()];
    resources.extend(names.iter().map(|n| n.strip_prefix("node/").unwrap_or(n).to_owned()));
    several::parts(ctx, &resources).await
}

/// `cordon` and `uncordon`
pub(super) async fn cordon<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let (dry_run, on) = (ctx.dry_run()?, ctx.command.name == "cordon");
    let mut errors = Vec::new();
    for part in nodes(ctx).await? {
        if let Err(error) = set(ctx, &part, on, dry_run).await {
            errors.push(error);
        }
    }
    Error::any_of(errors)
}

async fn set<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    part: &Part,
    on: bool,
    dry_run: DryRun,
) -> Result<(), Error> {
    let path = path_of(part.kind, "", &part.name, "");
    let node = ctx.get(&path, &[]).await?;
    let already = (node.pointer("/spec/unschedulable") == Some(&Value::Bool(true))) == on;
    if !already && dry_run != DryRun::Client {
        let value = if on { Value::Bool(true) } else { Value::Null };
        let query = Vec::from_iter(dry_run.query());
        ctx.send_json("PATCH", &path, &query, STRATEGIC, &json!({"spec": {"unschedulable": value}})).await?;
    }
    let (prefix, word) = (if already { "already " } else { "" }, if on { "cordoned" } else { "uncordoned" });
    ctx.say(format!("node/{} {prefix}{word}{}", part.name, dry_run.note()));
    Ok(())
}

/// `drain`
pub(super) async fn drain<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let dry_run = ctx.dry_run()?;
    let parts = nodes(ctx).await?;
    for part in &parts {
        set(ctx, part, true, dry_run).await?;
    }
    let (mut pending, mut errors) = (Vec::new(), Vec::new());
    for part in &parts {
        match empty(ctx, &part.name, dry_run).await {
            Ok(()) => ctx.say(format!("node/{} drained{}", part.name, dry_run.note())),
            Err(error) => {
                let why = error.sentence();
                ctx.complain(format!(
                    "error: unable to drain node {:?} due to error: {why}, continuing command...",
                    part.name
                ));
                pending.push(part.name.clone());
                errors.push(error);
            }
        }
    }
    if pending.is_empty() {
        return Ok(());
    }
    ctx.complain("There are pending nodes to be drained:");
    pending.iter().for_each(|name| ctx.complain(format!(" {name}")));
    let flat = errors.into_iter().flat_map(|error| match error.why() {
        Why::Many(errors) => errors,
        why => vec![why.into()],
    });
    let lines: String = flat.map(|error| error.sentence() + "\n").collect();
    Err(Error::raw(lines))
}

async fn empty<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    node: &str,
    dry_run: DryRun,
) -> Result<(), Error> {
    let selector = format!("spec.nodeName={node}");
    let labels = ctx.flags.text("pod-selector").to_owned();
    let mut query = vec![("fieldSelector", selector.as_str())];
    query.extend((!labels.is_empty()).then_some(("labelSelector", labels.as_str())));
    let list = ctx.call(request("GET", &path_of(known("pods"), "", "", ""), &query, JSON)).await?;
    let (force, with_data) = (ctx.flags.is("force"), ctx.flags.is("delete-emptydir-data"));
    let (mut local, mut bare, mut going) = (Vec::new(), Vec::new(), Vec::new());
    for pod in object::list(&list, "/items") {
        let name = format!("{}/{}", object::namespace(pod), object::name(pod));
        let phase = pod.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default();
        let over = matches!(phase, "Succeeded" | "Failed");
        let owned = object::list(pod, "/metadata/ownerReferences").iter().any(|o| o["controller"] == true);
        let data = object::list(pod, "/spec/volumes").iter().any(|v| v.get("emptyDir").is_some_and(|e| !e.is_null()));
        if !over && data && !with_data {
            local.push(name);
        } else if !over && !owned && !force {
            bare.push(name);
        } else {
            going.push((pod.clone(), name, owned || over));
        }
    }
    let mut refused = Vec::new();
    if !local.is_empty() {
        let names = local.join(", ");
        refused.push(Error::text(format!(
            "cannot delete Pods with local storage (use --delete-emptydir-data to override): {names}"
        )));
    }
    if !bare.is_empty() {
        let names = bare.join(", ");
        refused.push(Error::text(format!(
            "cannot delete cannot delete Pods that declare no controller (use --force to override): {names}"
        )));
    }
    match refused.len() {
        0 => {}
        1 => return Err(refused.remove(0)),
        _ => return Err(Error::many(refused)),
    }
    let forced: Vec<&str> = going.iter().filter(|(_, _, owned)| !owned).map(|(_, name, _)| name.as_str()).collect();
    if !forced.is_empty() {
        ctx.complain(format!("Warning: deleting Pods that declare no controller: {}", forced.join(", ")));
    }
    evict(ctx, &going, dry_run).await
}

async fn evict<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    going: &[(Value, String, bool)],
    dry_run: DryRun,
) -> Result<(), Error> {
    let kind = known("pods");
    let grace = ctx.flags.number("grace-period", -1);
    for (pod, name, _) in going {
        if dry_run == DryRun::Client {
            ctx.say(format!("evicting pod {name} (dry run)"));
            continue;
        }
        ctx.say(format!("evicting pod {name}{}", dry_run.note()));
        let (namespace, pod_name) = (object::namespace(pod), object::name(pod));
        let mut options = json!({});
        if grace >= 0 {
            options["gracePeriodSeconds"] = grace.into();
        }
        let body = json!({
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod_name, "namespace": namespace},
            "deleteOptions": options,
        });
        let query = Vec::from_iter(dry_run.query());
        let path = path_of(kind, namespace, pod_name, "eviction");
        match ctx.send_json("POST", &path, &query, JSON, &body).await {
            Err(error) if !error.is("NotFound") => return Err(error),
            _ => {}
        }
    }
    if dry_run != DryRun::None {
        return Ok(());
    }
    let timeout = ctx.flags.duration("timeout", 0);
    for (pod, ..) in going {
        let (namespace, name) = (object::namespace(pod).to_owned(), object::name(pod).to_owned());
        let part = Part { kind, namespace, name };
        delete::wait(ctx, &part, object::uid(pod), timeout).await?;
        ctx.say(format!("pod/{} evicted", part.name));
    }
    Ok(())
}

/// A change of taints.
struct Change {
    key: String,
    value: String,
    /// Empty in a removal of every effect.
    effect: String,
    remove: bool,
}

/// `taint`
pub(super) async fn taint<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let is_change = |arg: &&String| arg.contains('=') || arg.ends_with('-') || arg.contains(':');
    let args = ctx.flags.args.clone();
    let at = args.iter().position(|arg| is_change(&arg)).unwrap_or(args.len());
    let (resources, specs) = args.split_at(at);
    let Some(kind) = resources.first() else {
        return Err(Error::text("one or more resources must be specified as <resource> <name>"));
    };
    let kind = kind.split('/').next().unwrap_or_default();
    if specs.is_empty() {
        return Err(Error::text("at least one taint update is required"));
    }
    let changes = specs.iter().map(|spec| change(ctx, spec)).collect::<Result<Vec<_>, _>>()?;
    if !matches!(kind, "node" | "nodes" | "no") {
        return Err(Error::text(format!("invalid resource type {kind}, only node types are supported")));
    }
    let (dry_run, output) = (ctx.dry_run()?, Output::of(ctx, false).await?);
    let resources = resources.to_vec();
    for part in several::parts(ctx, &resources).await? {
        retaint(ctx, &part, &changes, dry_run, &output).await?;
    }
    Ok(())
}

fn change<C: Console, T: Transport>(ctx: &Context<'_, C, T>, spec: &str) -> Result<Change, Error> {
    let (text, remove) = spec.strip_suffix('-').map_or((spec, false), |text| (text, true));
    let (pair, effect) = text.split_once(':').unwrap_or((text, ""));
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    if !remove && effect.is_empty() {
        return Err(ctx.usage(format!("invalid taint spec: {spec}")));
    }
    let known = matches!(effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute");
    if !known && (!remove || !effect.is_empty()) {
        return Err(ctx.usage(format!("invalid taint effect: {effect}, unsupported taint effect")));
    }
    Ok(Change { key: key.to_owned(), value: value.to_owned(), effect: effect.to_owned(), remove })
}

async fn retaint<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    part: &Part,
    changes: &[Change],
    dry_run: DryRun,
    output: &Output,
) -> Result<(), Error> {
    let path = path_of(part.kind, "", &part.name, "");
    let mut node = ctx.get(&path, &[]).await?;
    let mut taints = object::list(&node, "/spec/taints").to_vec();
    let fits = |taint: &Value, change: &Change| {
        taint["key"] == change.key.as_str() && (change.effect.is_empty() || taint["effect"] == change.effect.as_str())
    };
    let overwrite = ctx.flags.is("overwrite");
    let (mut added, mut changed) = (false, false);
    for change in changes {
        let there = taints.iter().any(|t| fits(t, change));
        if change.remove && !there {
            let effect = if change.effect.is_empty() { String::new() } else { format!(":{}", change.effect) };
            return Err(Error::text(format!("taint \"{}{effect}\" not found", change.key)));
        }
        if !change.remove && there && !overwrite {
            return Err(Error::text(format!(
                "node {} already has {} taint(s) with same effect(s) and --overwrite is false",
                part.name, "a"
            )));
        }
        taints.retain(|t| !fits(t, change));
        if !change.remove {
            let mut taint = json!({"key": change.key, "effect": change.effect});
            if !change.value.is_empty() {
                taint["value"] = change.value.as_str().into();
            }
            taints.insert(0, taint);
            added |= !there;
            changed |= there;
        }
    }
    let taints = if taints.is_empty() { Value::Null } else { taints.into() };
    match dry_run {
        DryRun::Client => node["spec"]["taints"] = taints,
        _ => {
            let manager = ctx.flags.or("field-manager", "kubectl-taint").to_owned();
            let mut query = Vec::from_iter(dry_run.query());
            query.push(("fieldManager", manager.as_str()));
            let body = json!({"spec": {"taints": taints}});
            node = ctx.send_json("PATCH", &path, &query, "application/merge-patch+json", &body).await?;
        }
    }
    let operation = match (changed, added) {
        (true, _) => "modified",
        (false, true) => "tainted",
        (false, false) => "untainted",
    };
    ctx.done(&node, &format!("{operation}{}", dry_run.note()), output, false)
}
