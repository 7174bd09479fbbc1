//! Kubernetes' protobuf, as kubectl from 1.32 on sends it for what it makes by typed clients. Read only, and only the
//! kinds that kubectl sends so; answers are JSON, which every client takes.
//!
//! A frame is four bytes of magic, then `runtime.Unknown` with the type and the object's bytes. Field numbers are from
//! `k8s.io/api/*/generated.proto`.

mod typed;

use serde_json::{Map, Value, json};
use shared::api::Timestamp;

/// `k8s\0`
const MAGIC: [u8; 4] = *b"k8s\0";
/// How deep messages may be nested.
const DEPTH: usize = 24;

/// What a field holds.
enum Shape {
    Text,
    Bytes,
    Bool,
    Int,
    Time,
    Quantity,
    Message(&'static [Field]),
    Many(&'static Shape),
    Map(&'static Shape),
    /// A type of the schema, by its whole name.
    Typed(&'static str),
}

/// Number, name, shape.
type Field = (u32, &'static str, Shape);

use Shape::{Bool, Int, Many, Message, Quantity, Text, Time};

const OWNER: &[Field] = &[
    (1, "kind", Text),
    (3, "name", Text),
    (4, "uid", Text),
    (5, "apiVersion", Text),
    (6, "controller", Bool),
    (7, "blockOwnerDeletion", Bool),
];
const METADATA: &[Field] = &[
    (1, "name", Text),
    (2, "generateName", Text),
    (3, "namespace", Text),
    (5, "uid", Text),
    (6, "resourceVersion", Text),
    (7, "generation", Int),
    (8, "creationTimestamp", Time),
    (9, "deletionTimestamp", Time),
    (10, "deletionGracePeriodSeconds", Int),
    (11, "labels", Shape::Map(&Text)),
    (12, "annotations", Shape::Map(&Text)),
    (13, "ownerReferences", Many(&Message(OWNER))),
    (14, "finalizers", Many(&Text)),
];
const META: Field = (1, "metadata", Message(METADATA));
const CONFIG_MAP: &[Field] =
    &[META, (2, "data", Shape::Map(&Text)), (3, "binaryData", Shape::Map(&Shape::Bytes)), (4, "immutable", Bool)];
const SECRET: &[Field] = &[
    META,
    (2, "data", Shape::Map(&Shape::Bytes)),
    (3, "type", Text),
    (4, "stringData", Shape::Map(&Text)),
    (5, "immutable", Bool),
];
const NAMESPACE: &[Field] =
    &[META, (2, "spec", Message(&[(1, "finalizers", Many(&Text))])), (3, "status", Message(&[(1, "phase", Text)]))];
const LOCAL_REFERENCE: &[Field] = &[(1, "name", Text)];
const REFERENCE: &[Field] =
    &[(1, "kind", Text), (2, "namespace", Text), (3, "name", Text), (4, "uid", Text), (5, "apiVersion", Text)];
const SERVICE_ACCOUNT: &[Field] = &[
    META,
    (2, "secrets", Many(&Message(REFERENCE))),
    (3, "imagePullSecrets", Many(&Message(LOCAL_REFERENCE))),
    (4, "automountServiceAccountToken", Bool),
];
const RESOURCE_QUOTA: &[Field] =
    &[META, (2, "spec", Message(&[(1, "hard", Shape::Map(&Quantity)), (2, "scopes", Many(&Text))]))];
const PRIORITY_CLASS: &[Field] =
    &[META, (2, "value", Int), (3, "globalDefault", Bool), (4, "description", Text), (5, "preemptionPolicy", Text)];
const DELETE_OPTIONS: &[Field] = &[
    (1, "gracePeriodSeconds", Int),
    (2, "preconditions", Message(&[(1, "uid", Text), (2, "resourceVersion", Text)])),
    (3, "orphanDependents", Bool),
    (4, "propagationPolicy", Text),
    (5, "dryRun", Many(&Text)),
];
const EVICTION: &[Field] = &[META, (2, "deleteOptions", Message(DELETE_OPTIONS))];
const RESOURCE_ATTRIBUTES: &[Field] = &[
    (1, "namespace", Text),
    (2, "verb", Text),
    (3, "group", Text),
    (4, "version", Text),
    (5, "resource", Text),
    (6, "subresource", Text),
    (7, "name", Text),
];
const ACCESS_REVIEW: &[Field] = &[
    META,
    (
        2,
        "spec",
        Message(&[
            (1, "resourceAttributes", Message(RESOURCE_ATTRIBUTES)),
            (2, "nonResourceAttributes", Message(&[(1, "path", Text), (2, "verb", Text)])),
        ]),
    ),
];
const RULES_REVIEW: &[Field] = &[META, (2, "spec", Message(&[(1, "namespace", Text)]))];
const TOKEN_REQUEST: &[Field] = &[
    META,
    (
        2,
        "spec",
        Message(&[
            (1, "audiences", Many(&Text)),
            (
                3,
                "boundObjectRef",
                Message(&[(1, "kind", Text), (2, "apiVersion", Text), (3, "name", Text), (4, "uid", Text)]),
            ),
            (4, "expirationSeconds", Int),
        ]),
    ),
];
const SELF_REVIEW: &[Field] = &[META];
/// Its status is the server's.
const POD: &[Field] = &[META, (2, "spec", Shape::Typed("io.k8s.api.core.v1.PodSpec"))];

fn message(kind: &str) -> Option<&'static [Field]> {
    Some(match kind {
        "ConfigMap" => CONFIG_MAP,
        "Pod" => POD,
        "Secret" => SECRET,
        "Namespace" => NAMESPACE,
        "ServiceAccount" => SERVICE_ACCOUNT,
        "ResourceQuota" => RESOURCE_QUOTA,
        "PriorityClass" => PRIORITY_CLASS,
        "DeleteOptions" => DELETE_OPTIONS,
        "Eviction" => EVICTION,
        "SelfSubjectAccessReview" => ACCESS_REVIEW,
        "SelfSubjectRulesReview" => RULES_REVIEW,
        "TokenRequest" => TOKEN_REQUEST,
        "SelfSubjectReview" => SELF_REVIEW,
        _ => return None,
    })
}

/// A framed object as JSON.
pub fn decode(bytes: &[u8]) -> Result<Value, String> {
    let body = bytes.strip_prefix(&MAGIC).ok_or("the magic bytes are missing")?;
    let (mut version, mut kind, mut raw) = (String::new(), String::new(), &[][..]);
    for part in Parts(body) {
        match part? {
            (1, Wire::Bytes(meta)) => {
                for part in Parts(meta) {
                    match part? {
                        (1, Wire::Bytes(text)) => version = utf8(text)?,
                        (2, Wire::Bytes(text)) => kind = utf8(text)?,
                        _ => {}
                    }
                }
            }
            (2, Wire::Bytes(object)) => raw = object,
            _ => {}
        }
    }
    let fields = message(&kind).ok_or_else(|| format!("{version} {kind} is not read as protobuf here: send JSON"))?;
    let mut object = read(fields, raw, 0)?;
    object.insert("apiVersion".to_owned(), version.into());
    object.insert("kind".to_owned(), kind.into());
    Ok(object.into())
}

fn read(fields: &[Field], bytes: &[u8], depth: usize) -> Result<Map<String, Value>, String> {
    if depth > DEPTH {
        return Err("nested too deep".to_owned());
    }
    let mut object = Map::new();
    for part in Parts(bytes) {
        let (number, wire) = part?;
        // What is not known here is left out, as protobuf wants it.
        let Some((_, name, shape)) = fields.iter().find(|(n, ..)| *n == number) else { continue };
        match shape {
            Shape::Many(each) => {
                let value = value(each, wire, depth)?;
                push(&mut object, name, value);
            }
            Shape::Map(each) => {
                put(&mut object, name, entry(name, wire, |wire| value(each, wire, depth))?);
            }
            shape => {
                let value = value(shape, wire, depth)?;
                // Go writes unset texts and numbers of required fields as empty; to JSON they are not there.
                let unset =
                    value.is_null() || value == "" || value == 0 && *name != "gracePeriodSeconds" && *name != "value";
                if !unset {
                    object.insert((*name).to_owned(), value);
                }
            }
        }
    }
    Ok(object)
}

fn push(object: &mut Map<String, Value>, name: &str, value: Value) {
    if let Some(list) = object.entry(name).or_insert_with(|| json!([])).as_array_mut() {
        list.push(value);
    }
}

fn put(object: &mut Map<String, Value>, name: &str, (key, value): (String, Value)) {
    if let Some(map) = object.entry(name).or_insert_with(|| json!({})).as_object_mut() {
        map.insert(key, value);
    }
}

/// A map's entry.
fn entry(
    name: &str,
    wire: Wire<'_>,
    each: impl Fn(Wire<'_>) -> Result<Value, String>,
) -> Result<(String, Value), String> {
    let Wire::Bytes(entry) = wire else { return Err(format!("{name} is no map")) };
    let (mut key, mut found) = (String::new(), None);
    for part in Parts(entry) {
        match part? {
            (1, Wire::Bytes(text)) => key = utf8(text)?,
            (2, wire) => found = Some(each(wire)?),
            _ => {}
        }
    }
    // A missing value is the shape's empty one.
    Ok((key, found.map_or_else(|| each(Wire::Bytes(&[])), Ok)?))
}

fn value(shape: &Shape, wire: Wire<'_>, depth: usize) -> Result<Value, String> {
    Ok(match (shape, wire) {
        (Shape::Text, Wire::Bytes(bytes)) => utf8(bytes)?.into(),
        (Shape::Bytes, Wire::Bytes(bytes)) => {
            use base64::Engine;
            base64::engine::general_purpose::STANDARD.encode(bytes).into()
        }
        (Shape::Bool, Wire::Number(n)) => (n != 0).into(),
        (Shape::Int, Wire::Number(n)) => n.cast_signed().into(),
        (Shape::Time, Wire::Bytes(bytes)) => time(bytes)?,
        (Shape::Quantity, Wire::Bytes(bytes)) => {
            read(&[(1, "string", Text)], bytes, depth + 1)?.remove("string").unwrap_or_else(|| "0".into())
        }
        (Shape::Typed(name), Wire::Bytes(bytes)) => typed::read(name, bytes, depth + 1)?,
        (Shape::Message(fields), Wire::Bytes(bytes)) => read(fields, bytes, depth + 1)?.into(),
        _ => return Err("a field has the wrong wire type".to_owned()),
    })
}

/// Seconds and nanoseconds; the empty message is no time at all.
fn time(bytes: &[u8]) -> Result<Value, String> {
    let mut seconds = None;
    for part in Parts(bytes) {
        if let (1, Wire::Number(n)) = part? {
            seconds = Some(n.cast_signed());
        }
    }
    Ok(seconds.map_or(Value::Null, |s| Timestamp::from_seconds(s.clamp(-1 << 40, 1 << 40)).to_string().into()))
}

fn utf8(bytes: &[u8]) -> Result<String, String> {
    String::from_utf8(bytes.to_vec()).map_err(|_| "a text is not UTF-8".to_owned())
}

#[derive(Clone, Copy)]
enum Wire<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message, in order.
struct Parts<'a>(&'a [u8]);

impl<'a> Parts<'a> {
    fn varint(&mut self) -> Result<u64, String> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first().ok_or("a number is cut off")?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err("a number is too long".to_owned())
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], String> {
        let length = usize::try_from(length).map_err(|_| "a length is too large")?;
        let (head, rest) = self.0.split_at_checked(length).ok_or("a field is cut off")?;
        self.0 = rest;
        Ok(head)
    }

    fn part(&mut self) -> Result<(u32, Wire<'a>), String> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).map_err(|_| "a field number is too large")?;
        Ok((
            number,
            match tag & 7 {
                0 => Wire::Number(self.varint()?),
                1 => Wire::Bytes(self.take(8)?),
                2 => {
                    let length = self.varint()?;
                    Wire::Bytes(self.take(length)?)
                }
                5 => Wire::Bytes(self.take(4)?),
                other => return Err(format!("wire type {other} is unknown")),
            },
        ))
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Result<(u32, Wire<'a>), String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let part = self.part();
        if part.is_err() {
            self.0 = &[];
        }
        Some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Measured with kubectl 1.33: `create configmap cm1 --from-literal a=b`.
    const CONFIG_MAP: &str = "6b387300 0a0f 0a02 7631 1209 436f6e6669674d6170 121d 0a13 0a03 636d31 1200 1a00 2200 2a00 3200 3800 4200 1206 0a01 61 1201 62 1a00 2200";

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u32> = hex.chars().filter_map(|c| c.to_digit(16)).collect();
        digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
    }

    #[test]
    fn a_config_map_as_kubectl_sends_it() {
        let frame = bytes(CONFIG_MAP);
        let expected =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cm1"}, "data": {"a": "b"}});
        assert_eq!(decode(&frame), Ok(expected));
    }

    #[test]
    fn broken_frames_are_errors() {
        let cases: [(&[u8], &str); 5] = [
            (b"", "the magic bytes are missing"),
            (b"{}", "the magic bytes are missing"),
            (b"k8s\0\x0a\xff", "a number is cut off"),
            (b"k8s\0\x0a\x05v", "a field is cut off"),
            (b"k8s\0\x0a\x06\x12\x04Node", " Node is not read as protobuf here: send JSON"),
        ];
        for (frame, error) in cases {
            assert_eq!(decode(frame), Err(error.to_owned()), "{frame:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_frame_panics(changes in proptest::collection::vec((proptest::num::usize::ANY, proptest::num::u8::ANY), 1..6), cut in proptest::num::usize::ANY) {
            let mut frame = bytes(CONFIG_MAP);
            for (at, byte) in changes {
                let at = 4 + at % (frame.len() - 4);
                frame[at] = byte;
            }
            let _ = decode(&frame);
            frame.truncate(4 + cut % (frame.len() - 4));
            let _ = decode(&frame);
        }
    }
}
