//! A container's environment, from `env`, `envFrom` and all kinds of `valueFrom` (the kubelet's
//! `makeEnvironmentVariables`). Pure: the ConfigMaps and Secrets that [`references`] names come in as [`Sources`], files by
//! [`EnvFiles`].

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use base64::Engine as _;
use k8s_openapi::api::core::v1::{Container, Pod};
use serde_json::Value;

use super::downward::{self, Allocatable};
use super::expand::expand;

/// ConfigMaps and Secrets of the Pod's namespace by name; what does not exist is left out.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// ConfigMaps.
    pub config_maps: BTreeMap<String, Value>,
    /// Secrets.
    pub secrets: BTreeMap<String, Value>,
}

/// Reads a key of an env file: volume, path and key; `None` without such a file or key.
pub type EnvFiles<'a> = &'a (dyn Fn(&str, &str, &str) -> Result<Option<String>, String> + Sync);

/// What a container's environment has to be told besides its Pod.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The Pod's address.
    pub ip: Option<&'a str>,
    /// The node's address.
    pub host_ip: &'a str,
    /// What the node offers.
    pub allocatable: Allocatable,
}

/// The ConfigMaps and Secrets that a container's environment refers to.
pub fn references(container: &Container) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut config_maps, mut secrets) = (BTreeSet::new(), BTreeSet::new());
    for from in container.env_from.iter().flatten() {
        config_maps.extend(from.config_map_ref.as_ref().map(|r| r.name.clone()));
        secrets.extend(from.secret_ref.as_ref().map(|r| r.name.clone()));
    }
    for from in container.env.iter().flatten().filter_map(|e| e.value_from.as_ref()) {
        config_maps.extend(from.config_map_key_ref.as_ref().map(|r| r.name.clone()));
        secrets.extend(from.secret_key_ref.as_ref().map(|r| r.name.clone()));
    }
    (config_maps, secrets)
}

/// The environment, in order; later definitions take the place of earlier ones.
///
/// # Errors
/// The kubelet's message for `CreateContainerConfigError`.
pub fn resolve(
    pod: &Pod,
    container: &Container,
    sources: &Sources,
    files: EnvFiles,
    place: Place,
) -> Result<Vec<(String, String)>, String> {
    let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
    let mut out = Ordered::default();
    for from in container.env_from.iter().flatten() {
        let prefix = from.prefix.as_deref().unwrap_or_default();
        if let Some(reference) = &from.config_map_ref {
            match sources.config_maps.get(&reference.name) {
                Some(map) => out.all(prefix, config_map_data(map)),
                None if reference.optional == Some(true) => {}
                None => return Err(format!("configmap \"{}\" not found", reference.name)),
            }
        }
        if let Some(reference) = &from.secret_ref {
            match sources.secrets.get(&reference.name) {
                Some(secret) => out.all(prefix, secret_data(secret)),
                None if reference.optional == Some(true) => {}
                None => return Err(format!("secret \"{}\" not found", reference.name)),
            }
        }
    }
    for var in container.env.iter().flatten() {
        let value = match &var.value_from {
            None => Some(expand(var.value.as_deref().unwrap_or_default(), |name| out.get(name))),
            Some(from) => {
                if let Some(reference) = &from.field_ref {
                    Some(downward::field(pod, reference, place.ip, place.host_ip)?)
                } else if let Some(reference) = &from.resource_field_ref {
                    Some(downward::resource(pod, Some(container), reference, place.allocatable)?)
                } else if let Some(reference) = &from.config_map_key_ref {
                    let optional = reference.optional == Some(true);
                    match sources.config_maps.get(&reference.name) {
                        None if optional => None,
                        None => return Err(format!("configmap \"{}\" not found", reference.name)),
                        Some(map) => match map.pointer("/data").and_then(|d| d.get(&reference.key)) {
                            Some(value) => value.as_str().map(str::to_owned),
                            None if optional => None,
                            None => return Err(no_key(&reference.key, "ConfigMap", namespace, &reference.name)),
                        },
                    }
                } else if let Some(reference) = &from.secret_key_ref {
                    let optional = reference.optional == Some(true);
                    match sources.secrets.get(&reference.name) {
                        None if optional => None,
                        None => return Err(format!("secret \"{}\" not found", reference.name)),
                        Some(secret) => match secret.pointer("/data").and_then(|d| d.get(&reference.key)) {
                            Some(value) => Some(decoded(value)),
                            None if optional => None,
                            None => return Err(no_key(&reference.key, "Secret", namespace, &reference.name)),
                        },
                    }
                } else if let Some(file) = &from.file_key_ref {
                    match files(&file.volume_name, &file.path, &file.key)? {
                        None if file.optional != Some(true) => {
                            return Err(format!(
                                "environment variable key \"{}\" not found in file \"{}\"",
                                file.key, file.path
                            ));
                        }
                        found => found,
                    }
                } else {
                    Some(String::new())
                }
            }
        };
        if let Some(value) = value {
            out.set(&var.name, value);
        }
    }
    Ok(out.list)
}

