//! `kubectl get`: tables, whole objects, and watching either.

use serde_json::{Value, json};

use super::super::context::{JSON, TABLE, request};
use super::super::output::Output;
use super::super::rows::{Rows, align};
use super::super::target::{self, Targets};
use super::super::{Console, Context, Error, Transport, Why, jsonpath};
use crate::api::{Kind, object};

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    if ctx.flags.given("raw") {
        return raw(ctx).await;
    }
    let output = Output::of(ctx, true).await?;
    let plan = plan(ctx).await?;
    if ctx.flags.is("watch") || ctx.flags.is("watch-only") {
        return super::watch::run(ctx, &plan, &output).await;
    }
    if output.is_generic() { generic(ctx, &plan, &output).await } else { tables(ctx, &plan, &output).await }
}

/// One request: a collection, or one object of it.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub kind: &'static Kind,
    pub namespace: String,
    /// Empty for the collection.
    pub name: String,
}

/// What the command line asks for.
#[derive(Debug)]
pub(super) struct Plan {
    pub parts: Vec<Part>,
    /// Exactly one object was named: it is printed as itself, not as a List.
    pub single: bool,
    /// Several words for kinds were used: names are printed with theirs.
    pub show_kind: bool,
}

async fn plan<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<Plan, Error> {
    let args = ctx.flags.args.clone();
    let files = !ctx.flags.list("filename").is_empty();
    if args.is_empty() && !files {
        return Err(Error::raw(format!(
            "{}\nSee 'kubectl get -h' for help and examples",
            "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of \
             supported resources.\n\nerror: Required resource not specified.\nUse \"kubectl explain <resource>\" for \
             a detailed description of that resource (e.g. kubectl explain pods)."
        )));
    }
    if files {
        let (items, errors) = ctx.files().await?;
        if let Some(error) = errors.into_iter().next() {
            return Err(error);
        }
        let part = |item: &super::super::input::Item| Part {
            kind: item.kind,
            namespace: item.namespace.clone(),
            name: object::name(&item.value).to_owned(),
        };
        let parts: Vec<_> = items.iter().map(part).collect();
        return Ok(Plan { single: parts.len() == 1, show_kind: ctx.flags.is("show-kind"), parts });
    }
    let everywhere = ctx.flags.is("all-namespaces");
    let selected = ctx.flags.given("selector") || ctx.flags.given("field-selector");
    let namespace = if everywhere { String::new() } else { ctx.namespace.clone() };
    let part = |kind, name| Part { kind, namespace: namespace.clone(), name };
    let (parts, single) = match target::targets(&args, selected)? {
        Targets::Named(named) => {
            if everywhere {
                return Err(Error::text("a resource cannot be retrieved by name across all namespaces"));
            }
            let single = named.len() == 1;
            (named.into_iter().map(|(kind, name)| part(kind, name)).collect::<Vec<_>>(), single)
        }
        Targets::Kinds(kinds) => (kinds.into_iter().map(|kind| part(kind, String::new())).collect(), false),
    };
    Ok(Plan { show_kind: ctx.flags.is("show-kind") || several_words(&args), parts, single })
}

/// kubectl goes by the words used: `pods,nodes`, `pod/a node/b`.
fn several_words(args: &[String]) -> bool {
    let kinds: Vec<&str> = match args {
        args if args.iter().any(|a| a.contains('/')) => {
            args.iter().map(|a| a.split('/').next().unwrap_or_default()).collect()
        }
        args => args.first().map_or(Vec::new(), |types| types.split(',').collect()),
    };
    kinds.iter().any(|k| *k != kinds[0])
}

