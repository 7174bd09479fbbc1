//! `kubectl describe`: an object with what belongs to it.

use serde_json::Value;

use super::super::context::{JSON, path_of, request};
use super::super::target;
use super::super::{Console, Context, Error, Transport};
use super::get::{Part, items_of};
use super::several;
use crate::api::{Kind, kind::known, object};
use crate::printers::describe;

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let args = ctx.flags.args.clone();
    let files = !ctx.flags.list("filename").is_empty();
    if args.is_empty() && !files {
        return Err(Error::text(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of \
             supported resources.",
        ));
    }
    let mut errors = Vec::new();
    let one_each = args.first().is_some_and(|first| first.contains('/'));
    let parts = if files {
        let (items, unreadable) = ctx.files().await?;
        errors.extend(unreadable);
        let part = |item: super::super::input::Item| Part {
            kind: item.kind,
            name: object::name(&item.value).to_owned(),
            namespace: item.namespace,
        };
        items.into_iter().map(part).collect()
    } else {
        let targets = target::targets(&args, ctx.flags.given("selector"))?;
        several::expand(ctx, targets).await?
    };
    let (mut found, mut none): (Vec<(&'static Kind, Value)>, bool) =
        (Vec::new(), parts.is_empty() && errors.is_empty());
    for part in parts {
        match ctx.get_object(part.kind, &part.namespace, &part.name).await {
            Ok(value) => found.push((part.kind, value)),
            Err(error) if error.is("NotFound") && args.len() == 2 && !one_each => match by_prefix(ctx, &part).await? {
                more if more.is_empty() => errors.push(error),
                more => {
                    for value in more {
                        let text = screen(ctx, part.kind, &value).await?;
                        ctx.say(text);
                        none = false;
                    }
                }
            },
            Err(error) => errors.push(error),
        }
    }
    // kubectl takes the second of two words for the beginning of names, whatever it is, and tells nothing else.
    if one_each && args.len() == 2 && matches!(errors.as_slice(), [one] if one.is("NotFound")) {
        return Err(Error::many(errors));
    }
    for (at, (kind, value)) in found.into_iter().enumerate() {
        let text = screen(ctx, kind, &value).await?;
        // Screens stand apart by two blank lines.
        ctx.out(if at > 0 { format!("\n\n{text}") } else { text });
        none = false;
    }
    if none {
        let everywhere = ctx.flags.is("all-namespaces");
        let place = if everywhere { String::new() } else { format!(" in {} namespace.", ctx.namespace) };
        ctx.complain(format!("No resources found{place}"));
    }
    Error::any_of(errors)
}

/// No object has the name: those whose names begin with it.
async fn by_prefix<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>, part: &Part) -> Result<Vec<Value>, Error> {
    let list = ctx.get(&path_of(part.kind, &part.namespace, "", ""), &[("limit", "500")]).await?;
    let named = |item: &Value| object::name(item).starts_with(&part.name);
    Ok(items_of(&list, part.kind).into_iter().filter(named).collect())
}

async fn screen<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    kind: &'static Kind,
    value: &Value,
) -> Result<String, Error> {
    let now = ctx.console.now();
    Ok(match (kind.group, kind.kind) {
        ("", "Pod") => {
            let events = events(ctx, value, None, object::uid(value)).await;
            describe::pod(value, events.as_deref(), now)
        }
        ("", "Node") => node(ctx, value).await?,
        ("", "ConfigMap") => {
            let events = events(ctx, value, Some(kind), object::uid(value)).await;
            describe::config_map(value, events.as_deref(), now)
        }
        ("", "Secret") => describe::secret(value),
        ("", "ServiceAccount") => {
            let events = events(ctx, value, Some(kind), object::uid(value)).await;
            describe::service_account(value, events.as_deref(), now)
        }
        ("", "Namespace") => {
            let inside = object::name(value).to_owned();
            let quotas = list(ctx, known("resourcequotas"), &inside, &[]).await?;
            let limits = list(ctx, known("limitranges"), &inside, &[]).await?;
            describe::namespace(value, &quotas, &limits)
        }
        ("", "ResourceQuota") => describe::resource_quota(value),
        ("", "LimitRange") => describe::limit_range(value),
        ("scheduling.k8s.io", "PriorityClass") => {
            let events = events(ctx, value, Some(kind), object::uid(value)).await;
            describe::priority_class(value, events.as_deref(), now)
        }
        _ => {
            let events = events(ctx, value, Some(kind), object::uid(value)).await;
            describe::other(value, events.as_deref(), now)
        }
    })
}

async fn list<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    kind: &Kind,
    namespace: &str,
    query: &[(&str, &str)],
) -> Result<Vec<Value>, Error> {
    let list = ctx.call(request("GET", &path_of(kind, namespace, "", ""), query, JSON)).await?;
    Ok(object::list(&list, "/items").to_vec())
}

/// The events about an object; `None` where they are not wanted or not to be had.
async fn events<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    value: &Value,
    kind: Option<&Kind>,
    uid: &str,
) -> Option<Vec<Value>> {
    if !ctx.flags.is_unless_off("show-events") {
        return None;
    }
    let namespace = object::namespace(value);
    let mut terms = vec![format!("involvedObject.name={}", object::name(value))];
    terms.push(format!("involvedObject.namespace={namespace}"));
    terms.extend(kind.map(|kind| format!("involvedObject.kind={}", kind.kind)));
    terms.extend((!uid.is_empty()).then(|| format!("involvedObject.uid={uid}")));
    let selector = terms.join(",");
    let query = [("fieldSelector", selector.as_str()), ("limit", "500")];
    list(ctx, known("events"), namespace, &query).await.ok()
}

async fn node<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>, value: &Value) -> Result<String, Error> {
    let (now, name) = (ctx.console.now(), object::name(value).to_owned());
    let selector = format!("spec.nodeName={name},status.phase!=Failed,status.phase!=Succeeded");
    let query = [("fieldSelector", selector.as_str()), ("limit", "500")];
    let pods = match list(ctx, known("pods"), "", &query).await {
        Ok(pods) => Some(pods),
        Err(error) if error.is("Forbidden") => None,
        Err(error) => return Err(error),
    };
    // Events name a node by its uid or, as the kubelet does, by its name.
    let mut found = events(ctx, value, Some(known("nodes")), object::uid(value)).await;
    let more = events(ctx, value, Some(known("nodes")), &name).await;
    if let (Some(found), Some(more)) = (&mut found, more) {
        found.extend(more);
    }
    let lease = ctx.get(&path_of(known("leases"), "kube-node-lease", &name, ""), &[]).await;
    let lease = lease.as_ref().map_err(|error| match error.status() {
        Some(status) => status.message.clone(),
        None => error.sentence(),
    });
    Ok(describe::node(value, lease, pods.as_deref(), found.as_deref(), now))
}