/// The variables that lead to the API, as every Pod of a cluster has them; what the Pod sets itself stays.
pub fn add_service(variables: &mut Vec<(String, String)>, api_server: SocketAddr) {
    let (host, port) = (api_server.ip().to_string(), api_server.port().to_string());
    let url = format!("tcp://{host}:{port}");
    let prefix = format!("KUBERNETES_PORT_{port}_TCP");
    let service = [
        ("KUBERNETES_SERVICE_HOST".to_owned(), host.clone()),
        ("KUBERNETES_SERVICE_PORT".to_owned(), port.clone()),
        ("KUBERNETES_SERVICE_PORT_HTTPS".to_owned(), port.clone()),
        ("KUBERNETES_PORT".to_owned(), url.clone()),
        (prefix.clone(), url),
        (format!("{prefix}_ADDR"), host),
        (format!("{prefix}_PORT"), port),
        (format!("{prefix}_PROTO"), "tcp".to_owned()),
    ];
    for (name, value) in service {
        if !variables.iter().any(|(known, _)| *known == name) {
            variables.push((name, value));
        }
    }
}

fn no_key(key: &str, kind: &str, namespace: &str, name: &str) -> String {
    format!("couldn't find key {key} in {kind} {namespace}/{name}")
}

fn config_map_data(map: &Value) -> Vec<(&str, String)> {
    let data = map.get("data").and_then(Value::as_object);
    data.into_iter().flatten().filter_map(|(k, v)| Some((k.as_str(), v.as_str()?.to_owned()))).collect()
}

fn secret_data(secret: &Value) -> Vec<(&str, String)> {
    let data = secret.get("data").and_then(Value::as_object);
    data.into_iter().flatten().map(|(k, v)| (k.as_str(), decoded(v))).collect()
}

fn decoded(value: &Value) -> String {
    let bytes = base64::engine::general_purpose::STANDARD.decode(value.as_str().unwrap_or_default());
    String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
}

/// Variables in the order of their first definition.
#[derive(Default)]
struct Ordered {
    list: Vec<(String, String)>,
}

