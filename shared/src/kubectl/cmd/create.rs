//! `kubectl create`: from files, and the generators of config maps, secrets, namespaces and service accounts.

use base64::Engine;
use serde_json::{Map, Value, json};

use super::super::context::{DryRun, JSON, path_of};
use super::super::output::Output;
use super::super::{Console, Context, Error, FileError, Transport};
use crate::api::{Kind, kind::known};

/// `create -f`
pub(super) async fn files<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    if !ctx.flags.args.is_empty() {
        let args = ctx.flags.args.join(" ");
        return Err(ctx.usage(format!("Unexpected args: [{args}]")));
    }
    if !ctx.flags.given("filename") && !ctx.flags.given("kustomize") {
        return Err(Error::text("must specify one of -f and -k"));
    }
    let (dry_run, output) = (ctx.dry_run()?, Output::of(ctx, false).await?);
    let (items, mut errors) = ctx.files().await?;
    if items.is_empty() && errors.is_empty() {
        return Err(Error::text("no objects passed to create"));
    }
    for item in items {
        let mut value = item.value;
        if ctx.flags.is("save-config") {
            super::apply::annotate(&mut value);
        }
        let made = create(ctx, item.kind, &item.namespace, value, dry_run).await;
        match made.map_err(|e| e.when("creating", &item.source)) {
            Ok(made) => ctx.done(&made, &format!("created{}", dry_run.note()), &output, false)?,
            Err(error) => errors.push(error),
        }
    }
    Error::any_of(errors)
}

/// Creates one object, or only shows it.
async fn create<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    kind: &Kind,
    namespace: &str,
    value: Value,
    dry_run: DryRun,
) -> Result<Value, Error> {
    if dry_run == DryRun::Client {
        return Ok(value);
    }
    let manager = ctx.flags.or("field-manager", "kubectl-create").to_owned();
    let validation = validation(ctx.flags.or("validate", "strict"));
    let mut query = Vec::from_iter(dry_run.query());
    query.extend([("fieldManager", manager.as_str()), ("fieldValidation", validation)]);
    ctx.send_json("POST", &path_of(kind, namespace, "", ""), &query, JSON, &value).await
}

/// What `--validate` asks of the server.
pub(super) fn validation(flag: &str) -> &'static str {
    match flag {
        "false" | "ignore" => "Ignore",
        "warn" => "Warn",
        _ => "Strict",
    }
}

/// Creates an object that the command line describes, and says so.
async fn generated<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    kind: &Kind,
    mut value: Value,
) -> Result<(), Error> {
    let (dry_run, output) = (ctx.dry_run()?, Output::of(ctx, false).await?);
    // kubectl writes the namespace into the object only when it was named.
    if ctx.enforce_namespace && kind.namespaced {
        value["metadata"]["namespace"] = ctx.namespace.as_str().into();
    }
    if ctx.flags.is("save-config") {
        super::apply::annotate(&mut value);
    }
    let namespace = ctx.namespace.clone();
    let made = create(ctx, kind, &namespace, value, dry_run).await.map_err(|e| failed(e, kind))?;
    ctx.done(&made, &format!("created{}", dry_run.note()), &output, dry_run == DryRun::Client)
}

/// Generators wrap the server's error in a sentence of their own.
fn failed(error: Error, kind: &Kind) -> Error {
    match (error.status(), kind.kind) {
        (Some(status), "ConfigMap" | "ServiceAccount") => {
            Error::text(format!("failed to create {}: {}", kind.singular, status.message))
        }
        (Some(status), "Secret") => Error::text(format!("failed to create secret {}", status.message)),
        _ => error,
    }
}

fn name_argument<C: Console, T: Transport>(ctx: &Context<'_, C, T>) -> Result<String, Error> {
    match ctx.flags.args.as_slice() {
        [name] => Ok(name.clone()),
        args => Err(ctx.usage(format!("exactly one NAME is required, got {}", args.len()))),
    }
}

/// `create namespace`
pub(super) async fn namespace<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let name = name_argument(ctx)?;
    let value = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "spec": {}, "status": {}});
    generated(ctx, known("namespaces"), value).await
}

/// `create serviceaccount`
pub(super) async fn service_account<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let name = name_argument(ctx)?;
    let value = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}});
    generated(ctx, known("serviceaccounts"), value).await
}

