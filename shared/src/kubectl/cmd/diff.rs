//! `kubectl diff`: what apply would change.

use serde_json::{Value, json};

use super::super::context::{JSON, path_of};
use super::super::{Console, Context, Error, Transport, patching, unified, yaml};
use super::apply;
use crate::api::object;

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    // As diff: 1 says that there are differences, more that something failed.
    match compare(ctx).await {
        Ok(true) => Err(Error::exit(1)),
        Ok(false) => Ok(()),
        Err(error) => {
            let (report, _) = error.report();
            Err(Error::ended(report.trim_end_matches('\n').to_owned(), 2))
        }
    }
}

async fn compare<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<bool, Error> {
    if !ctx.flags.args.is_empty() {
        return Err(ctx.usage(format!("Unexpected args: [{}]", ctx.flags.args.join(" "))));
    }
    if !ctx.flags.given("filename") && !ctx.flags.given("kustomize") {
        return Err(Error::text("must specify one of -f and -k"));
    }
    let (items, errors) = ctx.files().await?;
    if !errors.is_empty() {
        return Err(Error::many(errors));
    }
    let mut different = false;
    for item in items {
        let name = object::name(&item.value).to_owned();
        let path = path_of(item.kind, &item.namespace, &name, "");
        let modified = item.value.clone();
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
        let (live, merged) = (live.as_ref().map(plain), plain(&merged));
        let before = live.as_ref().map(|live| yaml::emit(&masked(live, Some(&merged), "before"))).unwrap_or_default();
        let hunks = unified::diff(&before, &yaml::emit(&masked(&merged, live.as_ref(), "after")));
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

/// Without what only the server manages.
fn plain(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(metadata) = object::metadata_mut(&mut value) {
        metadata.remove("managedFields");
    }
    value
}

/// With the values of a Secret hidden, but for whether they differ from the other side's.
fn masked(value: &Value, other: Option<&Value>, side: &str) -> Value {
    let mut value = value.clone();
    if object::kind(&value) == "Secret"
        && let Some(data) = value.get_mut("data").and_then(Value::as_object_mut)
    {
        for (key, secret) in data {
            let differs = other.and_then(|other| other["data"].get(key)).is_some_and(|other| other != secret);
            *secret = if differs { format!("*** ({side})").into() } else { "***".into() };
        }
    }
    value
}
