//! `kubectl diff`: what apply would change.

use serde_json::{Value, json};

use super::super::context::{JSON, path_of};
use super::super::{Console, Context, Error, Transport, patching, unified, yaml};
use super::apply;
use crate::api::object;

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    // As diff: 1 says that there are differences, more that something failed.
    match compare(ctx).await {
        Ok(true) => Err(Error::Exit(1)),
        Ok(false) => Ok(()),
        Err(error) => {
            let (report, _) = error.report();
            Err(Error::Ended { text: report.trim_end_matches('\n').to_owned(), code: 2 })
        }
    }
}

async fn compare<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<bool, Error> {
    if !ctx.flags.given("filename") && !ctx.flags.given("kustomize") {
        return Err(Error::text("must specify one of -f and -k"));
    }
    let (items, errors) = ctx.files().await?;
    if !errors.is_empty() {
        return Err(Error::Many(errors));
    }
    let mut different = false;
    for item in items {
        let name = object::name(&item.value).to_owned();
        let path = path_of(item.kind, &item.namespace, &name, "");
        let mut modified = item.value.clone();
        apply::annotate(&mut modified);
        let manager = ctx.flags.or("field-manager", "kubectl-client-side-apply").to_owned();
        let query = [("dryRun", "All"), ("fieldManager", manager.as_str())];
        let (live, merged) = match ctx.get(&path, &[]).await {
            Ok(live) => {
                let original = apply::last_applied(&live).unwrap_or_else(|| json!({}));
                let patch = patching::three_way(&original, &modified, &live, item.kind)?;
                let sent = ctx.send_json("PATCH", &path, &query, apply::STRATEGIC, &patch).await;
                (Some(live), sent.map_err(|e| e.when("patching", &item.source))?)
            }
            Err(error) if error.is("NotFound") => {
                let collection = path_of(item.kind, &item.namespace, "", "");
                (None, ctx.send_json("POST", &collection, &query, JSON, &modified).await?)
            }
            Err(error) => return Err(error),
        };
        let text = |value: &Value| yaml::emit(&shown(value));
        let hunks = unified::diff(&live.as_ref().map(text).unwrap_or_default(), &text(&merged));
        if hunks.is_empty() {
            continue;
        }
        different = true;
        let file =
            format!("{}.{}.{}.{name}", item.kind.api_version().replace('/', "."), item.kind.kind, item.namespace);
        ctx.say(format!("diff -u -N LIVE/{file} MERGED/{file}"));
        ctx.out(format!("--- LIVE/{file}\n+++ MERGED/{file}\n{hunks}"));
    }
    Ok(different)
}

/// Without what only the server manages, and with the values of Secrets masked.
fn shown(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(metadata) = object::metadata_mut(&mut value) {
        metadata.remove("managedFields");
    }
    if object::kind(&value) == "Secret"
        && let Some(data) = value.get_mut("data").and_then(Value::as_object_mut)
    {
        data.values_mut().for_each(|secret| *secret = "***".into());
    }
    value
}
