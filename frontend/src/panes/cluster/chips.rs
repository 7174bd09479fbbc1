//! What a Pod's box tells in small words: its containers, their probes, its volumes and who has them. Pure.

use serde_json::Value;
use shared::api::object;

use crate::state::{Tick, Ticks};

/// How long a probe's beat is new, in milliseconds.
const NEW: i64 = 500;

/// A word, and its class: how it goes, or what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    pub class: String,
    pub text: String,
}

fn chip(class: impl Into<String>, text: impl Into<String>) -> Chip {
    Chip { class: class.into(), text: text.into() }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// All of a Pod's, of whose probes these results are known at this time.
pub fn of(pod: &Value, ticks: &Ticks, now: i64) -> Vec<Chip> {
    let lists = [("/status/initContainerStatuses", "init: "), ("/status/containerStatuses", "")];
    let mut chips: Vec<Chip> = Vec::new();
    for (list, mark) in lists {
        for status in object::list(pod, list) {
            container(status, mark, (ticks, now), &mut chips);
        }
    }
    chips.extend(volumes(pod));
    chips
}

fn container(status: &Value, mark: &str, (ticks, now): (&Ticks, i64), chips: &mut Vec<Chip>) {
    let name = text(status, "name");
    let runs = status.pointer("/state/running").is_some();
    let ready = status.get("ready").and_then(Value::as_bool).unwrap_or_default();
    let state = match status.pointer("/state/terminated/exitCode").and_then(Value::as_i64) {
        Some(0) => "idle",
        Some(_) => "bad",
        None if runs && (ready || !mark.is_empty()) => "good",
        None => "busy",
    };
    chips.push(chip(state, format!("{mark}{name}")));
    // What was found out of one that does not run any more says nothing of the next.
    let id = text(status, "containerID").rsplit('/').next().unwrap_or_default();
    let own = ticks.iter().filter(|((of, _), _)| runs && of == id);
    chips.extend(own.map(|((_, probe), tick)| beat(probe, tick, now)));
}

fn beat(probe: &str, tick: &Tick, now: i64) -> Chip {
    let (state, sign) = if tick.succeeded { ("good", "✓") } else { ("bad", "✕") };
    // Each beat has another class than the last, so that its animation begins anew.
    let beat = if now - tick.at < NEW { format!(" beat-{}", tick.count % 2) } else { String::new() };
    chip(format!("{state}{beat}"), format!("{probe} {sign}"))
}

/// Without what every Pod has for the API's sake.
fn volumes(pod: &Value) -> Vec<Chip> {
    let volumes =
        object::list(pod, "/spec/volumes").iter().filter(|v| !text(v, "name").starts_with("kube-api-access-"));
    let told = |volume: &Value| {
        let name = text(volume, "name");
        let kind = volume.as_object().and_then(|v| v.keys().find(|key| *key != "name")).map_or("", String::as_str);
        let lists = ["/spec/initContainers", "/spec/containers"];
        let containers = lists.iter().flat_map(|list| object::list(pod, list));
        let mounts = |c: &&Value| object::list(c, "/volumeMounts").iter().any(|mount| text(mount, "name") == name);
        let who: Vec<&str> = containers.filter(mounts).map(|c| text(c, "name")).collect();
        chip("volume", format!("{name} ({kind}): {}", who.join(" + ")))
    };
    volumes.map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pod_in_small_words() {
        let pod = json!({
            "spec": {
                "volumes": [
                    {"name": "html", "emptyDir": {}},
                    {"name": "unused", "configMap": {"name": "c"}},
                    {"name": "kube-api-access-x", "projected": {}}],
                "initContainers": [{"name": "clone", "volumeMounts": [{"name": "html"}]}],
                "containers": [{"name": "web", "volumeMounts": [{"name": "html"}]}, {"name": "side"}]},
            "status": {
                "initContainerStatuses": [{"name": "clone", "state": {"terminated": {"exitCode": 0}}}],
                "containerStatuses": [
                    {"name": "web", "ready": true, "containerID": "docker://w2", "state": {"running": {}}},
                    {"name": "side", "ready": false, "state": {"waiting": {}}}]}});
        let tick = |id: &str, probe: &str, succeeded, at| {
            let tick = Tick { container: String::new(), succeeded, message: String::new(), count: 3, at };
            ((id.to_owned(), probe.to_owned()), tick)
        };
        let ticks = Ticks::from([
            tick("w1", "liveness", false, 9_900),
            tick("w2", "liveness", true, 9_000),
            tick("w2", "readiness", false, 9_900),
        ]);
        let found: Vec<String> = of(&pod, &ticks, 10_000).iter().map(|c| format!("{}|{}", c.class, c.text)).collect();
        let expected = [
            "idle|init: clone",
            "good|web",
            "good|liveness ✓",
            "bad beat-1|readiness ✕",
            "busy|side",
            "volume|html (emptyDir): clone + web",
            "volume|unused (configMap): ",
        ];
        assert_eq!(found, expected);
    }
}
