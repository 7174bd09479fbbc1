//! What is valid but odd: the texts of `Warning` headers, which kubectl prints (`pkg/api/pod/warnings.go`).
//!
//! A warning never refuses anything. Besides Kubernetes' own there are those of [`without_effect`].

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::at::At;
use super::names;
use super::read::{get, int, list, map, text};
use super::without_effect;
use crate::api::{Kind, Quantity, object};

static NONE: Value = Value::Null;
/// Node labels with a new name: the old one, since when, and the new one.
const OLD_LABELS: &[(&str, &str, &str)] = &[
    ("beta.kubernetes.io/arch", "v1.14", "kubernetes.io/arch"),
    ("beta.kubernetes.io/os", "v1.14", "kubernetes.io/os"),
    ("failure-domain.beta.kubernetes.io/region", "v1.17", "topology.kubernetes.io/region"),
    ("failure-domain.beta.kubernetes.io/zone", "v1.17", "topology.kubernetes.io/zone"),
    ("beta.kubernetes.io/instance-type", "v1.17", "node.kubernetes.io/instance-type"),
];
const OLD_VOLUMES: &[(&str, &str)] = &[
    ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("gitRepo", "deprecated in v1.11"),
    ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
];

/// Everything odd about a new object.
pub fn warnings(kind: &Kind, new: &Value) -> Vec<String> {
    let mut warnings = Vec::new();
    if kind.kind == "Pod" {
        pod(new, &mut warnings);
    }
    warnings
}

fn pod(pod: &Value, warnings: &mut Vec<String>) {
    let name = names::dns1123_label(object::name(pod));
    if !name.is_empty() {
        let broken = name.join(" ");
        warnings.push(format!("metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [{broken}]"));
    }
    let spec = pod.get("spec").unwrap_or(&NONE);
    let at = At::new("spec");
    let mut warn = |at: &At, what: &str| warnings.push(format!("{}: {what}", at.path()));
    without_effect::each(spec, &at, &mut warn);
    let selector = at.child("nodeSelector");
    for key in map(spec, "nodeSelector").into_iter().flatten().map(|(key, _)| key) {
        if let Some(renamed) = renamed(key) {
            warn(&selector.key(key), &renamed);
        }
    }
    let constraints = at.child("topologySpreadConstraints");
    for (index, constraint) in list(spec, "topologySpreadConstraints").iter().enumerate() {
        let at = constraints.index(index);
        let key = text(constraint, "topologyKey");
        if let Some(renamed) = renamed(key) {
            warn(&at.child("topologyKey"), &format!("{key} is {renamed}"));
        }
        if get(constraint, "labelSelector").is_none() {
            warn(&at.child("labelSelector"), "a null labelSelector results in matching no pod");
        }
    }
    let volumes = at.child("volumes");
    for (index, volume) in list(spec, "volumes").iter().enumerate() {
        for (source, since) in OLD_VOLUMES.iter().filter(|(source, _)| get(volume, source).is_some()) {
            warn(&volumes.index(index).child(source), since);
        }
    }
    for (field, key) in [("hostAliases", "ip"), ("imagePullSecrets", "name")] {
        let at = at.child(field);
        let mut seen = HashSet::new();
        for (index, item) in list(spec, field).iter().enumerate() {
            let value = text(item, key);
            if !seen.insert(value) {
                warn(&at.index(index).child(key), &format!("duplicate {key} {value:?}"));
            }
            if value.is_empty() && key == "name" {
                warn(&at.index(index).child(key), "invalid empty name \"\"");
            }
        }
    }
    fractional(spec, "overhead", &at.child("overhead"), &mut warn);
    let mut ports: HashMap<(i64, &str), Vec<(String, &Value)>> = HashMap::new();
    for kind in ["initContainers", "containers", "ephemeralContainers"] {
        let at = at.child(kind);
        for (index, container) in list(spec, kind).iter().enumerate() {
            let at = at.index(index);
            let resources = at.child("resources");
            for field in ["limits", "requests"] {
                let own = container.get("resources").unwrap_or(&NONE);
                fractional(own, field, &resources.child(field), &mut warn);
            }
            environment(container, &at.child("env"), &mut warn);
            let at = at.child("ports");
            for (index, port) in list(container, "ports").iter().enumerate() {
                let at = at.index(index);
                let key = (int(port, "containerPort").unwrap_or(0), text(port, "protocol"));
                let host = |port: &Value| int(port, "hostPort").unwrap_or(0);
                let others = ports.entry(key).or_default();
                for (other_at, other) in others.iter() {
                    if text(port, "hostIP") == text(other, "hostIP") && host(port) == host(other) {
                        warn(&at, &format!("duplicate port definition with {other_at}"));
                    } else if host(port) == 0 || host(other) == 0 {
                        warn(&at, &format!("overlapping port definition with {other_at}"));
                    }
                }
                others.push((at.path().to_string(), port));
            }
        }
    }
    if int(spec, "terminationGracePeriodSeconds").is_some_and(|seconds| seconds < 0) {
        let what = "must be >= 0; negative values are invalid and will be treated as 1";
        warn(&at.child("terminationGracePeriodSeconds"), what);
    }
}

