//! `kubectl patch`.

use serde_json::Value;

use super::super::context::{DryRun, JSON, path_of, request};
use super::super::output::Output;
use super::super::{Console, Context, Error, Transport, patching, yaml};
use super::get::Part;
use super::several;

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let ty = ctx.flags.or("type", "strategic").to_lowercase();
    if ctx.flags.given("patch") && ctx.flags.given("patch-file") {
        return Err(Error::text("cannot specify --patch and --patch-file together"));
    }
    if !ctx.flags.given("patch") && !ctx.flags.given("patch-file") {
        return Err(Error::text("must specify --patch or --patch-file containing the contents of the patch"));
    }
    let content_type = match ty.as_str() {
        "strategic" => "application/strategic-merge-patch+json",
        "merge" => "application/merge-patch+json",
        "json" => "application/json-patch+json",
        other => {
            return Err(Error::text(format!("--type must be one of [json merge strategic], not {other:?}")));
        }
    };
    let text = match ctx.flags.given("patch-file") {
        true => {
            let path = ctx.flags.text("patch-file").to_owned();
            let bytes = ctx.console.read_file(&path).await;
            let bytes = bytes.map_err(|e| Error::text(format!("unable to read patch file: open {path}: {e}")))?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        false => ctx.flags.text("patch").to_owned(),
    };
    let body = match yaml::documents(&text) {
        Ok(documents) => Ok(documents.into_iter().next().unwrap_or_default()),
        // What begins like JSON is taken for JSON, and for the server to refuse.
        Err(_) if text.trim_start().starts_with('{') => Err(text),
        Err(error) => {
            let error = error.to_string();
            let error = error.strip_prefix("error converting YAML to JSON: ").unwrap_or(&error);
            return Err(Error::text(format!("unable to parse {text:?}: {error}")));
        }
    };
    let (dry_run, output) = (ctx.dry_run()?, Output::of(ctx, false).await?);
    let resources = ctx.flags.args.clone();
    let parts = match ctx.flags.list("filename").is_empty() {
        true if resources.is_empty() => {
            return Err(Error::text(
                "one or more resources must be specified as <resource> <name> or <resource>/<name>",
            ));
        }
        true => several::parts(ctx, &resources).await?,
        false => several::of_files(ctx).await?,
    };
    for part in parts {
        one(ctx, &part, &ty, content_type, &body, dry_run, &output).await?;
    }
    Ok(())
}

async fn one<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    part: &Part,
    ty: &str,
    content_type: &str,
    body: &Result<Value, String>,
    dry_run: DryRun,
    output: &Output,
) -> Result<(), Error> {
    let subresource = ctx.flags.text("subresource").to_owned();
    let current = ctx.get_object(part.kind, &part.namespace, &part.name).await?;
    let patched = if dry_run == DryRun::Client {
        let body = body.as_ref().map_err(|text| Error::text(format!("unable to parse {text:?}")))?;
        let mut patched = current.clone();
        match ty {
            "merge" => patching::merge(&mut patched, body),
            "json" => patching::json_patch(&mut patched, body)?,
            _ => patching::strategic(&mut patched, body, part.kind)?,
        }
        patched
    } else {
        let manager = ctx.flags.or("field-manager", "kubectl-patch").to_owned();
        let mut query = Vec::from_iter(dry_run.query());
        query.push(("fieldManager", manager.as_str()));
        let path = path_of(part.kind, &part.namespace, &part.name, &subresource);
        let mut patch = request("PATCH", &path, &query, JSON);
        patch.headers.push(("content-type", content_type.to_owned()));
        patch.body = body.as_ref().map_or_else(Clone::clone, Value::to_string).into_bytes();
        ctx.call(patch).await?
    };
    let changed = patched != current;
    ctx.done(&patched, if changed { "patched" } else { "patched (no change)" }, output, false)
}
