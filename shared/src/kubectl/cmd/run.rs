//! `kubectl run`: one Pod from an image.

use serde_json::{Map, Value, json};

use super::super::context::{DryRun, JSON, path_of};
use super::super::output::Output;
use super::super::{Console, Context, Error, Transport, patching};
use crate::api::json;
use crate::api::kind::known;

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    if !ctx.flags.given("image") {
        return Err(Error::text("required flag(s) \"image\" not set"));
    }
    let (dry_run, output) = (ctx.dry_run()?, Output::of(ctx, false).await?);
    let interactive = ctx.flags.is("stdin") || ctx.flags.is("tty");
    let attach = if ctx.flags.given("attach") { ctx.flags.is("attach") } else { interactive };
    check(ctx, attach, dry_run)?;
    let mut pod = pod(ctx)?;
    if ctx.flags.given("overrides") {
        pod = overridden(ctx, pod)?;
    }
    if ctx.enforce_namespace {
        pod["metadata"]["namespace"] = ctx.namespace.as_str().into();
    }
    if ctx.flags.is("save-config") && dry_run != DryRun::Client {
        super::apply::annotate(&mut pod);
    }
    let made = match dry_run {
        DryRun::Client => pod,
        _ => {
            let manager = ctx.flags.or("field-manager", "kubectl-run").to_owned();
            let mut query = Vec::from_iter(dry_run.query());
            query.push(("fieldManager", manager.as_str()));
            let path = path_of(known("pods"), &ctx.namespace, "", "");
            ctx.send_json("POST", &path, &query, JSON, &pod).await?
        }
    };
    if attach {
        return super::attach::to_new_pod(ctx, &made).await;
    }
    ctx.done(&made, &format!("created{}", dry_run.note()), &output, dry_run == DryRun::Client)?;
    if ctx.flags.is("expose") {
        return Err(Error::text("no matches for kind \"Service\" in version \"v1\""));
    }
    Ok(())
}

fn check<C: Console, T: Transport>(ctx: &Context<'_, C, T>, attach: bool, dry_run: DryRun) -> Result<(), Error> {
    let flags = &ctx.flags;
    if flags.args.is_empty() || flags.before_dash == Some(0) {
        return Err(ctx.usage("NAME is required for run"));
    }
    let image = flags.text("image");
    if image.is_empty() {
        return Err(Error::text("--image is required"));
    }
    if !valid_image(image) {
        return Err(Error::text(format!("Invalid image name {image:?}: invalid reference format")));
    }
    if attach && dry_run != DryRun::None {
        return Err(ctx.usage(
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
        ));
    }
    if flags.is("rm") && !attach {
        return Err(ctx.usage("--rm should only be used for attached containers"));
    }
    if flags.is("tty") && !flags.is("stdin") {
        return Err(ctx.usage("-i/--stdin is required for containers with -t/--tty=true"));
    }
    let restart = flags.or("restart", "Always");
    if !matches!(restart, "Always" | "OnFailure" | "Never" | "") {
        return Err(ctx.usage(format!("invalid restart policy: {restart}")));
    }
    let pull = flags.text("image-pull-policy");
    if !matches!(pull, "" | "Always" | "IfNotPresent" | "Never") {
        return Err(ctx.usage(format!("invalid image pull policy: {pull}")));
    }
    if flags.is("expose") && !flags.given("port") {
        return Err(ctx.usage("--port must be set when exposing a service"));
    }
    Ok(())
}

/// The grammar of image references, as far as typing mistakes go: `[host[:port]/]path[:tag][@digest]`.
fn valid_image(image: &str) -> bool {
    let (name, digest) = image.split_once('@').map_or((image, None), |(n, d)| (n, Some(d)));
    let slash = name.rfind('/').map_or(0, |at| at + 1);
    let (path, tag) = match name[slash..].split_once(':') {
        Some((last, tag)) => (format!("{}{last}", &name[..slash]), Some(tag)),
        None => (name.to_owned(), None),
    };
    let tag_fits = tag.is_none_or(|t| {
        !t.is_empty() && t.len() <= 128 && t.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
    });
    let mut parts: Vec<&str> = path.split('/').collect();
    // The host may have capitals and a port; the rest may not.
    if parts.len() > 1 && (parts[0].contains(['.', ':']) || parts[0] == "localhost") {
        parts.remove(0);
    }
    let part_fits = |part: &&str| {
        let letters = part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c));
        letters
            && part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.ends_with(|c: char| c.is_ascii_alphanumeric())
    };
    tag_fits && digest.is_none_or(|d| d.contains(':')) && parts.iter().all(part_fits)
}