/// `create configmap`
pub(super) async fn config_map<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let name = name_argument(ctx)?;
    let (mut data, mut binary) = (Map::new(), Map::new());
    for (key, bytes) in entries(ctx).await? {
        if !is_key(&key) {
            return Err(Error::text(format!("{key:?} is not a valid key name for a ConfigMap: {KEY_RULE}")));
        }
        if data.contains_key(&key) || binary.contains_key(&key) {
            return Err(Error::text(format!(
                "cannot add key {key:?}, another key by that name already exists in Data for ConfigMap {name:?}"
            )));
        }
        match String::from_utf8(bytes) {
            Ok(text) => data.insert(key, text.into()),
            Err(error) => binary.insert(key, base64(error.as_bytes()).into()),
        };
    }
    let mut value = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
    for (field, map) in [("data", data), ("binaryData", binary)] {
        if !map.is_empty() {
            value[field] = map.into();
        }
    }
    generated(ctx, known("configmaps"), value).await
}

/// `create secret generic`
pub(super) async fn secret<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let name = name_argument(ctx)?;
    let mut data = Map::new();
    for (key, bytes) in entries(ctx).await? {
        if !is_key(&key) {
            return Err(Error::text(format!("{key:?} is not valid key name for a Secret {KEY_RULE}")));
        }
        if data.insert(key.clone(), base64(&bytes).into()).is_some() {
            return Err(Error::text(format!("cannot add key {key}, another key by that name already exists")));
        }
    }
    let mut value = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}});
    if !data.is_empty() {
        value["data"] = data.into();
    }
    if ctx.flags.given("type") {
        value["type"] = ctx.flags.text("type").into();
    }
    generated(ctx, known("secrets"), value).await
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The keys and values that `--from-file`, `--from-literal` and `--from-env-file` give, in kubectl's order.
async fn entries<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let list = |name: &str| ctx.flags.list(name).to_vec();
    let (literals, files, env_files) = (list("from-literal"), list("from-file"), list("from-env-file"));
    let others = !literals.is_empty() || !files.is_empty();
    if !env_files.is_empty() && others {
        return Err(Error::text("from-env-file cannot be combined with from-file or from-literal"));
    }
    let mut found = Vec::new();
    for literal in literals {
        let (key, value) = literal
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| Error::text(format!("invalid literal source {literal}, expected key=value")))?;
        found.push((key.to_owned(), value.as_bytes().to_vec()));
    }
    for source in files {
        from_file(ctx, &source, &mut found).await?;
    }
    for path in env_files {
        let bytes = read(ctx, &path).await?;
        from_env(ctx, &String::from_utf8_lossy(&bytes), &mut found)?;
    }
    Ok(found)
}

async fn from_file<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    source: &str,
    found: &mut Vec<(String, Vec<u8>)>,
) -> Result<(), Error> {
    let base = |path: &str| path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let (key, path) = match source.split_once('=') {
        None => (base(source), source),
        Some(("", _)) => {
            return Err(Error::text(format!("key name for file path {} missing", source.trim_start_matches('='))));
        }
        Some((key, "")) => return Err(Error::text(format!("file path for key name {key} missing"))),
        Some((_, path)) if path.contains('=') => {
            return Err(Error::text("key names or file paths cannot contain '='"));
        }
        Some((key, path)) => (key.to_owned(), path),
    };
    match ctx.console.read_file(path).await {
        Ok(bytes) => found.push((key, bytes)),
        Err(FileError::IsDirectory) if source.contains('=') => {
            return Err(Error::text("cannot give a key name for a directory path"));
        }
        Err(FileError::IsDirectory) => {
            let names = ctx.console.list_dir(path).await.map_err(|e| unreadable(path, &e))?;
            for name in names.iter().filter(|n| !n.ends_with('/')) {
                let inner = format!("{}/{name}", path.trim_end_matches('/'));
                let bytes = read(ctx, &inner).await?;
                found.push((name.clone(), bytes));
            }
        }
        Err(error) => return Err(unreadable(path, &error)),
    }
    Ok(())
}

async fn read<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>, path: &str) -> Result<Vec<u8>, Error> {
    ctx.console.read_file(path).await.map_err(|e| unreadable(path, &e))
}

fn unreadable(path: &str, error: &FileError) -> Error {
    Error::text(format!("error reading {path}: {error}"))
}

/// Lines `KEY=value`; `#` starts a comment line; a bare `KEY` takes the environment's value.
fn from_env<C: Console, T: Transport>(
    ctx: &Context<'_, C, T>,
    text: &str,
    found: &mut Vec<(String, Vec<u8>)>,
) -> Result<(), Error> {
    for line in text.trim_start_matches('\u{feff}').lines() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.split_once('=') {
            Some((key, value)) => found.push((key.to_owned(), value.as_bytes().to_vec())),
            None => {
                let key = line.to_owned();
                found.push((key.clone(), ctx.console.env(&key).unwrap_or_default().into_bytes()));
            }
        }
    }
    Ok(())
}

/// The rule for keys of ConfigMaps and Secrets (`IsConfigMapKey`).
fn is_key(key: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    !key.is_empty() && key.len() <= 253 && key.chars().all(letters) && key != "." && !key.starts_with("..")
}

const KEY_RULE: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  \
    or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
