//! `kubectl apply`: from the file's last version, the file and what is live to a patch.

use serde_json::{Value, json};

use super::super::context::{DryRun, JSON, path_of};
use super::super::input::Item;
use super::super::output::Output;
use super::super::{Console, Context, Error, Transport, patching};
use super::create::validation;
use crate::api::{kind::Kind, object};

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// The media type of strategic merge patches.
pub(super) const STRATEGIC: &str = "application/strategic-merge-patch+json";

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    if !ctx.flags.args.is_empty() {
        let args = ctx.flags.args.join(" ");
        return Err(ctx.usage(format!("Unexpected args: [{args}]")));
    }
    if !ctx.flags.given("filename") && !ctx.flags.given("kustomize") {
        return Err(Error::text("must specify one of -f and -k"));
    }
    let server_side = ctx.flags.is("server-side");
    let (dry_run, output) = (ctx.dry_run()?, Output::of(ctx, false).await?);
    if server_side && dry_run == DryRun::Client {
        return Err(Error::text(
            "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
        ));
    }
    if ctx.flags.is("force-conflicts") && !server_side {
        return Err(Error::text("--force-conflicts only works with --server-side"));
    }
    let (items, mut errors) = ctx.files().await?;
    if items.is_empty() && errors.is_empty() {
        return Err(Error::text("no objects passed to apply"));
    }
    let mut documents = 0;
    for item in items {
        let done = match server_side {
            true => on_server(ctx, &item, dry_run).await,
            false => one(ctx, &item, dry_run).await,
        };
        match done {
            Ok((value, operation)) => {
                if matches!(output, Output::Yaml) && documents > 0 {
                    ctx.out("---\n");
                }
                documents += 1;
                ctx.done(&value, &format!("{operation}{}", dry_run.note()), &output, false)?;
            }
            Err(error) => errors.push(error),
        }
    }
    Error::any_of(errors)
}

async fn on_server<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    item: &Item,
    dry_run: DryRun,
) -> Result<(Value, &'static str), Error> {
    let manager = ctx.flags.or("field-manager", "kubectl").to_owned();
    let force = if ctx.flags.is("force-conflicts") { "true" } else { "false" };
    let mut query = Vec::from_iter(dry_run.query());
    query.push(("fieldManager", manager.as_str()));
    query.push(("fieldValidation", validation(ctx.flags.or("validate", "strict"))));
    query.push(("force", force));
    let path = path_of(item.kind, &item.namespace, object::name(&item.value), "");
    let sent = ctx.send_json("PATCH", &path, &query, "application/apply-patch+yaml", &item.value).await;
    let value = sent.map_err(|error| match error.status() {
        Some(status) if status.is("UnsupportedMediaType") => {
            Error::text(format!("Server-side apply not available on the server: ({})", status.message))
        }
        _ => error,
    })?;
    Ok((value, "serverside-applied"))
}

async fn one<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    item: &Item,
    dry_run: DryRun,
) -> Result<(Value, &'static str), Error> {
    let name = object::name(&item.value).to_owned();
    if name.is_empty() {
        return Err(Error::text(match item.value.pointer("/metadata/generateName") {
            Some(prefix) => {
                format!("from {}: cannot use generate name with apply", prefix.as_str().unwrap_or_default())
            }
            None => format!(
                "error when retrieving current configuration of:\n{}\nfrom server for: {:?}: resource name may not be empty",
                info(item),
                item.source
            ),
        }));
    }
    let mut modified = item.value.clone();
    annotate(&mut modified);
    let path = path_of(item.kind, &item.namespace, &name, "");
    let current = match ctx.get(&path, &[]).await {
        Ok(current) => Some(current),
        Err(error) if error.is("NotFound") => None,
        Err(error) => {
            let what = format!("retrieving current configuration of:\n{}\nfrom server for:", info(item));
            return Err(error.when(&what, &item.source));
        }
    };
    let Some(current) = current else {
        let value = match dry_run {
            DryRun::Client => modified,
            _ => create(ctx, item, &modified, dry_run).await.map_err(|e| e.when("creating", &item.source))?,
        };
        return Ok((value, "created"));
    };
    // kubectl makes no patch here, and shows what is live.
    if dry_run == DryRun::Client {
        return Ok((current, "configured"));
    }
    let Some(original) = last_applied(&current) else {
        ctx.complain(format!(
            "Warning: resource {}/{name} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. \
             kubectl apply should only be used on resources created declaratively by either kubectl create \
             --save-config or kubectl apply. The missing annotation will be patched automatically.",
            item.kind.qualified_plural()
        ));
        return patch(ctx, item, &json!({}), &modified, &current, dry_run).await;
    };
    patch(ctx, item, &original, &modified, &current, dry_run).await
}

async fn patch<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    item: &Item,
    original: &Value,
    modified: &Value,
    current: &Value,
    dry_run: DryRun,
) -> Result<(Value, &'static str), Error> {
    let patch = patching::three_way(original, modified, current, item.kind)?;
    if patch.as_object().is_some_and(serde_json::Map::is_empty) {
        return Ok((current.clone(), "unchanged"));
    }
    let manager = ctx.flags.or("field-manager", "kubectl-client-side-apply").to_owned();
    let mut query = Vec::from_iter(dry_run.query());
    query.push(("fieldManager", manager.as_str()));
    query.push(("fieldValidation", validation(ctx.flags.or("validate", "strict"))));
    let path = path_of(item.kind, &item.namespace, object::name(modified), "");
    let sent = ctx.send_json("PATCH", &path, &query, STRATEGIC, &patch).await;
    let value = sent.map_err(|e| {
        let what = format!("applying patch:\n{}\nto:\n{}\nfor:", patching::go_json(&patch), info(item));
        e.when("patching", &item.source).when(&what, &item.source)
    })?;
    Ok((value, "configured"))
}

async fn create<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    item: &Item,
    value: &Value,
    dry_run: DryRun,
) -> Result<Value, Error> {
    let manager = ctx.flags.or("field-manager", "kubectl-client-side-apply").to_owned();
    let mut query = Vec::from_iter(dry_run.query());
    query.push(("fieldManager", manager.as_str()));
    query.push(("fieldValidation", validation(ctx.flags.or("validate", "strict"))));
    ctx.send_json("POST", &path_of(item.kind, &item.namespace, "", ""), &query, JSON, value).await
}

/// What the last apply wrote into an object's annotation.
pub(super) fn last_applied(value: &Value) -> Option<Value> {
    let text = object::annotations(value)?.get(LAST_APPLIED)?.as_str()?;
    Some(crate::api::json::read(text.as_bytes()).unwrap_or_else(|_| json!({})))
}

/// Writes an object's own JSON into its annotation, as the next apply's starting point.
pub(super) fn annotate(value: &mut Value) {
    let Some(metadata) = object::metadata_mut(value) else { return };
    let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
    if annotations.is_null() {
        *annotations = json!({});
    }
    if let Some(annotations) = annotations.as_object_mut() {
        annotations.remove(LAST_APPLIED);
    }
    let text = patching::go_json(value) + "\n";
    if let Some(annotations) = value.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.insert(LAST_APPLIED.to_owned(), text.into());
    }
}

/// An object as kubectl names it in long messages (`resource.Info.String`).
fn info(item: &Item) -> String {
    let Kind { group, version, kind, plural, .. } = item.kind;
    format!(
        "Resource: {:?}, GroupVersionKind: {:?}\nName: {:?}, Namespace: {:?}",
        format!("{group}/{version}, Resource={plural}"),
        format!("{group}/{version}, Kind={kind}"),
        object::name(&item.value),
        item.namespace,
    )
}
