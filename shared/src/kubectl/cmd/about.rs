//! What there is: versions, the kinds served, where the cluster answers.

use serde_json::json;

use super::super::output::pretty_with;
use super::super::{Console, Context, Error, Transport, rows, yaml};
use crate::api::{Kind, kind::KINDS};

/// The version of kubectl that this one follows.
const VERSION: &str = "v1.35.2";
const KUSTOMIZE: &str = "v5.7.1";

/// `version`
pub(super) async fn version<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    if !ctx.flags.args.is_empty() {
        return Err(Error::text(format!("extra arguments: [{}]", ctx.flags.args.join(" "))));
    }
    let output = ctx.flags.text("output").to_owned();
    if !matches!(output.as_str(), "" | "json" | "yaml") {
        return Err(Error::text("--output must be 'yaml' or 'json'"));
    }
    let client = json!({"major": "1", "minor": "35", "gitVersion": VERSION, "compiler": "rustc"});
    let mut all = json!({"clientVersion": client, "kustomizeVersion": KUSTOMIZE});
    let server = match ctx.flags.is("client") {
        true => None,
        false => Some(ctx.get("/version", &[]).await),
    };
    if let Some(Ok(server)) = &server {
        all["serverVersion"] = server.clone();
    }
    match output.as_str() {
        "json" => ctx.out(pretty_with(&all, b"  ") + "\n"),
        "yaml" => ctx.out(yaml::emit(&all) + "\n"),
        _ => {
            ctx.say(format!("Client Version: {VERSION}"));
            ctx.say(format!("Kustomize Version: {KUSTOMIZE}"));
            if let Some(Ok(server)) = &server {
                ctx.say(format!("Server Version: {}", server["gitVersion"].as_str().unwrap_or_default()));
            }
        }
    }
    server.transpose().map(|_| ())
}

/// `api-resources`
pub(super) async fn resources<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    no_arguments(ctx)?;
    let flags = &ctx.flags;
    let (verbs, categories) = (flags.list("verbs").to_vec(), flags.list("categories").to_vec());
    let wanted = |kind: &&Kind| {
        (!flags.given("namespaced") || kind.namespaced == flags.is("namespaced"))
            && (!flags.given("api-group") || kind.group == flags.text("api-group"))
            && verbs.iter().all(|v| kind.verbs.contains(&v.as_str()))
            && categories.iter().all(|c| kind.categories.contains(&c.as_str()))
    };
    let mut kinds: Vec<&Kind> = KINDS.iter().filter(wanted).collect();
    match flags.text("sort-by") {
        "" => kinds.sort_by_key(|k| (k.group, k.plural)),
        "name" => kinds.sort_by_key(|k| k.plural),
        "kind" => kinds.sort_by_key(|k| k.kind),
        other => {
            return Err(Error::text(format!("--sort-by accepts only name or kind, not {other:?}")));
        }
    }
    let (output, headers) = (flags.text("output").to_owned(), !flags.is("no-headers"));
    let wide = match output.as_str() {
        "" => false,
        "wide" => true,
        "name" => {
            kinds.iter().for_each(|kind| ctx.say(kind.qualified_plural()));
            return Ok(());
        }
        other => {
            return Err(Error::text(format!(
                "unable to match a printer suitable for the output format {other:?}, allowed formats are: \
                 json,kyaml,name,wide,yaml"
            )));
        }
    };
    let mut lines = String::new();
    if headers {
        lines.push_str("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND");
        lines.push_str(if wide { "\tVERBS\tCATEGORIES\n" } else { "\n" });
    }
    for kind in kinds {
        let mut cells = vec![
            kind.plural.to_owned(),
            kind.short_names.join(","),
            kind.api_version(),
            kind.namespaced.to_string(),
            kind.kind.to_owned(),
        ];
        if wide {
            cells.extend([kind.verbs.join(","), kind.categories.join(",")]);
        }
        lines.extend([&cells.join("\t"), "\n"]);
    }
    ctx.out(rows::align(&lines));
    Ok(())
}

/// `api-versions`
pub(super) async fn versions<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    no_arguments(ctx)?;
    let mut versions: Vec<String> = KINDS.iter().map(Kind::api_version).collect();
    versions.sort();
    versions.dedup();
    versions.iter().for_each(|version| ctx.say(version));
    Ok(())
}

fn no_arguments<C: Console, T: Transport>(ctx: &Context<'_, C, T>) -> Result<(), Error> {
    let args = &ctx.flags.args;
    if args.is_empty() { Ok(()) } else { Err(ctx.usage(format!("unexpected arguments: [{}]", args.join(" ")))) }
}

/// `cluster-info`
pub(super) async fn cluster<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    ctx.get("/version", &[]).await?;
    let server = ctx.console.server();
    let colour = |code: &str, text: &str| match ctx.console.terminal() {
        Some(_) => format!("\u{1b}[0;{code}m{text}\u{1b}[0m"),
        None => text.to_owned(),
    };
    let line = format!("{} is running at {}", colour("32", "Kubernetes control plane"), colour("33", &server));
    ctx.say(line);
    ctx.say("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.");
    Ok(())
}