fn renamed(label: &str) -> Option<String> {
    let (_, since, new) = OLD_LABELS.iter().find(|(old, _, _)| *old == label)?;
    Some(format!("deprecated since {since}; use {new:?} instead"))
}

/// `memory: 128m` is an eighth of a byte, and not what anyone meant.
fn fractional(owner: &Value, field: &str, at: &At, warn: &mut impl FnMut(&At, &str)) {
    for name in ["memory", "ephemeral-storage"] {
        let amount = map(owner, field).and_then(|amounts| Quantity::parse(amounts.get(name)?.as_str()?).ok());
        if let Some(amount) = amount.filter(|amount| amount.milli_value() % 1000 != 0) {
            warn(&at.key(name), &format!("fractional byte value \"{amount}\" is invalid, must be an integer"));
        }
    }
}

/// A variable set twice, unless the second builds on the first (`X=$(X)more`).
fn environment(container: &Value, at: &At, warn: &mut impl FnMut(&At, &str)) {
    let mut seen = HashSet::new();
    for (index, variable) in list(container, "env").iter().enumerate() {
        let (name, value) = (text(variable, "name"), text(variable, "value"));
        let itself = format!("$({name})");
        let builds_on = get(variable, "valueFrom").is_none() && value != itself && value.contains(&itself);
        if !seen.insert(name) && !builds_on {
            let what = format!("hides previous definition of {name:?}, which may be dropped when using apply");
            warn(&at.index(index), &what);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::kind::known;

    fn check(spec: Value, expected: &[&str]) {
        let pod = json!({"metadata": {"name": "web"}, "spec": spec});
        assert_eq!(warnings(known("pods"), &pod), expected, "{spec:#}");
    }

    #[test]
    fn odd_but_valid() {
        check(json!({}), &[]);
        check(json!({"os": {"name": "linux"}, "enableServiceLinks": true}), &[]);
        check(
            json!({"runtimeClassName": "kata", "initContainers": [{"volumeDevices": [{"name": "d", "devicePath": "/d"}]}]}),
            &[
                "spec.runtimeClassName: accepted without effect: there is one runtime",
                "spec.initContainers[0].volumeDevices: accepted without effect: no volume here is a block device",
            ],
        );
        check(
            json!({"containers": [{"resources": {"limits": {"memory": "128m", "cpu": "128m"}}}]}),
            &[
                r#"spec.containers[0].resources.limits[memory]: fractional byte value "128m" is invalid, must be an integer"#,
            ],
        );
        let env = json!([{"name": "A", "value": "1"}, {"name": "A", "value": "$(A)2"}, {"name": "A", "value": "3"}]);
        check(
            json!({"containers": [{"env": env}]}),
            &[r#"spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply"#],
        );
        let port = json!({"containerPort": 80, "protocol": "TCP"});
        check(
            json!({"containers": [{"ports": [port]}, {"ports": [port]}]}),
            &["spec.containers[1].ports[0]: duplicate port definition with spec.containers[0].ports[0]"],
        );
        check(
            json!({"nodeSelector": {"beta.kubernetes.io/os": "linux"}}),
            &[r#"spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead"#],
        );
        check(
            json!({"volumes": [{"name": "v", "gitRepo": {}}], "terminationGracePeriodSeconds": -1}),
            &[
                "spec.volumes[0].gitRepo: deprecated in v1.11",
                "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1",
            ],
        );
    }
}
