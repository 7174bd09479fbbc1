//! `kubectl port-forward`: ports of a Pod on this side, for as long as the command runs.

use std::num::IntErrorKind;

use serde_json::Value;

use super::super::race::{First, race};
use super::super::{Console, Context, Error, Transport, target};
use crate::api::object;

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let args = ctx.flags.args.clone();
    let Some((name, ports)) = args.split_first().filter(|(_, ports)| !ports.is_empty()) else {
        return Err(ctx.usage("TYPE/NAME and list of ports are required for port-forward"));
    };
    target::check_timeout(ctx)?;
    let pod = target::pod(ctx, &[name], "attach to").await?;
    let (namespace, name) = (object::namespace(&pod).to_owned(), object::name(&pod).to_owned());
    let pairs = ports.iter().map(|port| named(&pod, port)).collect::<Result<Vec<_>, _>>()?;
    let phase = pod.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default();
    if phase != "Running" {
        return Err(Error::text(format!("unable to forward port because pod is not running. Current status={phase}")));
    }
    let mut pairs = pairs.iter().map(|(l, r)| numbers(l, r)).collect::<Result<Vec<_>, _>>()?;
    for ((local, _), at) in pairs.iter_mut().zip(0..) {
        // Any that is free, of the numbers that Linux takes for that.
        if *local == 0 {
            *local = 32_768 + u16::try_from(ctx.console.now().seconds() % 28_000).unwrap_or_default() + at;
        }
    }
    if !ctx.console.forward(&namespace, &name, &pairs) {
        let wanted: Vec<String> = pairs.iter().map(|(local, remote)| format!("{{{local} {remote}}}")).collect();
        let wanted = wanted.join(" ");
        return Err(Error::text(format!("unable to listen on any of the requested ports: [{wanted}]")));
    }
    for (local, remote) in &pairs {
        ctx.say(format!("Forwarding from 127.0.0.1:{local} -> {remote}"));
    }
    while let First::Right(port) = race(ctx.console.interrupted(), ctx.console.connected()).await {
        ctx.say(format!("Handling connection for {port}"));
    }
    ctx.console.forward(&namespace, &name, &[]);
    Ok(())
}

/// The two halves of `8080:http`, the second one as a number where it is the name of a container's port.
fn named(pod: &Value, port: &str) -> Result<(String, String), Error> {
    let mut parts = port.split(':');
    let local = parts.next().unwrap_or_default();
    let remote = parts.next().unwrap_or(local);
    let (mut number, is_number) = (remote.to_owned(), remote.parse::<i64>().is_ok());
    if !is_number {
        let ports = object::list(pod, "/spec/containers").iter().flat_map(|c| object::list(c, "/ports"));
        let found = ports.filter(|p| p["name"] == remote).find_map(|p| p["containerPort"].as_u64());
        let why = || Error::text(format!("Pod '{}' does not have a named port '{remote}'", object::name(pod)));
        number = found.ok_or_else(why)?.to_string();
    }
    Ok((if local == remote { number.clone() } else { local.to_owned() }, number))
}

/// Go's words for what is no port.
fn numbers(local: &str, remote: &str) -> Result<(u16, u16), Error> {
    let parse = |which: &str, text: &str| {
        text.parse::<u16>().map_err(|e| {
            let why = match e.kind() {
                IntErrorKind::PosOverflow => "value out of range",
                _ => "invalid syntax",
            };
            Error::text(format!("error parsing {which} port '{text}': strconv.ParseUint: parsing {text:?}: {why}"))
        })
    };
    let pair = (parse("local", if local.is_empty() { "0" } else { local })?, parse("remote", remote)?);
    match pair.1 {
        0 => Err(Error::text("remote port must be > 0")),
        _ => Ok(pair),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ports() {
        let pod = json!({"metadata": {"name": "p"}, "spec": {"containers": [
            {"name": "a"}, {"name": "b", "ports": [{"containerPort": 80, "name": "http"}]}]}});
        let cases = [
            ("8080:80", Ok((8080, 80))),
            ("80", Ok((80, 80))),
            (":80", Ok((0, 80))),
            ("http", Ok((80, 80))),
            ("8080:http", Ok((8080, 80))),
            ("1:2:3", Ok((1, 2))),
            ("8080:web", Err("Pod 'p' does not have a named port 'web'")),
            ("8080:", Err("Pod 'p' does not have a named port ''")),
            ("x:80", Err("error parsing local port 'x': strconv.ParseUint: parsing \"x\": invalid syntax")),
            (
                "1:65536",
                Err("error parsing remote port '65536': strconv.ParseUint: parsing \"65536\": value out of range"),
            ),
            ("1:-1", Err("error parsing remote port '-1': strconv.ParseUint: parsing \"-1\": invalid syntax")),
            ("1:0", Err("remote port must be > 0")),
        ];
        for (text, expected) in cases {
            let found = named(&pod, text).and_then(|(local, remote)| numbers(&local, &remote));
            assert_eq!(found.map_err(|e| e.sentence()), expected.map_err(str::to_owned), "{text}");
        }
    }
}