/// The Pod that the flags describe: kubectl's `BasicPod` generator.
fn pod<C: Console, T: Transport>(ctx: &Context<'_, C, T>) -> Result<Value, Error> {
    let flags = &ctx.flags;
    let name = flags.args[0].as_str();
    let mut container = Map::new();
    container.insert("name".into(), name.into());
    container.insert("image".into(), flags.text("image").into());
    container.insert("resources".into(), json!({}));
    let arguments = &flags.args[1..];
    if !arguments.is_empty() {
        let field = if flags.is("command") { "command" } else { "args" };
        container.insert(field.into(), arguments.into());
    }
    if !flags.text("image-pull-policy").is_empty() {
        container.insert("imagePullPolicy".into(), flags.text("image-pull-policy").into());
    }
    let environment = flags.list("env").iter().map(|pair| env(pair)).collect::<Result<Vec<_>, _>>()?;
    if !environment.is_empty() {
        container.insert("env".into(), environment.into());
    }
    if !flags.text("port").is_empty() {
        container.insert("ports".into(), json!([{"containerPort": port(flags.text("port"))?}]));
    }
    if flags.is("privileged") {
        container.insert("securityContext".into(), json!({"privileged": true}));
    }
    if flags.is("stdin") {
        container.insert("stdin".into(), true.into());
        if !flags.is("leave-stdin-open") {
            container.insert("stdinOnce".into(), true.into());
        }
    }
    if flags.is("tty") {
        container.insert("tty".into(), true.into());
    }
    let mut metadata = Map::new();
    metadata.insert("name".into(), name.into());
    metadata.insert("labels".into(), labels(flags.text("labels"), name)?.into());
    let annotations = flags.list("annotations").iter().map(|pair| match pair.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.into())),
        None => Err(Error::text(format!("unexpected annotations spec: {pair}"))),
    });
    let annotations = annotations.collect::<Result<Map<_, _>, _>>()?;
    if !annotations.is_empty() {
        metadata.insert("annotations".into(), annotations.into());
    }
    let restart = match flags.or("restart", "Always") {
        "" => "Always",
        restart => restart,
    };
    Ok(json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart},
        "status": {},
    }))
}

fn env(pair: &str) -> Result<Value, Error> {
    match pair.split_once('=') {
        Some((name, value)) if !name.is_empty() && !name.contains(char::is_whitespace) => {
            // Go's struct leaves an empty value out.
            let mut variable = json!({"name": name});
            if !value.is_empty() {
                variable["value"] = value.into();
            }
            Ok(variable)
        }
        _ => Err(Error::text(format!("invalid env: {pair}"))),
    }
}

fn port(text: &str) -> Result<i64, Error> {
    text.parse().map_err(|_| Error::text(format!("strconv.Atoi: parsing {text:?}: invalid syntax")))
}

fn labels(text: &str, name: &str) -> Result<Map<String, Value>, Error> {
    if text.is_empty() {
        return Ok(Map::from_iter([("run".to_owned(), name.into())]));
    }
    let pair = |spec: &str| match spec.split('=').collect::<Vec<_>>().as_slice() {
        [key, value] => Ok(((*key).to_owned(), (*value).into())),
        _ => Err(Error::text(format!("unexpected label spec: {spec}"))),
    };
    text.split(',').map(pair).collect()
}

fn overridden<C: Console, T: Transport>(ctx: &Context<'_, C, T>, mut pod: Value) -> Result<Value, Error> {
    let text = ctx.flags.text("overrides");
    let overrides: Value = json::read(text.as_bytes()).map_err(|_| Error::text("Invalid JSON Patch"))?;
    match ctx.flags.or("override-type", "merge") {
        "merge" => patching::merge(&mut pod, &overrides),
        "strategic" => patching::strategic(&mut pod, &overrides, known("pods"))?,
        "json" => patching::json_patch(&mut pod, &overrides)?,
        other => return Err(Error::text(format!("invalid override type: {other}"))),
    }
    Ok(pod)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_references() {
        for image in
            ["nginx", "k8s.gcr.io/busybox", "curlimages/curl", "python:3.7", "localhost:5000/a/b:c", "a@sha256:0"]
        {
            assert!(valid_image(image), "{image}");
        }
        for image in ["A", "a:", "a/", "-a", "a b", "x/Y"] {
            assert!(!valid_image(image), "{image}");
        }
    }
}