impl Ordered {
    fn get(&self, name: &str) -> Option<String> {
        self.list.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone())
    }

    fn set(&mut self, name: &str, value: String) {
        match self.list.iter_mut().find(|(n, _)| n == name) {
            Some(entry) => entry.1 = value,
            None => self.list.push((name.to_owned(), value)),
        }
    }

    /// All entries whose names can be set in an environment.
    fn all(&mut self, prefix: &str, data: Vec<(&str, String)>) {
        for (key, value) in data {
            let name = format!("{prefix}{key}");
            if !name.is_empty() && !name.contains(['=', '\0']) {
                self.set(&name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use shared::api::Quantity;

    fn check(container: Value, expected: Result<&[(&str, &str)], &str>) {
        let mut container = container;
        container["name"] = json!("c");
        container["image"] = json!("i");
        let pod: Pod = serde_json::from_value(json!({
            "metadata": {"name": "p", "namespace": "default"},
            "spec": {"nodeName": "worker", "containers": [container]}
        }))
        .unwrap();
        let sources = Sources {
            config_maps: BTreeMap::from([("m".to_owned(), json!({"data": {"a": "1", "b.c": "2"}}))]),
            secrets: BTreeMap::from([("s".to_owned(), json!({"data": {"user": "YWRtaW4="}}))]),
        };
        let one = Quantity::milli(1000);
        let allocatable = Allocatable { cpu: one, memory: one, storage: one };
        let place = Place { ip: Some("10.42.1.2"), host_ip: "10.42.0.2", allocatable };
        let files = |volume: &str, path: &str, key: &str| match (volume, path, key) {
            ("v", "a.env", "A") => Ok(Some("$(user)".to_owned())),
            ("v", "broken", _) => Err("broken".to_owned()),
            _ => Ok(None),
        };
        let got = resolve(&pod, &pod.spec.as_ref().unwrap().containers[0], &sources, &files, place);
        let got: Result<Vec<(&str, &str)>, &str> = match &got {
            Ok(list) => Ok(list.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect()),
            Err(message) => Err(message),
        };
        assert_eq!(got, expected.map(<[_]>::to_vec));
    }

    #[test]
    fn plain_and_expanded() {
        check(
            json!({"env": [{"name": "A", "value": "x"}, {"name": "B", "value": "$(A)-$(C)-$$(A)"}, {"name": "A", "value": "y"}]}),
            Ok(&[("A", "y"), ("B", "x-$(C)-$(A)")]),
        );
    }

    #[test]
    fn from_elsewhere() {
        check(
            json!({"envFrom": [{"configMapRef": {"name": "m"}, "prefix": "P_"}, {"secretRef": {"name": "s"}}],
                "env": [{"name": "user", "value": "$(user)!"},
                    {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                    {"name": "K", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "b.c"}}},
                    {"name": "S", "valueFrom": {"secretKeyRef": {"name": "s", "key": "user"}}},
                    {"name": "O", "valueFrom": {"secretKeyRef": {"name": "no", "key": "user", "optional": true}}}]}),
            Ok(&[("P_a", "1"), ("P_b.c", "2"), ("user", "admin!"), ("IP", "10.42.1.2"), ("K", "2"), ("S", "admin")]),
        );
    }

    #[test]
    fn from_files() {
        let from = |path: &str, key: &str, optional: bool| {
            let file = json!({"volumeName": "v", "path": path, "key": key, "optional": optional});
            json!({"env": [{"name": "user", "value": "u"}, {"name": "F", "valueFrom": {"fileKeyRef": file}}]})
        };
        // What is in a file is a value as it is.
        check(from("a.env", "A", false), Ok(&[("user", "u"), ("F", "$(user)")]));
        check(from("a.env", "B", true), Ok(&[("user", "u")]));
        check(from("a.env", "B", false), Err("environment variable key \"B\" not found in file \"a.env\""));
        check(from("broken", "A", true), Err("broken"));
    }

    #[test]
    fn what_is_missing() {
        let cases = [
            (json!({"envFrom": [{"configMapRef": {"name": "no"}}]}), "configmap \"no\" not found"),
            (json!({"envFrom": [{"secretRef": {"name": "no"}}]}), "secret \"no\" not found"),
            (
                json!({"env": [{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "z"}}}]}),
                "couldn't find key z in ConfigMap default/m",
            ),
            (
                json!({"env": [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "s", "key": "z"}}}]}),
                "couldn't find key z in Secret default/s",
            ),
        ];
        for (container, message) in cases {
            check(container, Err(message));
        }
    }
}
