//! `kubectl debug`: one more container in a running Pod.

use serde_json::{Value, json};

use super::super::context::path_of;
use super::super::{Console, Context, Error, Transport, target};
use super::apply::STRATEGIC;
use super::attach;
use crate::api::{Timestamp, kind::known, object};

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let flags = &ctx.flags;
    let at = flags.before_dash.unwrap_or(flags.args.len());
    let (names, command) = (flags.args[..at].to_vec(), flags.args[at..].to_vec());
    if flags.given("copy-to") {
        return Err(Error::text("--copy-to is not supported here"));
    }
    if !flags.given("image") {
        return Err(Error::text("you must specify --image when not using --copy-to."));
    }
    let [name] = names.as_slice() else {
        return Err(Error::text("NAME or TYPE/NAME is required for debug"));
    };
    if flags.is("tty") && !flags.is("stdin") {
        return Err(Error::text("-i/--stdin is required for containers with -t/--tty=true"));
    }
    let (target, namespace) = (name.clone(), ctx.namespace.clone());
    if !ctx.flags.given("profile") && !ctx.flags.is("quiet") {
        ctx.complain(
            "--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly \
             specify a profile, for example \"--profile=general\".",
        );
    }
    let pod = target::pod(ctx, &[&target], "debug").await?;
    let name = object::name(&pod).to_owned();
    let container = match ctx.flags.text("container") {
        "" => {
            let made = format!("debugger-{}", suffix(ctx.console.now()));
            if !ctx.flags.is("quiet") {
                ctx.complain(format!("Defaulting debug container name to {made}."));
            }
            made
        }
        named => named.to_owned(),
    };
    let spec = spec(ctx, &container, &command);
    let patch = json!({"spec": {"ephemeralContainers": [spec]}});
    let subresource = path_of(known("pods"), &namespace, &name, "ephemeralcontainers");
    ctx.send_json("PATCH", &subresource, &[], STRATEGIC, &patch).await?;
    let attached = match ctx.flags.given("attach") {
        true => ctx.flags.is("attach"),
        false => ctx.flags.is("stdin"),
    };
    if attached { attach::to_debugger(ctx, object::namespace(&pod), &name, &container).await } else { Ok(()) }
}

fn spec<C: Console, T: Transport>(ctx: &Context<'_, C, T>, container: &str, command: &[String]) -> Value {
    let flags = &ctx.flags;
    let mut spec = json!({
        "name": container,
        "image": flags.text("image"),
        "resources": {},
        "terminationMessagePolicy": "File",
    });
    let mut set = |field: &str, value: Value| spec[field] = value;
    if !command.is_empty() {
        set(if flags.is("arguments-only") { "args" } else { "command" }, command.into());
    }
    if flags.given("image-pull-policy") {
        set("imagePullPolicy", flags.text("image-pull-policy").into());
    }
    if flags.given("target") {
        set("targetContainerName", flags.text("target").into());
    }
    if flags.is("stdin") {
        set("stdin", true.into());
    }
    if flags.is("tty") {
        set("tty", true.into());
    }
    let pairs = flags.list("env").iter().filter_map(|pair| pair.split_once('='));
    let env: Vec<Value> = pairs.map(|(name, value)| json!({"name": name, "value": value})).collect();
    if !env.is_empty() {
        set("env", env.into());
    }
    spec
}

/// Five letters that differ from one moment to the next: Kubernetes' alphabet for generated names.
fn suffix(now: Timestamp) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut seed = now.0.unsigned_abs();
    let mut letter = || {
        // One step of a linear congruence, so that neighbours in time do not look alike.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(LETTERS[(seed >> 33) as usize % LETTERS.len()])
    };
    (0..5).map(|_| letter()).collect()
}
