//! ConfigMap and Secret: keys that become file names, a size limit, types, and immutability.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::at::{At, Errors};
use super::names;
use super::read::{flag, map, same_field, text};
use crate::api::{json, object};

/// All values together, in bytes.
const MAX_SIZE: usize = 1024 * 1024;

/// The data of a ConfigMap.
pub(crate) fn config_map(config: &Value, errors: &mut Errors) {
    let binary = map(config, "binaryData");
    let at = At::new("data");
    let mut size = 0;
    for (key, value) in map(config, "data").into_iter().flatten() {
        errors.invalid_all(&at.key(key), key, names::config_key(key));
        if binary.is_some_and(|binary| binary.contains_key(key)) {
            errors.invalid(&at.key(key), key.as_str(), "duplicate of key present in binaryData");
        }
        size += value.as_str().unwrap_or_default().len();
    }
    let at = At::new("binaryData");
    for (key, value) in binary.into_iter().flatten() {
        errors.invalid_all(&at.key(key), key, names::config_key(key));
        size += decoded_len(value);
    }
    if size > MAX_SIZE {
        // Kubernetes points at the whole object with an empty field name.
        errors.too_long(&At::new(""), MAX_SIZE);
    }
}

/// The data of a Secret (`stringData` already merged into it).
pub(crate) fn secret(secret: &Value, errors: &mut Errors) {
    let empty = Map::new();
    let data = map(secret, "data").unwrap_or(&empty);
    let at = At::new("data");
    let mut size = 0;
    for (key, value) in data {
        errors.invalid_all(&at.key(key), key, names::config_key(key));
        size += decoded_len(value);
    }
    if size > MAX_SIZE {
        errors.too_long(&at, MAX_SIZE);
    }
    let mut need = |key: &str| {
        if !data.contains_key(key) {
            errors.required(&at.key(key), "");
        }
    };
    match text(secret, "type") {
        "kubernetes.io/service-account-token" => {
            const NAME: &str = "kubernetes.io/service-account.name";
            let named = object::annotations(secret).and_then(|all| all.get(NAME)?.as_str()).unwrap_or_default();
            if named.is_empty() {
                let at = At::new("metadata");
                errors.required(&at.child("annotations").key(NAME), "");
            }
        }
        "kubernetes.io/dockercfg" => docker_config(data, ".dockercfg", errors),
        "kubernetes.io/dockerconfigjson" => docker_config(data, ".dockerconfigjson", errors),
        "kubernetes.io/basic-auth" if !data.contains_key("username") && !data.contains_key("password") => {
            need("username");
            need("password");
        }
        "kubernetes.io/ssh-auth" if data.get("ssh-privatekey").is_none_or(|key| key == "") => {
            errors.required(&at.key("ssh-privatekey"), "");
        }
        "kubernetes.io/tls" => {
            need("tls.crt");
            need("tls.key");
        }
        _ => {}
    }
}

/// What may not change once `immutable` was set.
pub(crate) fn immutable(new: &Value, old: &Value, fields: &[&str], errors: &mut Errors) {
    const WHY: &str = "field is immutable when `immutable` is set";
    if flag(old, "immutable") != Some(true) {
        return;
    }
    if flag(new, "immutable") != Some(true) {
        errors.forbidden(&At::new("immutable"), WHY);
    }
    for field in fields {
        if !same_field(new, old, field) {
            errors.forbidden(&At::new(field), WHY);
        }
    }
}

/// The type of a Secret stays.
pub(crate) fn type_change(new: &Value, old: &Value, errors: &mut Errors) {
    super::meta::immutable(new, old, "type", &At::new("type"), errors);
}

/// Bytes behind a base64 text, without decoding it.
fn decoded_len(value: &Value) -> usize {
    let text = value.as_str().unwrap_or_default();
    let padding = text.bytes().rev().take_while(|byte| *byte == b'=').count();
    (text.len() / 4 * 3).saturating_sub(padding)
}

fn docker_config(data: &Map<String, Value>, key: &str, errors: &mut Errors) {
    let at = At::new("data");
    let Some(value) = data.get(key) else { return errors.required(&at.key(key), "") };
    let bytes = STANDARD.decode(value.as_str().unwrap_or_default()).unwrap_or_default();
    let why = match json::read(&bytes) {
        Ok(Value::Object(_) | Value::Null) => return,
        Ok(other) => {
            let found = match other {
                Value::Array(_) => "array",
                Value::String(_) => "string",
                Value::Bool(_) => "bool",
                _ => "number",
            };
            format!("json: cannot unmarshal {found} into Go value of type map[string]interface {{}}")
        }
        Err(why) => why,
    };
    errors.invalid(&at.key(key), "<secret contents redacted>", why);
}
