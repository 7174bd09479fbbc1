//! A stored object and its key.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
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
#[derive(Clone, Debug, PartialEq)]
pub struct Object(Arc<Inner>);

#[derive(Debug, PartialEq)]
struct Inner {
    value: Value,
    revision: u64,
    json: Bytes,
}

impl Object {
    /// The object as of `revision`, which is written into its metadata.
    pub(super) fn new(mut value: Value, revision: u64) -> Self {
        if let Some(metadata) = object::metadata_mut(&mut value) {
            metadata.insert("resourceVersion".to_owned(), revision.to_string().into());
        }
        let json = Bytes::from(value.to_string());
        Self(Arc::new(Inner { value, revision, json }))
    }

    /// An object as it would be: the answer to a dry run.
    pub fn unstored(value: Value) -> Self {
        let json = Bytes::from(value.to_string());
        Self(Arc::new(Inner { value, revision: 0, json }))
    }

    /// The object, read back from its JSON text.
    pub(super) fn read(json: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(json).ok()?;
        let revision = object::resource_version(&value).parse().ok()?;
        Some(Self(Arc::new(Inner { value, revision, json: Bytes::copy_from_slice(json) })))
    }

    /// The object.
    pub fn value(&self) -> &Value {
        &self.0.value
    }

    /// Its revision.
    pub fn revision(&self) -> u64 {
        self.0.revision
    }

    /// Its JSON text, written once.
    pub fn json(&self) -> Bytes {
        self.0.json.clone()
    }
}
