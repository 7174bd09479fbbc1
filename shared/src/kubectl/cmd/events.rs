//! `kubectl events`.

use serde_json::Value;

use super::super::context::{JSON, path_of, request};
use super::super::{Console, Context, Error, Transport, rows, target};
use super::get::Part;
use super::watch;
use crate::api::{Timestamp, kind::known, object, time};
use crate::printers::tabwriter;

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let everywhere = ctx.flags.is("all-namespaces");
    let namespace = if everywhere { String::new() } else { ctx.namespace.clone() };
    let mut selector = String::new();
    if ctx.flags.given("for") {
        let about = ctx.flags.text("for").to_owned();
        let Some((kind, name)) = about.split_once('/').filter(|(k, n)| !k.is_empty() && !n.is_empty()) else {
            return Err(Error::text("--for must be in resource/name form"));
        };
        let kind = target::kind_named(kind)?;
        selector = format!("involvedObject.kind={},involvedObject.name={name}", kind.kind);
    }
    let types = ctx.flags.list("types").to_vec();
    if types.iter().any(|t| !matches!(t.to_lowercase().as_str(), "normal" | "warning")) {
        return Err(Error::text("valid --types are Normal or Warning"));
    }
    let wanted = |event: &Value| {
        let ty = event["type"].as_str().unwrap_or_default();
        types.is_empty() || types.iter().any(|t| t.eq_ignore_ascii_case(ty))
    };
    let mut query = vec![("limit", "500")];
    query.extend((!selector.is_empty()).then_some(("fieldSelector", selector.as_str())));
    let list = ctx.call(request("GET", &path_of(known("events"), &namespace, "", ""), &query, JSON)).await?;
    let mut events: Vec<Value> = object::list(&list, "/items").iter().filter(|e| wanted(e)).cloned().collect();
    events.sort_by_key(seen);
    let watching = ctx.flags.is("watch");
    if events.is_empty() && !watching {
        let place = if everywhere { ".".to_owned() } else { format!(" in {namespace} namespace.") };
        ctx.complain(format!("No events found{place}"));
        return Ok(());
    }
    let now = ctx.console.now();
    let mut lines = String::new();
    if !ctx.flags.is("no-headers") {
        lines.push_str(if everywhere { "NAMESPACE\t" } else { "" });
        lines.push_str("LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n");
    }
    lines.extend(events.iter().map(|event| line(event, everywhere, now)));
    if !watching {
        ctx.out(rows::align(&lines));
        return Ok(());
    }
    let mut widths = Vec::new();
    // The headers wait for the first event.
    let mut pending = lines;
    if !events.is_empty() {
        ctx.out(tabwriter::align_at_least(&std::mem::take(&mut pending), &mut widths, 6, 3));
    }
    let version = list.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default();
    let part = Part { kind: known("events"), namespace, name: String::new() };
    let mut stream = watch::open_selected(ctx, &part, &selector, version).await?;
    while let Some(event) = stream.next(ctx).await? {
        if matches!(event["type"].as_str(), Some("ADDED" | "MODIFIED")) && wanted(&event["object"]) {
            let text = std::mem::take(&mut pending) + &line(&event["object"], everywhere, ctx.console.now());
            ctx.out(tabwriter::align_at_least(&text, &mut widths, 6, 3));
        }
    }
    Ok(())
}

/// When an event was last seen (`k8s.io/kubectl/pkg/cmd/events`).
fn seen(event: &Value) -> Option<Timestamp> {
    let at = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).and_then(Timestamp::parse);
    at("/series/lastObservedTime").or_else(|| at("/lastTimestamp")).or_else(|| at("/eventTime"))
}

fn line(event: &Value, namespaces: bool, now: Timestamp) -> String {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let since = |pointer: &str| time::age(Timestamp::parse(text(pointer)), now);
    let first = if text("/eventTime").is_empty() { since("/firstTimestamp") } else { since("/eventTime") };
    let number = |pointer: &str| event.pointer(pointer).and_then(Value::as_i64).unwrap_or_default();
    let interval = if event.pointer("/series/count").is_some() {
        format!("{} (x{} over {first})", since("/series/lastObservedTime"), number("/series/count"))
    } else if number("/count") > 1 {
        format!("{} (x{} over {first})", since("/lastTimestamp"), number("/count"))
    } else {
        first
    };
    let namespace = if namespaces { format!("{}\t", object::namespace(event)) } else { String::new() };
    format!(
        "{namespace}{interval}\t{}\t{}\t{}/{}\t{}\n",
        text("/type"),
        text("/reason"),
        text("/involvedObject/kind"),
        text("/involvedObject/name"),
        text("/message").trim()
    )
}
