//! `kubectl label` and `kubectl annotate`: the same command on two maps.

use serde_json::{Map, Value, json};

use super::super::context::{DryRun, path_of};
use super::super::output::Output;
use super::super::{Console, Context, Error, Transport, patching};
use super::get::Part;
use crate::api::object;
use crate::validation::names::label_value;

/// What changes: values to set, keys to remove.
#[derive(Debug, Default, PartialEq)]
struct Changes {
    set: Vec<(String, String)>,
    remove: Vec<String>,
}

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let what = if ctx.command.name == "label" { "label" } else { "annotation" };
    let (resources, specs) = split(&ctx.flags.args);
    let (resources, specs) = (resources.to_vec(), specs.to_vec());
    let changes = changes(&specs, what)?;
    let listing = ctx.flags.is("list");
    if resources.is_empty() && ctx.flags.list("filename").is_empty() {
        return Err(Error::text("one or more resources must be specified as <resource> <name> or <resource>/<name>"));
    }
    if specs.is_empty() && !listing {
        return Err(Error::text(format!("at least one {what} update is required")));
    }
    let (dry_run, output) = (ctx.dry_run()?, Output::of(ctx, false).await?);
    let (parts, mut errors) = parts(ctx, &resources).await?;
    for part in parts {
        if let Err(error) = one(ctx, &part, what, &changes, dry_run, &output).await {
            errors.push(error);
        }
    }
    Error::any_of(errors)
}

/// Resources come first; what looks like a change starts the changes.
fn split(args: &[String]) -> (&[String], &[String]) {
    let is_change = |arg: &String| arg.contains('=') || arg.ends_with('-');
    let at = args.iter().position(is_change).unwrap_or(args.len());
    args.split_at(at)
}

fn changes(specs: &[String], what: &str) -> Result<Changes, Error> {
    let mut changes = Changes::default();
    for spec in specs {
        if let Some((key, value)) = spec.split_once('=') {
            let wrong = if what == "label" { label_value(value) } else { Vec::new() };
            if !wrong.is_empty() {
                return Err(Error::text(format!("invalid label value: {spec:?}: {}", wrong.join(";"))));
            }
            changes.set.push((key.to_owned(), value.to_owned()));
        } else if let Some(key) = spec.strip_suffix('-') {
            changes.remove.push(key.to_owned());
        } else {
            return Err(Error::text(format!("unknown {what} spec: {spec}")));
        }
    }
    if changes.set.iter().any(|(key, _)| changes.remove.contains(key)) {
        let article = if what == "label" { "a" } else { "an" };
        return Err(Error::text(format!("can not both modify and remove {article} {what} in the same command")));
    }
    Ok(changes)
}

async fn parts<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    resources: &[String],
) -> Result<(Vec<Part>, Vec<Error>), Error> {
    if !ctx.flags.list("filename").is_empty() {
        let (items, errors) = ctx.files().await?;
        let part = |item: super::super::input::Item| Part {
            kind: item.kind,
            name: object::name(&item.value).to_owned(),
            namespace: item.namespace,
        };
        return Ok((items.into_iter().map(part).collect(), errors));
    }
    super::several::parts(ctx, resources).await.map(|parts| (parts, Vec::new()))
}

async fn one<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    part: &Part,
    what: &str,
    changes: &Changes,
    dry_run: DryRun,
    output: &Output,
) -> Result<(), Error> {
    let field = if what == "label" { "labels" } else { "annotations" };
    let path = path_of(part.kind, &part.namespace, &part.name, "");
    let current = ctx.get_object(part.kind, &part.namespace, &part.name).await?;
    let old = current["metadata"][field].as_object().cloned().unwrap_or_default();
    if ctx.flags.is("list") {
        for (key, value) in &old {
            ctx.say(format!("{key}={}", value.as_str().unwrap_or_default()));
        }
        return Ok(());
    }
    if !ctx.flags.is("overwrite") {
        refuse_overwriting(&old, changes, what)?;
    }
    let patch = patch(&old, changes);
    for key in changes.remove.iter().filter(|key| !old.contains_key(*key)) {
        if what == "label" {
            ctx.say(format!("label {key:?} not found."));
        }
    }
    let mut body = json!({"metadata": {field: patch}});
    if ctx.flags.given("resource-version") {
        body["metadata"]["resourceVersion"] = ctx.flags.text("resource-version").into();
    }
    let mut changed = current.clone();
    patching::merge(&mut changed, &body);
    let same = changed["metadata"][field].as_object().cloned().unwrap_or_default() == old;
    if !same && dry_run != DryRun::Client && !ctx.flags.is("local") {
        let manager = ctx.flags.or("field-manager", ["kubectl-", ctx.command.name].concat().as_str()).to_owned();
        let mut query = Vec::from_iter(dry_run.query());
        query.push(("fieldManager", manager.as_str()));
        changed = ctx.send_json("PATCH", &path, &query, "application/merge-patch+json", &body).await?;
    }
    let operation = match (what, same, changes.set.is_empty()) {
        ("label", true, _) => "not labeled",
        ("label", false, true) => "unlabeled",
        ("label", false, false) => "labeled",
        _ => "annotated",
    };
    ctx.done(&changed, &format!("{operation}{}", dry_run.note()), output, false)
}

fn refuse_overwriting(old: &Map<String, Value>, changes: &Changes, what: &str) -> Result<(), Error> {
    let taken: Vec<Error> = changes
        .set
        .iter()
        .filter_map(|(key, value)| {
            let known = old.get(key)?.as_str()?;
(known != value).then(|| match what {
                "label" => Error::text(format!("'{key}' already has a value ({known}), and --overwrite is false")),
                _ => Error::text(format!("--overwrite is false but found the following declared annotation(s): '{key}' already has a value ({known})")),
            })
        })
        .collect();
    Error::any_of(taken)
}

fn patch(old: &Map<String, Value>, changes: &Changes) -> Map<String, Value> {
    let set = changes.set.iter().map(|(key, value)| (key.clone(), value.as_str().into()));
    let removed = changes.remove.iter().filter(|key| old.contains_key(*key)).map(|key| (key.clone(), Value::Null));
    set.chain(removed).collect()
}
