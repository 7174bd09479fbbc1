//! `kubectl get -w`: the list, then every change as it comes.

use serde_json::Value;

use super::super::context::{JSON, TABLE, path_of, request};
use super::super::output::Output;
use super::super::race::{First, race};
use super::super::{Body, Console, Context, Error, Streaming, Transport, TransportError};
use super::get::{Part, Plan, items_of, rows_of};
use crate::api::{Status, json, object};
use crate::printers::tabwriter;

pub(super) async fn run<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    plan: &Plan,
    output: &Output,
) -> Result<(), Error> {
    let [part] = plan.parts.as_slice() else {
        return Err(Error::text(if plan.parts.is_empty() {
            "you may only specify a single resource type"
        } else {
            "watch is only supported on individual resources and resource collections - more than 1 resource was found"
        }));
    };
    let generic = output.is_generic();
    let accept = if generic { JSON } else { TABLE };
    let first = part.fetch(ctx, accept, &[]).await?;
    let mut printer = Printer { headers: true, widths: Vec::new(), started: false };
    if !ctx.flags.is("watch-only") {
        printer.print(ctx, plan, output, &first, "ADDED")?;
    }
    let version = first.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut events = open(ctx, part, accept, &version).await?;
    let mut columns = first.get("columnDefinitions").cloned();
    let timeout = ctx.flags.duration("request-timeout", 0);
    let deadline = (timeout > 0).then(|| ctx.console.now().plus_micros(timeout * 1000));
    loop {
        if let Some(deadline) = deadline {
            let left = u64::try_from((deadline.0 - ctx.console.now().0) / 1000).unwrap_or(0);
            if let First::Right(()) = race(events.peek(), ctx.console.sleep(left)).await {
                return Ok(());
            }
        }
        let Some(event) = events.next(ctx).await? else { return Ok(()) };
        let (ty, mut object) = (event["type"].as_str().unwrap_or_default().to_owned(), event["object"].clone());
        match ty.as_str() {
            "BOOKMARK" => continue,
            "ERROR" => {
                return Err(Status::read(&object).map_or_else(|| Error::text(object.to_string()), Error::from));
            }
            _ => {}
        }
        // The server sends the columns once.
        match object.get("columnDefinitions").filter(|c| !c.is_null()) {
            Some(sent) => columns = Some(sent.clone()),
            None if !generic => object["columnDefinitions"] = columns.clone().unwrap_or_default(),
            None => {}
        }
        printer.print(ctx, plan, output, &object, &ty)?;
    }
}

struct Printer {
    headers: bool,
    widths: Vec<usize>,
    /// A YAML document was printed: the next one needs a separator.
    started: bool,
}

impl Printer {
    fn print<C: Console, T: Transport>(
        &mut self,
        ctx: &mut Context<'_, C, T>,
        plan: &Plan,
        output: &Output,
        value: &Value,
        event: &str,
    ) -> Result<(), Error> {
        let kind = plan.parts[0].kind;
        if !output.is_generic() {
            if object::list(value, "/rows").is_empty() {
                return Ok(());
            }
            let mut rows = rows_of(ctx, plan, output);
            rows.namespaces &= kind.namespaced;
            rows.event = ctx.flags.is("output-watch-events").then(|| event.to_owned());
            let lines = rows.lines(value, kind, std::mem::take(&mut self.headers));
            ctx.out(tabwriter::align_at_least(&lines, &mut self.widths, 6, 3));
            return Ok(());
        }
        let items = if value.get("items").is_some() { items_of(value, kind) } else { vec![value.clone()] };
        for item in items {
            let item = match ctx.flags.is("output-watch-events") {
                true => serde_json::json!({"type": event, "object": item}),
                false => item,
            };
            if std::mem::replace(&mut self.started, true) && matches!(output, Output::Yaml) {
                ctx.out("---\n");
            }
            let text = match output {
                Output::Columns(columns) => {
                    columns.print(&item, std::mem::take(&mut self.headers) && !ctx.flags.is("no-headers"))
                }
                output => output.print(&item, ctx.flags.is("show-managed-fields"), false)?,
            };
            ctx.out(text);
        }
        Ok(())
    }
}

/// A watch: lines of JSON.
pub(super) struct Events<B> {
    body: B,
    buffer: Vec<u8>,
    /// How the body ended, once it has.
    ended: Option<Result<Option<()>, TransportError>>,
}

/// Opens a watch on a part from a revision on.
pub(super) async fn open<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    part: &Part,
    accept: &str,
    version: &str,
) -> Result<Events<T::Body>, Error> {
    let path = ctx.path(part.kind, &part.namespace, "");
    let labels = ctx.flags.text("selector").to_owned();
    let mut fields = ctx.flags.text("field-selector").to_owned();
    if !part.name.is_empty() {
        fields = format!("metadata.name={}", part.name);
    }
    let mut query = Vec::new();
    query.extend((!fields.is_empty()).then_some(("fieldSelector", fields.as_str())));
    query.extend((!labels.is_empty()).then_some(("labelSelector", labels.as_str())));
    query.push(("resourceVersion", version));
    query.push(("watch", "true"));
    let Streaming { body, .. } = ctx.open(request("GET", &path, &query, accept)).await?;
    Ok(Events { body, buffer: Vec::new(), ended: None })
}

/// Opens a watch on one object from a revision on.
pub(super) async fn open_one<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    part: &Part,
    version: &str,
) -> Result<Events<T::Body>, Error> {
    open_selected(ctx, part, &format!("metadata.name={}", part.name), version).await
}

/// Opens a watch on what a field selector fits, from a revision on.
pub(super) async fn open_selected<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    part: &Part,
    fields: &str,
    version: &str,
) -> Result<Events<T::Body>, Error> {
    let mut query = vec![("resourceVersion", version), ("watch", "true")];
    query.extend((!fields.is_empty()).then_some(("fieldSelector", fields)));
    let path = path_of(part.kind, &part.namespace, "", "");
    let Streaming { body, .. } = ctx.open(request("GET", &path, &query, JSON)).await?;
    Ok(Events { body, buffer: Vec::new(), ended: None })
}

impl<B: Body> Events<B> {
    /// Resolves when [`Events::next`] would not wait.
    pub async fn peek(&mut self) {
        while self.ended.is_none() && !self.buffer.contains(&b'\n') {
            match self.body.next().await {
                Some(Ok(piece)) => self.buffer.extend(piece),
                end => self.ended = Some(end.map(|piece| piece.map(|_| ())).transpose()),
            }
        }
    }

    /// The next event; `None` when the server ends the watch. An interrupt ends the command.
    pub async fn next<C: Console, T: Transport>(
        &mut self,
        ctx: &mut Context<'_, C, T>,
    ) -> Result<Option<Value>, Error> {
        loop {
            if let Some(end) = self.buffer.iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                match json::read(&line) {
                    Ok(event) => return Ok(Some(event)),
                    Err(_) if line.trim_ascii().is_empty() => continue,
                    Err(error) => {
                        return Err(Error::text(format!("unable to decode an event from the watch stream: {error}")));
                    }
                }
            }
            if let Some(ended) = self.ended.take() {
                ended?;
                return Ok(None);
            }
            if let First::Right(()) = race(self.peek(), ctx.console.interrupted()).await {
                return Err(Error::exit(130));
            }
        }
    }
}
