//! `kubectl wait`.

use serde_json::Value;

use super::super::context::{JSON, path_of, request};
use super::super::output::Output;
use super::super::race::{First, race};
use super::super::{Console, Context, Error, Transport, jsonpath};
use super::get::Part;
use super::{delete, several, watch};
use crate::api::{Timestamp, object};

/// What is waited for.
#[derive(Debug, PartialEq)]
enum For {
    Create,
    Delete,
    Condition(String, String),
    Path(String, Option<String>),
}

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let condition = condition(&ctx.flags.list("for").join(","))?;
    let output = Output::of(ctx, false).await?;
    let args = ctx.flags.args.clone();
    let parts = match ctx.flags.list("filename").is_empty() {
        true if args.is_empty() => return Err(Error::text(delete::NOTHING_NAMED)),
        true => several::parts(ctx, &args).await?,
        false => several::of_files(ctx).await?,
    };
    if parts.is_empty() {
        return Err(Error::text("no matching resources found"));
    }
    let timeout = ctx.flags.duration("timeout", 30_000);
    let timeout = if timeout < 0 { 7 * 24 * 3600 * 1000 } else { timeout };
    let deadline = ctx.console.now().plus_micros(timeout * 1000);
    let mut errors = Vec::new();
    for part in parts {
        match one(ctx, &part, &condition, deadline).await {
            Ok(Some(value)) => ctx.done(&value, "condition met", &output, false)?,
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
    }
    Error::any_of(errors)
}

fn condition(text: &str) -> Result<For, Error> {
    match text.to_lowercase().as_str() {
        "delete" => return Ok(For::Delete),
        "create" => return Ok(For::Create),
        _ => {}
    }
    if let Some(rest) = text.strip_prefix("condition=") {
        let (name, value) = rest.split_once('=').unwrap_or((rest, "true"));
        return Ok(For::Condition(name.to_owned(), value.to_owned()));
    }
    if let Some(rest) = text.strip_prefix("jsonpath=") {
        let rest = rest.trim_start_matches('\'');
        let end = rest.rfind('}').map_or(rest.len(), |at| at + 1);
        let (path, value) = rest.split_at(end);
        if path.is_empty() {
            return Err(Error::text("jsonpath wait condition cannot be empty"));
        }
        jsonpath::check(path).map_err(|e| Error::text(format!("error parsing jsonpath {path}, {e}")))?;
        let value = value.trim_start_matches('\'').strip_prefix('=').map(|v| v.trim_matches(['\'', '"']).to_owned());
        return Ok(For::Path(path.to_owned(), value));
    }
    Err(Error::text(format!("unrecognized condition: {text:?}")))
}

fn met(value: &Value, condition: &For) -> bool {
    match condition {
        For::Create => true,
        For::Delete => false,
        For::Condition(name, wanted) => object::list(value, "/status/conditions").iter().any(|c| {
            let text = |field: &str| c[field].as_str().unwrap_or_default();
            text("type").eq_ignore_ascii_case(name) && text("status").eq_ignore_ascii_case(wanted)
        }),
        For::Path(path, wanted) => match jsonpath::find(path, value).ok().and_then(|f| f.first().map(|v| (*v).clone()))
        {
            None => false,
            Some(found) => wanted.as_ref().is_none_or(|wanted| jsonpath::text_of(&found) == *wanted),
        },
    }
}

async fn one<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    part: &Part,
    condition: &For,
    deadline: Timestamp,
) -> Result<Option<Value>, Error> {
    let path = path_of(part.kind, &part.namespace, &part.name, "");
    let first = ctx.get(&path, &[]).await;
    match (&first, condition) {
        (Err(error), For::Delete) if error.is("NotFound") => return Ok(None),
        (Err(error), For::Create) if error.is("NotFound") => {}
        (Err(error), _) => return Err(error.clone()),
        (Ok(value), condition) if met(value, condition) => return Ok(first.ok()),
        (Ok(_), _) => {}
    }
    let last = first.ok();
    let timed_out = || {
        Error::text(format!("timed out waiting for the condition on {}/{}", part.kind.qualified_plural(), part.name))
    };
    loop {
        let selector = format!("metadata.name={}", part.name);
        let collection = path_of(part.kind, &part.namespace, "", "");
        let list = ctx.call(request("GET", &collection, &[("fieldSelector", &selector)], JSON)).await?;
        match (object::list(&list, "/items").first(), condition) {
            (None, For::Delete) => return Ok(last),
            (Some(value), condition) if met(value, condition) => {
                let mut items = super::get::items_of(&list, part.kind);
                return Ok(items.pop());
            }
            _ => {}
        }
        let version = list.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default();
        let mut events = watch::open_one(ctx, part, version).await?;
        loop {
            let left = u64::try_from((deadline.0 - ctx.console.now().0) / 1000).unwrap_or(0);
            if let First::Right(()) = race(events.peek(), ctx.console.sleep(left)).await {
                return Err(timed_out());
            }
            let Some(event) = events.next(ctx).await? else { break };
            match (event["type"].as_str(), condition) {
                (Some("DELETED"), For::Delete) => return Ok(Some(event["object"].clone())),
                (Some("DELETED"), _) => {
                    return Err(Error::text(format!("{} {:?} not found", part.kind.qualified_plural(), part.name)));
                }
                (Some("ADDED" | "MODIFIED"), condition) if met(&event["object"], condition) => {
                    return Ok(Some(event["object"].clone()));
                }
                (Some("ERROR"), _) => break,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn conditions() {
        let pod = json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}});
        for (text, expected) in [
            ("condition=Ready", true),
            ("condition=ready=true", true),
            ("condition=Ready=False", false),
            ("condition=Nope", false),
            ("jsonpath={.status.phase}=Running", true),
            ("jsonpath='{.status.phase}'=Failed", false),
            ("jsonpath={.status.phase}", true),
            ("jsonpath={.status.nope}", false),
        ] {
            assert_eq!(condition(text).map(|c| met(&pod, &c)), Ok(expected), "{text}");
        }
        assert!(condition("foo").is_err());
    }
}
