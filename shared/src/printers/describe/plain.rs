//! Kinds with little to say, and every kind that has no screen of its own.

use base64::Engine;
use serde_json::Value;

use super::super::table::{int_at, str_at};
use super::events;
use super::writer::Writer;
use crate::api::{Timestamp, object};

fn map_of<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = (&'a String, &'a str)> {
    let map = value.get(field).and_then(Value::as_object);
    map.into_iter().flatten().map(|(key, value)| (key, value.as_str().unwrap_or_default()))
}

fn bytes_of(text: &str) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default()
}

/// A ConfigMap.
pub fn config_map(map: &Value, events: Option<&[Value]>, now: Timestamp) -> String {
    let mut w = Writer::default();
    w.name(map, true);
    w.metadata(map);
    w.line(0, "\nData\n====");
    for (key, text) in map_of(map, "data") {
        w.line(0, format!("{key}:\n----\n{text}\n"));
    }
    w.line(0, "\nBinaryData\n====");
    for (key, text) in map_of(map, "binaryData") {
        w.line(0, format!("{key}: {} bytes", bytes_of(text).len()));
    }
    w.line(0, "");
    events::write(&mut w, events, now);
    w.finish()
}

/// A Secret: sizes only, but for a service account's token.
pub fn secret(secret: &Value) -> String {
    let mut w = Writer::default();
    w.name(secret, true);
    w.metadata(secret);
    let ty = str_at(secret, "/type");
    w.line(0, format!("\nType:\t{ty}\n\nData\n===="));
    for (key, text) in map_of(secret, "data") {
        let bytes = bytes_of(text);
        match (key.as_str(), ty) {
            ("token", "kubernetes.io/service-account-token") => w.field(0, key, String::from_utf8_lossy(&bytes)),
            _ => w.field(0, key, format!("{} bytes", bytes.len())),
        }
    }
    w.finish()
}

/// A ServiceAccount.
pub fn service_account(account: &Value, events: Option<&[Value]>, now: Timestamp) -> String {
    let mut w = Writer::default();
    w.name(account, true);
    w.metadata(account);
    let names = object::list(account, "/imagePullSecrets").iter().map(|s| str_at(s, "/name").to_owned());
    w.column("Image pull secrets", names.collect());
    events::write(&mut w, events, now);
    w.finish()
}

/// A PriorityClass.
pub fn priority_class(class: &Value, events: Option<&[Value]>, now: Timestamp) -> String {
    let mut w = Writer::default();
    w.field(0, "Name", object::name(class));
    w.field(0, "Value", int_at(class, "/value").to_string());
    w.field(0, "GlobalDefault", (class["globalDefault"] == true).to_string());
    w.field(0, "PreemptionPolicy", str_at(class, "/preemptionPolicy"));
    w.field(0, "Description", str_at(class, "/description"));
    w.annotations(class);
    events::write(&mut w, events, now);
    w.finish()
}

/// Any other kind: its fields, with readable titles.
pub fn other(value: &Value, events: Option<&[Value]>, now: Timestamp) -> String {
    let mut w = Writer::default();
    w.name(value, true);
    w.metadata(value);
    fields(&mut w, value, "", 0);
    events::write(&mut w, events, now);
    w.finish()
}

const SHOWN_ALREADY: [&str; 5] =
    [".metadata.annotations", ".metadata.labels", ".metadata.managedFields", ".metadata.name", ".metadata.namespace"];

fn fields(w: &mut Writer, value: &Value, path: &str, level: usize) {
    for (field, value) in value.as_object().into_iter().flatten() {
        let path = [path, ".", field].concat();
        if SHOWN_ALREADY.contains(&path.as_str()) {
            continue;
        }
        let title = title(field);
        match value {
            Value::Object(_) => {
                w.line(level, [&title, ":"].concat());
                fields(w, value, &path, level + 1);
            }
            Value::Array(items) => {
                w.line(level, [&title, ":"].concat());
                for item in items {
                    match item {
                        Value::Object(_) => fields(w, item, &path, level + 1),
                        item => w.line(level + 1, scalar(item)),
                    }
                }
            }
            value => w.field(level, &title, scalar(value)),
        }
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// `creationTimestamp` becomes `Creation Timestamp`, `uid` becomes `UID`; a name with other characters stays.
fn title(field: &str) -> String {
    if field.contains(|c: char| !c.is_alphabetic() && c != '-') {
        return field.to_owned();
    }
    let characters: Vec<char> = field.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (at, c) in characters.iter().enumerate() {
        // A capital starts a word after a small letter, or before one (`APIVersion`).
        let after_small = at > 0 && characters[at - 1].is_lowercase();
        let before_small = characters.get(at + 1).is_some_and(|c| c.is_lowercase());
        if at == 0 || (c.is_uppercase() && (after_small || before_small)) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(*c);
        }
    }
    let word = |word: String| match word.to_uppercase() {
        upper if ["API", "URL", "UID", "OSB", "GUID"].contains(&upper.as_str()) => upper,
        upper => upper.chars().take(1).chain(word.chars().skip(1)).collect(),
    };
    words.into_iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles() {
        for (field, expected) in [
            ("creationTimestamp", "Creation Timestamp"),
            ("apiVersion", "API Version"),
            ("uid", "UID"),
            ("holderIdentity", "Holder Identity"),
            ("a.b/c", "a.b/c"),
            ("podIPs", "Pod I Ps"),
        ] {
            assert_eq!(title(field), expected);
        }
    }
}
