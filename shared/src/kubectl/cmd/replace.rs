//! `kubectl replace`.

use super::super::context::{DryRun, JSON, path_of};
use super::super::output::Output;
use super::super::{Console, Context, Error, Transport};
use super::create::validation;
use super::delete::{self, Way};
use super::get::Part;
use crate::api::object;

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    if !ctx.flags.given("filename") && !ctx.flags.given("kustomize") {
        return Err(Error::text("must specify one of -f and -k"));
    }
    let (dry_run, output) = (ctx.dry_run()?, Output::of(ctx, false).await?);
    let force = ctx.flags.is("force");
    let (items, mut errors) = ctx.files().await?;
    if items.is_empty() && errors.is_empty() {
        return Err(Error::text("no objects passed to replace"));
    }
    for item in items {
        let name = object::name(&item.value).to_owned();
        let mut value = item.value;
        if ctx.flags.is("save-config") {
            super::apply::annotate(&mut value);
        }
        if dry_run == DryRun::Client {
            ctx.done(&value, "replaced (dry run)", &output, false)?;
            continue;
        }
        let manager = ctx.flags.or("field-manager", "kubectl-replace").to_owned();
        let mut query = Vec::from_iter(dry_run.query());
        query.push(("fieldManager", manager.as_str()));
        query.push(("fieldValidation", validation(ctx.flags.or("validate", "strict"))));
        let sent = if force {
            let part = Part { kind: item.kind, namespace: item.namespace.clone(), name };
            let grace = ctx.flags.number("grace-period", -1);
            match delete::ask(ctx, &part, Way { grace: (grace >= 0).then_some(grace), ..Way::default() }).await {
                Ok(uid) => delete::wait(ctx, &part, &uid, 0).await?,
                Err(error) if error.is("NotFound") => {}
                Err(error) => return Err(error),
            }
            let path = path_of(item.kind, &item.namespace, "", "");
            ctx.send_json("POST", &path, &query, JSON, &value).await
        } else {
            let path = ctx.path(item.kind, &item.namespace, &name);
            ctx.send_json("PUT", &path, &query, JSON, &value).await
        };
        match sent.map_err(|e| e.when("replacing", &item.source)) {
            Ok(value) => ctx.done(&value, &format!("replaced{}", dry_run.note()), &output, false)?,
            Err(error) => errors.push(error),
        }
    }
    Error::any_of(errors)
}
