//! The objects that a command works on one by one: named, selected, or all of a kind.

use super::super::context::JSON;
use super::super::target::{self, Targets};
use super::super::{Console, Context, Error, Transport};
use super::get::Part;
use crate::api::object;

/// One part for each object that the arguments and selectors mean.
pub(super) async fn parts<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    resources: &[String],
) -> Result<Vec<Part>, Error> {
    let bulk = ctx.flags.is("all") || ctx.flags.given("selector") || ctx.flags.given("field-selector");
    match target::targets(resources, bulk)? {
        Targets::Kinds(_) if !bulk => Err(Error::text("resource(s) were provided, but no name was specified")),
        targets => expand(ctx, targets).await,
    }
}

/// One part for each object that is named, or for each that there is of the kinds.
pub(super) async fn expand<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    targets: Targets,
) -> Result<Vec<Part>, Error> {
    let namespace = if ctx.flags.is("all-namespaces") { String::new() } else { ctx.namespace.clone() };
    match targets {
        Targets::Named(named) => {
            Ok(named.into_iter().map(|(kind, name)| Part { kind, namespace: namespace.clone(), name }).collect())
        }
        Targets::Kinds(kinds) => {
            let mut parts = Vec::new();
            for kind in kinds {
                let all = Part { kind, namespace: namespace.clone(), name: String::new() };
                let list = all.fetch(ctx, JSON, &[]).await?;
                parts.extend(object::list(&list, "/items").iter().map(|item| Part {
                    kind,
                    namespace: object::namespace(item).to_owned(),
                    name: object::name(item).to_owned(),
                }));
            }
            Ok(parts)
        }
    }
}

/// One part for each object of the files given.
pub(super) async fn of_files<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<Vec<Part>, Error> {
    let (items, errors) = ctx.files().await?;
    if !errors.is_empty() {
        return Err(Error::many(errors));
    }
    let part = |item: super::super::input::Item| Part {
        kind: item.kind,
        name: object::name(&item.value).to_owned(),
        namespace: item.namespace,
    };
    Ok(items.into_iter().map(part).collect())
}
