//! A stored object and its key.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, Weak};

use bytes::Bytes;
use serde_json::{Map, Value};
use shared::api::{Kind, object};

/// Where an object is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The sandbox.
    pub sandbox: String,
    /// The kind.
    pub kind: &'static Kind,
    /// The namespace; empty for cluster scope.
    pub namespace: String,
    /// The name.
    pub name: String,
}

/// An object at one revision. Cheap to clone; never changes.
///
/// The store keeps its JSON only. Whoever asks for the [`value`](Object::value) has it parsed, once for all who hold the
/// object at that time: a tree of values is several times as big as its text, and few objects are looked into.
#[derive(Clone)]
pub struct Object {
    stored: Arc<Stored>,
    value: Arc<OnceLock<Value>>,
}

/// What the store keeps.
pub(super) struct Stored {
    json: Bytes,
    revision: u64,
    /// Where in the JSON the digits of the revision begin.
    digits: usize,
    value: Mutex<Weak<OnceLock<Value>>>,
}

/// An object but for its revision: serialised before anything is locked.
pub(super) struct Draft {
    value: Value,
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl Draft {
    pub fn new(mut value: Value) -> Self {
        let metadata = object::metadata_mut(&mut value);
        metadata.map(|metadata| metadata.insert("resourceVersion".to_owned(), "".into()));
        let (head, tail) = split(&value);
        Self { value, head, tail }
    }

    /// The object as of a revision, which is written into its metadata.
    pub fn at(mut self, revision: u64) -> Object {
        let text = revision.to_string();
        let digits = self.head.len();
        // A text of its own, of just its size: that of the draft has grown by doubling, and thousands are kept.
        let json = [&self.head, text.as_bytes(), &self.tail].concat();
        if let Some(metadata) = object::metadata_mut(&mut self.value) {
            metadata.insert("resourceVersion".to_owned(), text.into());
        }
        let value = Arc::new(OnceLock::from(self.value));
        let stored = Stored { json: json.into(), revision, digits, value: Mutex::new(Arc::downgrade(&value)) };
        Object { stored: Arc::new(stored), value }
    }
}

/// The object's text before and after the digits of its revision.
fn split(value: &Value) -> (Vec<u8>, Vec<u8>) {
    let (mut head, mut tail) = (Vec::with_capacity(4096), Vec::new());
    let empty = Map::new();
    head.push(b'{');
    for (at, (name, field)) in value.as_object().unwrap_or(&empty).iter().enumerate() {
        let out = if tail.is_empty() { &mut head } else { &mut tail };
        write_name(out, at, name);
        if name != "metadata" {
            write(out, field);
            continue;
        }
        head.push(b'{');
        for (at, (name, field)) in field.as_object().unwrap_or(&empty).iter().enumerate() {
            let out = if tail.is_empty() { &mut head } else { &mut tail };
            write_name(out, at, name);
            match name.as_str() {
                "resourceVersion" => {
                    head.push(b'"');
                    tail.push(b'"');
                }
                _ => write(out, field),
            }
        }
        let out = if tail.is_empty() { &mut head } else { &mut tail };
        out.push(b'}');
    }
    let out = if tail.is_empty() { &mut head } else { &mut tail };
    out.push(b'}');
    (head, tail)
}

fn write_name(out: &mut Vec<u8>, at: usize, name: &str) {
    if at > 0 {
        out.push(b',');
    }
    write(out, name);
    out.push(b':');
}

fn write<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    // Writing JSON values into memory cannot fail.
    let _ = serde_json::to_writer(out, value);
}

impl Object {
    /// An object as it would be: the answer to a dry run.
    pub fn unstored(value: Value) -> Self {
        let json = Bytes::from(value.to_string());
        let value = Arc::new(OnceLock::from(value));
        Self { stored: Arc::new(Stored { json, revision: 0, digits: 0, value: Mutex::default() }), value }
    }

    /// The object, read back from its JSON text.
    pub(super) fn read(json: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(json).ok()?;
        let revision = object::resource_version(&value).parse().ok()?;
        Some(Draft::new(value).at(revision))
    }

    /// What the store keeps of it.
    pub(super) fn stored(&self) -> Arc<Stored> {
        self.stored.clone()
    }

    /// The object.
    pub fn value(&self) -> &Value {
        self.value.get_or_init(|| serde_json::from_slice(&self.stored.json).unwrap_or_default())
    }

    /// Its revision.
    pub fn revision(&self) -> u64 {
        self.stored.revision
    }

    /// Its JSON text, written once.
    pub fn json(&self) -> Bytes {
        self.stored.json.clone()
    }

    /// The same object, without a hold on its parsed value: for whoever keeps many.
    #[must_use]
    pub fn unparsed(&self) -> Self {
        self.stored.apart()
    }

    /// The same object, with the value that others have parsed, where there are any.
    #[must_use]
    pub fn shared(&self) -> Self {
        self.stored.object()
    }
}

impl Stored {
    /// The object, with the value that others have parsed, where there are any.
    pub fn object(self: &Arc<Self>) -> Object {
        let mut shared = self.value.lock().unwrap_or_else(|e| e.into_inner());
        let value = shared.upgrade().unwrap_or_else(|| {
            let fresh = Arc::new(OnceLock::new());
            *shared = Arc::downgrade(&fresh);
            fresh
        });
        Object { stored: self.clone(), value }
    }

    /// The object, whose value is its holder's alone.
    pub fn apart(self: &Arc<Self>) -> Object {
        Object { stored: self.clone(), value: Arc::default() }
    }

    pub fn revision(&self) -> u64 {
        self.revision
    }

    pub fn json(&self) -> &Bytes {
        &self.json
    }

    /// The same object at another revision: as the one of its removal.
    pub fn at(&self, revision: u64) -> Arc<Self> {
        let end = self.digits + self.revision.to_string().len();
        let mut json = Vec::with_capacity(self.json.len() + 4);
        json.extend_from_slice(&self.json[..self.digits]);
        json.extend_from_slice(revision.to_string().as_bytes());
        json.extend_from_slice(&self.json[end..]);
        Arc::new(Self { json: json.into(), revision, digits: self.digits, value: Mutex::default() })
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.stored.revision == other.stored.revision && self.stored.json == other.stored.json
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.stored.json))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_the_value_with_its_revision() {
        for value in [
            json!({"kind": "X", "metadata": {"name": "a", "uid": "u"}, "spec": {"metadata": {"resourceVersion": "7"}}}),
            json!({"data": {"metadata": "\"resourceVersion\":\"\""}, "metadata": {}}),
            json!({"a": 1}),
        ] {
            let object = Draft::new(value).at(42);
            assert_eq!(serde_json::from_slice::<Value>(&object.json()).unwrap(), *object.value());
            assert_eq!(object.value()["metadata"]["resourceVersion"], "42");
            let later = object.stored().at(1234).object();
            assert_eq!(later.value()["metadata"]["resourceVersion"], "1234");
            assert_eq!(Object::read(&later.json()), Some(later));
        }
    }

    #[test]
    fn a_value_is_parsed_once_for_all_who_hold_it_and_then_let_go() {
        let stored = Draft::new(json!({"metadata": {}})).at(1).stored();
        let (one, two) = (stored.object(), stored.object());
        assert!(std::ptr::eq(one.value(), two.value()));
        drop((one, two));
        assert_eq!(stored.value.lock().unwrap().strong_count(), 0);
    }
}
