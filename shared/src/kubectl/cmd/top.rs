//! `kubectl top`: what nodes and pods use (`k8s.io/kubectl/pkg/cmd/top`, `pkg/metricsutil`).

use std::cmp::{Ordering, Reverse};

use serde_json::Value;

use super::super::context::{JSON, path_of, request};
use super::super::{Console, Context, Error, Transport, rows};
use crate::api::kind::{KINDS, Kind, METRICS, known};
use crate::api::time::go_duration;
use crate::api::{Quantity, Timestamp, object};

/// How old a pod must be for its metrics to be missed, microseconds.
const DELAY: i64 = 120_000_000;

/// `top node`
pub(super) async fn nodes<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let name = asked(ctx)?;
    let mut measured = find(ctx, metrics_of("nodes"), "", &name).await?;
    if measured.is_empty() {
        return Err(Error::text("metrics not available yet"));
    }
    let mut nodes = find(ctx, known("nodes"), "", &name).await?;
    let offered = if ctx.flags.is("show-capacity") { "/status/capacity" } else { "/status/allocatable" };
    sort(&mut measured, ctx.flags.text("sort-by"), |a, b| object::name(a).cmp(object::name(b)));
    let mut lines = Vec::new();
    let swap = ctx.flags.is("show-swap");
    if !ctx.flags.is("no-headers") {
        lines.push(["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"].map(str::to_owned).to_vec());
        lines[0].extend(swap.then_some(["SWAP(bytes)", "SWAP(%)"]).into_iter().flatten().map(str::to_owned));
    }
    for node in &measured {
        let at = nodes.iter().position(|n| object::name(n) == object::name(node));
        let about = at.map(|at| nodes.remove(at));
        let total = |name: &str| quantity(about.as_ref()?.pointer(offered)?.get(name)?);
        let mut cells = vec![object::name(node).to_owned()];
        for (name, used) in [("cpu", used(node, "cpu")), ("memory", used(node, "memory"))] {
            cells.push(shown(name, used));
            cells.extend(total(name).map(|total| percent(used, total)));
        }
        cells.extend(swap.then_some(["<unknown>", "<unknown>"]).into_iter().flatten().map(str::to_owned));
        lines.push(cells);
    }
    lines.extend(nodes.iter().map(|node| {
        let unknown = std::iter::repeat_n("<unknown>".to_owned(), if swap { 6 } else { 4 });
        [object::name(node).to_owned()].into_iter().chain(unknown).collect()
    }));
    print(ctx, &lines);
    Ok(())
}

/// `top pod`
pub(super) async fn pods<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let name = asked(ctx)?;
    let everywhere = ctx.flags.is("all-namespaces");
    let namespace = if everywhere { String::new() } else { ctx.namespace.clone() };
    let mut measured = find(ctx, metrics_of("pods"), &namespace, &name).await?;
    if measured.is_empty() {
        why_none(ctx, &namespace, &name).await?;
        let place = if everywhere { String::new() } else { format!(" in {namespace} namespace.") };
        ctx.complain(format!("No resources found{place}"));
        return Ok(());
    }
    let (containers, by) = (ctx.flags.is("containers"), ctx.flags.text("sort-by").to_owned());
    let names = |a: &Value, b: &Value| {
        let by_namespace = if everywhere { object::namespace(a).cmp(object::namespace(b)) } else { Ordering::Equal };
        by_namespace.then_with(|| object::name(a).cmp(object::name(b)))
    };
    sort(&mut measured, &by, names);
    let mut columns: Vec<&str> = Vec::new();
    columns.extend(everywhere.then_some("NAMESPACE"));
    columns.extend(containers.then_some("POD"));
    columns.extend(["NAME", "CPU(cores)", "MEMORY(bytes)"]);
    columns.extend(ctx.flags.is("show-swap").then_some("SWAP(bytes)"));
    let resources = if ctx.flags.is("show-swap") { &["cpu", "memory", "swap"][..] } else { &["cpu", "memory"] };
    let mut lines: Vec<Vec<String>> = Vec::new();
    if !ctx.flags.is("no-headers") {
        lines.push(columns.iter().map(|c| (*c).to_owned()).collect());
    }
    for pod in &measured {
        let namespace = everywhere.then(|| object::namespace(pod).to_owned());
        if !containers {
            let own = [object::name(pod).to_owned()];
            lines.push(namespace.into_iter().chain(own).chain(amounts(pod, resources)).collect());
            continue;
        }
        let mut parts = object::list(pod, "/containers").to_vec();
        let name = |container: &Value| container["name"].as_str().unwrap_or_default().to_owned();
        sort(&mut parts, &by, |a, b| name(a).cmp(&name(b)));
        lines.extend(parts.iter().map(|part| {
            let names = [object::name(pod).to_owned(), name(part)];
            namespace.clone().into_iter().chain(names).chain(amounts(part, resources)).collect()
        }));
    }
    if ctx.flags.is("sum") {
        let sum = |name: &str| measured.iter().fold(Quantity::milli(0), |sum, pod| sum.plus(used(pod, name)));
        // kubectl counts the columns in front of NAME where it prints their headers.
        let front = if ctx.flags.is("no-headers") { 1 } else { columns.len() - 2 };
        let blank = |count: usize| std::iter::repeat_n(String::new(), count);
        lines.push(blank(front).chain(["________".to_owned(), "________".to_owned()]).collect());
        let totals = ["cpu", "memory"].map(|name| shown(name, sum(name)));
        lines.push(blank(front).chain(totals).collect());
    }
    print(ctx, &lines);
    Ok(())
}