impl Part {
    /// The request, with what the flags add.
    pub async fn fetch<C: Console, T: Transport>(
        &self,
        ctx: &mut Context<'_, C, T>,
        accept: &str,
        more: &[(&str, &str)],
    ) -> Result<Value, Error> {
        let path = ctx.path(self.kind, &self.namespace, &self.name);
        let flags = |name: &str| ctx.flags.text(name).to_owned();
        let (labels, fields) = (flags("selector"), flags("field-selector"));
        let limit = ctx.flags.number("chunk-size", 500).to_string();
        let sorted = ctx.flags.given("sort-by");
        let mut collected: Option<Value> = None;
        let mut token = String::new();
        loop {
            let mut query: Vec<(&str, &str)> = Vec::new();
            if self.name.is_empty() {
                query.extend((!token.is_empty()).then_some(("continue", token.as_str())));
                query.extend((!fields.is_empty()).then_some(("fieldSelector", fields.as_str())));
            }
            query.extend_from_slice(more);
            if self.name.is_empty() {
                query.extend((!labels.is_empty()).then_some(("labelSelector", labels.as_str())));
                query.extend((limit != "0" && !sorted).then_some(("limit", limit.as_str())));
            }
            let page = ctx.call(request("GET", &path, &query, accept)).await;
            let page = match page {
                Ok(page) => page,
                Err(error) if self.name.is_empty() => return Err(self.listing(error, &labels, &fields)),
                Err(error) => return Err(ctx.missing(error, &self.namespace).await),
            };
            token = page.pointer("/metadata/continue").and_then(Value::as_str).unwrap_or_default().to_owned();
            match &mut collected {
                None => collected = Some(page),
                Some(all) => append(all, page),
            }
            if token.is_empty() {
                return Ok(collected.unwrap_or_default());
            }
        }
    }
}

impl Part {
    /// kubectl says what it was looking for when the server refuses a list (`EnhanceListError`).
    fn listing(&self, error: Error, labels: &str, fields: &str) -> Error {
        let mut status = match error.why() {
            Why::Status(status) => status,
            why => return why.into(),
        };
        if status.is("BadRequest") || status.is("NotFound") {
            let Kind { group, version, plural, .. } = self.kind;
            let what = format!("\"{group}/{version}, Resource={plural}\"");
            status.message = match (labels, fields) {
                ("", "") => format!("Unable to list {what}: {}", status.message),
                _ => format!(
                    "Unable to find {what} that match label selector {labels:?}, field selector {fields:?}: {}",
                    status.message
                ),
            };
        }
        status.into()
    }
}

/// Puts the next page's items or rows behind those before.
fn append(all: &mut Value, mut page: Value) {
    for field in ["items", "rows"] {
        if let (Some(Value::Array(all)), Some(Value::Array(more))) = (all.get_mut(field), page.get_mut(field)) {
            all.append(more);
        }
    }
}

/// What the flags want of tables.
pub(super) fn rows_of<C: Console, T: Transport>(ctx: &Context<'_, C, T>, plan: &Plan, output: &Output) -> Rows {
    let several = plan.parts.iter().any(|p| !std::ptr::eq(p.kind, plan.parts[0].kind));
    Rows {
        wide: matches!(output, Output::Wide),
        no_headers: ctx.flags.is("no-headers"),
        namespaces: ctx.flags.is("all-namespaces"),
        kinds: plan.show_kind || several,
        labels: ctx.flags.list("label-columns").to_vec(),
        all_labels: ctx.flags.is("show-labels"),
        event: None,
    }
}

