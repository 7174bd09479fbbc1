//! What the files of a configMap, secret, downwardAPI or projected volume are. Pure: objects come in as [`Sources`].

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, KeyToPath, Pod, Volume};
use serde_json::Value;

use super::payload::{File, Payload};
use crate::node::downward;
use crate::node::env::{Place, Sources};

/// A service account token that a volume asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenRequest {
    /// Whom the token is for; empty for the API server.
    pub audience: String,
    /// Seconds it is good for.
    pub seconds: i64,
}

/// Whether a volume is files that we write.
pub fn is_projection(volume: &Volume) -> bool {
    volume.config_map.is_some()
        || volume.secret.is_some()
        || volume.downward_api.is_some()
        || volume.projected.is_some()
}

/// Whether a volume holds what must not touch a disk.
pub fn is_secret(volume: &Volume) -> bool {
    let in_projected =
        |s: &k8s_openapi::api::core::v1::VolumeProjection| s.secret.is_some() || s.service_account_token.is_some();
    volume.secret.is_some() || volume.projected.as_ref().is_some_and(|p| p.sources.iter().flatten().any(in_projected))
}

/// The ConfigMaps and Secrets that a Pod's volumes refer to.
pub fn references(pod: &Pod) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut config_maps, mut secrets) = (BTreeSet::new(), BTreeSet::new());
    let volumes = pod.spec.as_ref().and_then(|s| s.volumes.as_ref()).into_iter().flatten();
    for volume in volumes {
        config_maps.extend(volume.config_map.as_ref().map(|m| m.name.clone()));
        secrets.extend(volume.secret.as_ref().and_then(|s| s.secret_name.clone()));
        for source in volume.projected.iter().filter_map(|p| p.sources.as_ref()).flatten() {
            config_maps.extend(source.config_map.as_ref().map(|m| m.name.clone()));
            secrets.extend(source.secret.as_ref().map(|s| s.name.clone()));
        }
    }
    (config_maps, secrets)
}

/// The tokens that a Pod's volumes ask for.
pub fn tokens(pod: &Pod) -> BTreeSet<TokenRequest> {
    let volumes = pod.spec.as_ref().and_then(|s| s.volumes.as_ref()).into_iter().flatten();
    let sources = volumes.filter_map(|v| v.projected.as_ref()?.sources.as_ref()).flatten();
    let tokens = sources.filter_map(|s| s.service_account_token.as_ref());
    tokens.map(|t| request(t.audience.as_deref(), t.expiration_seconds)).collect()
}

fn request(audience: Option<&str>, seconds: Option<i64>) -> TokenRequest {
    TokenRequest { audience: audience.unwrap_or_default().to_owned(), seconds: seconds.unwrap_or(3600) }
}

/// The files of a volume.
///
/// # Errors
/// What is missing, in the kubelet's words.
pub fn files(
    pod: &Pod,
    volume: &Volume,
    sources: &Sources,
    tokens: &BTreeMap<TokenRequest, String>,
    place: Place,
) -> Result<Payload, String> {
    let mut out = Payload::new();
    if let Some(source) = &volume.config_map {
        let mode = bits(source.default_mode, 0o644);
        config_map(&mut out, sources, &source.name, source.items.as_deref(), source.optional, mode)?;
    }
    if let Some(source) = &volume.secret {
        let name = source.secret_name.as_deref().unwrap_or_default();
        secret(&mut out, sources, name, source.items.as_deref(), source.optional, bits(source.default_mode, 0o644))?;
    }
    if let Some(source) = &volume.downward_api {
        let mode = bits(source.default_mode, 0o644);
        downward_api(&mut out, pod, source.items.as_deref().unwrap_or_default(), mode, place)?;
    }
    if let Some(projected) = &volume.projected {
        let mode = bits(projected.default_mode, 0o644);
        for source in projected.sources.iter().flatten() {
            if let Some(s) = &source.config_map {
                config_map(&mut out, sources, &s.name, s.items.as_deref(), s.optional, mode)?;
            }
            if let Some(s) = &source.secret {
                secret(&mut out, sources, &s.name, s.items.as_deref(), s.optional, mode)?;
            }
            if let Some(s) = &source.downward_api {
                downward_api(&mut out, pod, s.items.as_deref().unwrap_or_default(), mode, place)?;
            }
            if let Some(s) = &source.service_account_token {
                let token = tokens.get(&request(s.audience.as_deref(), s.expiration_seconds));
                let token = token.ok_or("no service account token")?;
                // Tokens are for their owner alone, unless a group is to read the volume.
                let mode = if pod_group(pod).is_some() { 0o640 } else { mode };
                out.insert(s.path.clone(), File { bytes: token.clone().into_bytes(), mode });
            }
        }
    }
    Ok(out)
}

/// The group that the Pod's volumes belong to.
pub fn pod_group(pod: &Pod) -> Option<u32> {
    let context = pod.spec.as_ref()?.security_context.as_ref()?;
    u32::try_from(context.fs_group?).ok()
}

fn bits(mode: Option<i32>, default: u32) -> u32 {
    mode.and_then(|m| u32::try_from(m).ok()).unwrap_or(default)
}

fn config_map(
    out: &mut Payload,
    sources: &Sources,
    name: &str,
    items: Option<&[KeyToPath]>,
    optional: Option<bool>,
    mode: u32,
) -> Result<(), String> {
    let Some(map) = sources.config_maps.get(name) else {
        return if optional == Some(true) { Ok(()) } else { Err(format!("configmap \"{name}\" not found")) };
    };
    let mut data = entries(map, "data", |text| Some(text.as_bytes().to_vec()));
    data.extend(entries(map, "binaryData", decode));
    pick(out, data, items, optional, mode, "configmap references non-existent config key")
}