/// The one name that is asked about, after the checks that both commands share.
fn asked<C: Console, T: Transport>(ctx: &Context<'_, C, T>) -> Result<String, Error> {
    let name = match ctx.flags.args.as_slice() {
        [] => String::new(),
        [name] => name.clone(),
        _ => {
            let kind = ctx.command.name.rsplit(' ').next().unwrap_or_default();
            return Err(ctx.usage(format!("{kind} [NAME | -l label]")));
        }
    };
    if !matches!(ctx.flags.text("sort-by"), "" | "cpu" | "memory") {
        return Err(Error::text("--sort-by accepts only cpu or memory"));
    }
    let selected = ["selector", "field-selector"].iter().any(|flag| !ctx.flags.text(flag).is_empty());
    if selected && !name.is_empty() {
        return Err(Error::text("only one of NAME or selector can be provided"));
    }
    Ok(name)
}

fn metrics_of(plural: &str) -> &'static Kind {
    KINDS.iter().find(|k| k.group == METRICS && k.plural == plural).unwrap_or(known(plural))
}

/// The object of that name, or those that the flags select.
async fn find<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    kind: &'static Kind,
    namespace: &str,
    name: &str,
) -> Result<Vec<Value>, Error> {
    let path = path_of(kind, namespace, name, "");
    if !name.is_empty() {
        return Ok(vec![ctx.get(&path, &[]).await?]);
    }
    let selectors = [("labelSelector", "selector"), ("fieldSelector", "field-selector")];
    let query: Vec<(&str, &str)> =
        selectors.iter().map(|(query, flag)| (*query, ctx.flags.text(flag))).filter(|(_, v)| !v.is_empty()).collect();
    let list = request("GET", &path, &query, JSON);
    Ok(object::list(&ctx.call(list).await?, "/items").to_vec())
}

/// There are no metrics: fine without pods, else said; a pod that is old enough to have some is named.
async fn why_none<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    namespace: &str,
    name: &str,
) -> Result<(), Error> {
    let pods = find(ctx, known("pods"), namespace, name).await?;
    for pod in &pods {
        let created = object::creation_timestamp(pod).and_then(Timestamp::parse).unwrap_or_default();
        let age = ctx.console.now().0 - created.0;
        if age > DELAY {
            return Err(Error::text(format!(
                "Metrics not available for pod {}/{}, age: {}",
                object::namespace(pod),
                object::name(pod),
                go_duration(age)
            )));
        }
    }
    if pods.is_empty() { Ok(()) } else { Err(Error::text("metrics not available yet")) }
}

/// Most first where a resource is named, else by `names`.
fn sort(list: &mut [Value], by: &str, names: impl Fn(&Value, &Value) -> Ordering) {
    match by {
        "" => list.sort_by(|a, b| names(a, b)),
        resource => list.sort_by_key(|item| Reverse(used(item, resource))),
    }
}

fn quantity(value: &Value) -> Option<Quantity> {
    Quantity::parse(value.as_str()?).ok()
}

/// What a node or container uses, or a pod's containers together.
fn used(measured: &Value, resource: &str) -> Quantity {
    let parts = object::list(measured, "/containers").iter().chain([measured]);
    let amounts = parts.filter_map(|part| quantity(part.get("usage")?.get(resource)?));
    amounts.fold(Quantity::milli(0), Quantity::plus)
}

fn amounts(measured: &Value, resources: &[&str]) -> Vec<String> {
    resources.iter().map(|name| shown(name, used(measured, name))).collect()
}

fn shown(resource: &str, amount: Quantity) -> String {
    match resource {
        "cpu" => format!("{}m", amount.milli_value()),
        _ => format!("{}Mi", amount.value() / (1024 * 1024)),
    }
}

fn percent(used: Quantity, total: Quantity) -> String {
    format!("{}%", (used.milli_value() as f64 / total.milli_value() as f64 * 100.0) as i64)
}

/// Every cell ends with a tab, the last one too.
fn print<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>, lines: &[Vec<String>]) {
    let text: String =
        lines.iter().map(|cells| cells.iter().map(|c| format!("{c}\t")).collect::<String>() + "\n").collect();
    ctx.out(rows::align(&text));
}
