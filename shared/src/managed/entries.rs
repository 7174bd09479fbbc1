//! `metadata.managedFields`: who owns which fields, read and written.

use serde_json::{Map, Value, json};

use super::set::Set;
use crate::api::object;

/// How many entries of updates are kept apart; older ones become one (`capmanagers`).
const UPDATERS: usize = 10;
const ANCIENT: &str = "ancient-changes";

/// One owner.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The field manager's name.
    pub manager: String,
    /// Whether it applies; else it updates.
    pub applies: bool,
    /// The version it wrote in.
    pub version: String,
    /// The subresource it wrote to; empty for the object.
    pub subresource: String,
    /// When its set last changed; empty where unknown.
    pub time: String,
    /// What it owns.
    pub fields: Set,
}

impl Entry {
    /// Whether this is the same owner. An applier is the same in every version.
    pub fn is(&self, other: &Self) -> bool {
        self.manager == other.manager
            && self.applies == other.applies
            && self.subresource == other.subresource
            && (self.applies || self.version == other.version)
    }

    /// As a conflict names it: `"kubectl-edit" using v1`.
    pub fn shown(&self) -> String {
        let mut text = format!("{:?}", self.manager);
        if !self.subresource.is_empty() {
            text += &format!(" with subresource {:?}", self.subresource);
        }
        if !self.applies {
            text += &format!(" using {}", self.version);
        }
        text
    }
}

/// Reads an object's entries. `None` when there are none, or one cannot be read.
pub fn read(value: &Value) -> Option<Vec<Entry>> {
    let list = object::list(value, "/metadata/managedFields");
    if list.is_empty() {
        return None;
    }
    list.iter().map(entry).collect()
}

fn entry(value: &Value) -> Option<Entry> {
    let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let applies = match text("operation").as_str() {
        "Apply" => true,
        "Update" => false,
        _ => return None,
    };
    if !matches!(text("fieldsType").as_str(), "FieldsV1" | "") {
        return None;
    }
    let fields = match value.get("fieldsV1") {
        None | Some(Value::Null) => Set::default(),
        Some(fields) => Set::read(fields)?,
    };
    let (manager, version) = (text("manager"), text("apiVersion"));
    Some(Entry { manager, applies, version, subresource: text("subresource"), time: text("time"), fields })
}

/// Whether the object asks for its entries to be forgotten: one that is empty.
pub fn is_reset(value: &Value) -> bool {
    match object::list(value, "/metadata/managedFields") {
        [one] => one.as_object().is_some_and(Map::is_empty),
        _ => false,
    }
}

/// Writes an object's entries, in Kubernetes' order.
pub fn write(value: &mut Value, mut entries: Vec<Entry>) {
    entries.retain(|entry| !entry.fields.is_empty());
    cap(&mut entries);
    entries.sort_by(|a, b| {
        let key = |e: &Entry| (!e.applies, e.time.clone(), e.manager.clone(), e.version.clone(), e.subresource.clone());
        key(a).cmp(&key(b))
    });
    let Some(metadata) = object::metadata_mut(value) else { return };
    if entries.is_empty() {
        metadata.remove("managedFields");
        return;
    }
    let list = entries.into_iter().map(|entry| {
        let mut value = json!({
            "manager": entry.manager,
            "operation": if entry.applies { "Apply" } else { "Update" },
            "apiVersion": entry.version,
            "fieldsType": "FieldsV1",
            "fieldsV1": entry.fields.to_value(),
        });
        for (field, text) in [("time", entry.time), ("subresource", entry.subresource)] {
            if !text.is_empty() {
                value[field] = text.into();
            }
        }
        value
    });
    metadata.insert("managedFields".to_owned(), list.collect());
}

/// The oldest updates become one entry when there are too many.
fn cap(entries: &mut Vec<Entry>) {
    let updaters = entries.iter().filter(|e| !e.applies).count();
    if updaters <= UPDATERS {
        return;
    }
    entries.sort_by(|a, b| (a.applies, &a.time).cmp(&(b.applies, &b.time)));
    let old: Vec<Entry> = entries.drain(..updaters - UPDATERS + 1).collect();
    let Some(last) = old.last() else { return };
    let mut ancient = Entry {
        manager: ANCIENT.to_owned(),
        applies: false,
        version: last.version.clone(),
        subresource: String::new(),
        time: last.time.clone(),
        fields: Set::default(),
    };
    for entry in old {
        ancient.fields = ancient.fields.union(entry.fields);
    }
    entries.push(ancient);
}