async fn tables<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    plan: &Plan,
    output: &Output,
) -> Result<(), Error> {
    let rows = rows_of(ctx, plan, output);
    let sort_by = ctx.flags.text("sort-by").to_owned();
    let include: &[(&str, &str)] = if sort_by.is_empty() { &[] } else { &[("includeObject", "Object")] };
    let ignore = ctx.flags.is("ignore-not-found");
    let (mut errors, mut lines, mut last) = (Vec::new(), String::new(), None::<&Kind>);
    let (mut wrote, mut blank) = (false, false);
    for part in &plan.parts {
        let mut table = match part.fetch(ctx, TABLE, include).await {
            Ok(table) => table,
            Err(error) if ignore && error.is("NotFound") => continue,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        if !sort_by.is_empty() {
            sort_rows(&mut table, &sort_by)?;
        }
        if object::list(&table, "/rows").is_empty() {
            continue;
        }
        // One set of headers for what is of one kind in a row; a blank line before the next.
        let same = last.is_some_and(|kind| std::ptr::eq(kind, part.kind));
        if !same {
            ctx.out(align(&std::mem::take(&mut lines)));
            blank = wrote && !rows.no_headers;
        }
        if std::mem::take(&mut blank) {
            ctx.out("\n");
        }
        let rows = Rows { namespaces: rows.namespaces && part.kind.namespaced, ..rows.clone() };
        lines.push_str(&rows.lines(&table, part.kind, !same));
        (last, wrote) = (Some(part.kind), true);
    }
    ctx.out(align(&lines));
    if !wrote && errors.is_empty() && !ignore {
        let namespaced = plan.parts.iter().all(|p| p.kind.namespaced) && !rows.namespaces;
        let place = if namespaced { format!(" in {} namespace.", ctx.namespace) } else { String::new() };
        ctx.complain(format!("No resources found{place}"));
    }
    Error::any_of(errors)
}

async fn generic<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    plan: &Plan,
    output: &Output,
) -> Result<(), Error> {
    let ignore = ctx.flags.is("ignore-not-found");
    let (mut errors, mut items, mut single) = (Vec::new(), Vec::new(), None);
    for part in &plan.parts {
        match part.fetch(ctx, JSON, &[]).await {
            Ok(value) if part.name.is_empty() => items.extend(items_of(&value, part.kind)),
            Ok(value) => {
                items.push(value.clone());
                single = Some(value);
            }
            Err(error) if ignore && error.is("NotFound") => {}
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() && plan.single {
        return Err(Error::many(errors));
    }
    let sort_by = ctx.flags.text("sort-by").to_owned();
    if !sort_by.is_empty() {
        sort_values(&mut items, &sort_by, |item| item)?;
    }
    let managed = ctx.flags.is("show-managed-fields");
    let printed = match single.filter(|_| plan.single) {
        Some(value) => value,
        None if plan.single => return Ok(()),
        None => json!({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": items}),
    };
    let text = match output {
        Output::Columns(columns) => columns.print(&printed, !ctx.flags.is("no-headers")),
        output => output.print(&printed, managed, false)?,
    };
    ctx.out(text);
    Error::any_of(errors)
}

/// The items of a list, each with its kind, which lists leave out.
pub(super) fn items_of(list: &Value, kind: &Kind) -> Vec<Value> {
    let named = |item: &Value| {
        let mut item = item.clone();
        if let Some(map) = item.as_object_mut() {
            map.insert("apiVersion".to_owned(), kind.api_version().into());
            map.insert("kind".to_owned(), kind.kind.into());
        }
        item
    };
    object::list(list, "/items").iter().map(named).collect()
}

fn sort_rows(table: &mut Value, path: &str) -> Result<(), Error> {
    let Some(rows) = table.get_mut("rows").and_then(Value::as_array_mut) else { return Ok(()) };
    if rows.len() > 1 && sort_values(rows, path, |row| row.get("object").unwrap_or(&Value::Null)).is_err() {
        // kubectl prints none of a table that it cannot sort.
        rows.clear();
    }
    Ok(())
}

fn sort_values(values: &mut [Value], path: &str, object: impl Fn(&Value) -> &Value) -> Result<(), Error> {
    let path = if path.starts_with(['.', '{', '$', '[']) { path.to_owned() } else { format!(".{path}") };
    let key = |value: &Value| jsonpath::find(&path, object(value)).ok().and_then(|f| f.first().map(|v| (*v).clone()));
    if !values.is_empty() && values.iter().all(|v| key(v).is_none()) {
        let path = path.trim_start_matches('{').trim_end_matches('}');
        return Err(Error::text(format!("couldn't find any field with path \"{{{path}}}\" in the list of objects")));
    }
    values.sort_by(|a, b| compare(key(a).as_ref(), key(b).as_ref()));
    Ok(())
}

/// Missing first, numbers by size, quantities by amount, texts by their characters.
fn compare(a: Option<&Value>, b: Option<&Value>) -> std::cmp::Ordering {
    let (Some(a), Some(b)) = (a, b) else { return a.is_some().cmp(&b.is_some()) };
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => jsonpath::text_of(a).cmp(&jsonpath::text_of(b)),
    }
}

/// `get --raw /path`: the answer as it is.
async fn raw<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let path = ctx.flags.text("raw").to_owned();
    if !ctx.flags.args.is_empty() {
        return Err(Error::text("arguments may not be passed when --raw is specified"));
    }
    let response = ctx.send(request("GET", &path, &[], JSON)).await?;
    ctx.console.out(&response.body);
    Ok(())
}