fn secret(
    out: &mut Payload,
    sources: &Sources,
    name: &str,
    items: Option<&[KeyToPath]>,
    optional: Option<bool>,
    mode: u32,
) -> Result<(), String> {
    let Some(secret) = sources.secrets.get(name) else {
        return if optional == Some(true) { Ok(()) } else { Err(format!("secret \"{name}\" not found")) };
    };
    pick(out, entries(secret, "data", decode), items, optional, mode, "references non-existent secret key")
}

fn decode(text: &str) -> Option<Vec<u8>> {
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

fn entries(object: &Value, field: &str, read: impl Fn(&str) -> Option<Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let data = object.get(field).and_then(Value::as_object).into_iter().flatten();
    data.filter_map(|(key, value)| Some((key.clone(), read(value.as_str()?)?))).collect()
}

fn pick(
    out: &mut Payload,
    data: BTreeMap<String, Vec<u8>>,
    items: Option<&[KeyToPath]>,
    optional: Option<bool>,
    mode: u32,
    missing: &str,
) -> Result<(), String> {
    let Some(items) = items.filter(|i| !i.is_empty()) else {
        out.extend(data.into_iter().map(|(key, bytes)| (key, File { bytes, mode })));
        return Ok(());
    };
    for item in items {
        match data.get(&item.key) {
            Some(bytes) => {
                let file = File { bytes: bytes.clone(), mode: bits(item.mode, mode) };
                out.insert(item.path.clone(), file);
            }
            None if optional == Some(true) => {}
            None => return Err(format!("{missing}: {}", item.key)),
        }
    }
    Ok(())
}

fn downward_api(
    out: &mut Payload,
    pod: &Pod,
    items: &[DownwardAPIVolumeFile],
    mode: u32,
    place: Place,
) -> Result<(), String> {
    for item in items {
        let text = if let Some(reference) = &item.field_ref {
            downward::field(pod, reference, place.ip, place.host_ip)?
        } else if let Some(reference) = &item.resource_field_ref {
            downward::resource(pod, None, reference, place.allocatable)?
        } else {
            String::new()
        };
        out.insert(item.path.clone(), File { bytes: text.into_bytes(), mode: bits(item.mode, mode) });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::downward::Allocatable;
    use serde_json::json;
    use shared::api::Quantity;

    fn check(volume: Value, expected: Result<&[(&str, &str, u32)], &str>) {
        let mut volume = volume;
        volume["name"] = json!("v");
        let pod: Pod = serde_json::from_value(json!({
            "metadata": {"name": "p", "namespace": "default", "labels": {"zone": "a"}},
            "spec": {"containers": [], "volumes": [volume]}
        }))
        .unwrap();
        let sources = Sources {
            config_maps: BTreeMap::from([(
                "m".to_owned(),
                json!({"data": {"a": "1", "b": "2"}, "binaryData": {"z": "AAE="}}),
            )]),
            secrets: BTreeMap::from([("s".to_owned(), json!({"data": {"user": "YWRtaW4="}}))]),
        };
        let tokens = BTreeMap::from([(TokenRequest { audience: String::new(), seconds: 3607 }, "t0ken".to_owned())]);
        let one = Quantity::milli(1000);
        let allocatable = Allocatable { cpu: one, memory: one, storage: one };
        let place = Place { ip: None, host_ip: "10.42.0.2", allocatable };
        let volume = &pod.spec.as_ref().unwrap().volumes.as_ref().unwrap()[0];
        let got = files(&pod, volume, &sources, &tokens, place).map(|payload| {
            let line =
                |(path, file): (String, File)| (path, String::from_utf8_lossy(&file.bytes).into_owned(), file.mode);
            payload.into_iter().map(line).collect::<Vec<_>>()
        });
        let expected = expected
            .map(|files| files.iter().map(|(p, t, m)| ((*p).to_owned(), (*t).to_owned(), *m)).collect::<Vec<_>>())
            .map_err(str::to_owned);
        assert_eq!(got, expected);
    }

    #[test]
    fn volumes() {
        check(json!({"configMap": {"name": "m"}}), Ok(&[("a", "1", 0o644), ("b", "2", 0o644), ("z", "\0\x01", 0o644)]));
        check(
            json!({"configMap": {"name": "m", "defaultMode": 0o400, "items": [{"key": "a", "path": "x/y"}]}}),
            Ok(&[("x/y", "1", 0o400)]),
        );
        check(json!({"configMap": {"name": "no"}}), Err("configmap \"no\" not found"));
        check(json!({"configMap": {"name": "no", "optional": true}}), Ok(&[]));
        check(
            json!({"configMap": {"name": "m", "items": [{"key": "no", "path": "x"}]}}),
            Err("configmap references non-existent config key: no"),
        );
        check(json!({"secret": {"secretName": "s"}}), Ok(&[("user", "admin", 0o644)]));
        check(json!({"secret": {"secretName": "no"}}), Err("secret \"no\" not found"));
        check(
            json!({"downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}}),
            Ok(&[("labels", "zone=\"a\"", 0o644)]),
        );
        check(
            json!({"projected": {"sources": [
                {"serviceAccountToken": {"path": "token", "expirationSeconds": 3607}},
                {"configMap": {"name": "m", "items": [{"key": "a", "path": "ca.crt"}]}},
                {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]}}]}}),
            Ok(&[("ca.crt", "1", 0o644), ("namespace", "default", 0o644), ("token", "t0ken", 0o644)]),
        );
    }
}
