//! `kubectl edit`: the object as YAML in the user's editor, and a patch of what changed.

use serde_json::Value;

use super::super::output::Output;
use super::super::{Console, Context, Error, Transport, patching, yaml};
use super::create::validation;
use super::get::Part;
use super::several;
use crate::api::object;

const HEAD: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n\
    # and an empty file will abort the edit. If an error occurs while saving this file will be\n\
    # reopened with the relevant failures.\n#\n";

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let args = ctx.flags.args.clone();
    let output = Output::of(ctx, false).await?;
    let parts = match ctx.flags.list("filename").is_empty() {
        true if args.is_empty() => return Err(Error::text(super::delete::NOTHING_NAMED)),
        true => several::parts(ctx, &args).await?,
        false => several::of_files(ctx).await?,
    };
    for part in parts {
        one(ctx, &part, &output).await?;
    }
    Ok(())
}

async fn one<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>, part: &Part, output: &Output) -> Result<(), Error> {
    let mut original = ctx.get_object(part.kind, &part.namespace, &part.name).await?;
    if let Some(metadata) = object::metadata_mut(&mut original) {
        metadata.remove("managedFields");
    }
    let shown = yaml::emit(&original);
    let mut text = [HEAD, &shown].concat();
    loop {
        let edited = ctx.console.edit(&part.name, &text).await.map_err(Error::text)?;
        let content: String = edited.lines().filter(|l| !l.starts_with('#')).map(|l| format!("{l}\n")).collect();
        if content.trim().is_empty() {
            return Err(Error::text("Edit cancelled, saved file was empty."));
        }
        if content == shown || edited == text {
            ctx.complain("Edit cancelled, no changes made.");
            return Ok(());
        }
        match save(ctx, part, &original, &content).await {
            Ok(Some(value)) => return ctx.done(&value, "edited", output, false),
            Ok(None) => {
                ctx.complain("Edit cancelled, no changes made.");
                return Ok(());
            }
            Err(error) => {
                // The editor opens again with what was typed and why it was refused.
                let (report, _) = error.report();
                let reasons: String = report.lines().map(|line| format!("# {line}\n")).collect();
                ctx.console.err(report.as_bytes());
                text = [HEAD, &reasons, "#\n", &content].concat();
            }
        }
    }
}

async fn save<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    part: &Part,
    original: &Value,
    content: &str,
) -> Result<Option<Value>, Error> {
    let documents = yaml::documents(content).map_err(Error::text)?;
    let Some(edited) = documents.into_iter().next() else { return Ok(None) };
    for (what, of) in
        [("apiVersion", object::api_version as fn(&Value) -> &str), ("kind", object::kind), ("name", object::name)]
    {
        if of(&edited) != of(original) {
            return Err(Error::text(format!("At least one of apiVersion, kind and name was changed: {what}")));
        }
    }
    let patch = patching::two_way(original, &edited, part.kind)?;
    if patch.as_object().is_some_and(serde_json::Map::is_empty) {
        return Ok(None);
    }
    let manager = ctx.flags.or("field-manager", "kubectl-edit").to_owned();
    let validation = validation(ctx.flags.or("validate", "strict"));
    let query = [("fieldManager", manager.as_str()), ("fieldValidation", validation)];
    let path = ctx.path(part.kind, &part.namespace, &part.name);
    let sent = ctx.send_json("PATCH", &path, &query, "application/strategic-merge-patch+json", &patch).await?;
    Ok(Some(sent))
}
