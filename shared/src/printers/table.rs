//! Server-side Tables (`meta.k8s.io/v1`): Kubernetes' columns and cells for every kind served.
//!
//! Column descriptions stay empty: kubectl shows none, and their sentences are not ours.

use serde_json::{Map, Value, json};

use super::{event, node, plain, pod};
use crate::api::{Kind, Timestamp, object};

/// What a row's `object` carries: the `includeObject` parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Include {
    /// Nothing.
    None,
    /// A `PartialObjectMetadata`; the default.
    #[default]
    Metadata,
    /// The whole object.
    Object,
}

impl Include {
    /// Reads the parameter; empty is the default. The error is the API server's word for it.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "" | "Metadata" => Ok(Self::Metadata),
            "None" => Ok(Self::None),
            "Object" => Ok(Self::Object),
            other => Err(format!("unrecognized includeObject value: '{other}'")),
        }
    }
}

/// A Table of `objects` in the order given (events are sorted as Kubernetes sorts them). `metadata` is empty but for
/// a single object's `resourceVersion`; a list's is the caller's to set.
pub fn table(kind: &Kind, objects: &[&Value], now: Timestamp, include: Include) -> Value {
    let layout = layout(kind);
    let mut objects = objects.to_vec();
    if kind.kind == "Event" {
        event::sort_events(&mut objects);
    }
    let rows: Vec<Value> = objects.iter().map(|o| row(&layout, o, now, include)).collect();
    let mut metadata = Map::new();
    if let [single] = objects.as_slice() {
        metadata.insert("resourceVersion".to_owned(), object::resource_version(single).into());
    }
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": layout.columns.iter().map(Column::definition).collect::<Vec<_>>(),
        "rows": rows,
    })
}

/// What fills a row's cells.
pub(super) type Cells = fn(&Value, Timestamp) -> Vec<Value>;

/// The columns of a kind, and what fills them.
pub(super) struct Layout {
    pub columns: &'static [Column],
    pub cells: Cells,
    pub conditions: fn(&Value) -> Option<Value>,
}

/// One column. Priority 1 shows with `-o wide` only.
pub(super) struct Column {
    pub name: &'static str,
    pub ty: &'static str,
    pub priority: u8,
}

impl Column {
    fn definition(&self) -> Value {
        let format = if self.name == "Name" { "name" } else { "" };
        json!({"name": self.name, "type": self.ty, "format": format, "description": "", "priority": self.priority})
    }
}

/// A column of texts.
pub(super) const fn text(name: &'static str) -> Column {
    Column { name, ty: "string", priority: 0 }
}

/// A column of texts for `-o wide`.
pub(super) const fn wide(name: &'static str) -> Column {
    Column { name, ty: "string", priority: 1 }
}

fn layout(kind: &Kind) -> Layout {
    match (kind.group, kind.kind) {
        ("", "Pod") => pod::LAYOUT,
        ("", "Node") => node::LAYOUT,
        ("", "Event") => event::LAYOUT,
        (group, name) => plain::layout(group, name),
    }
}

fn row(layout: &Layout, object: &Value, now: Timestamp, include: Include) -> Value {
    let mut row = Map::new();
    row.insert("cells".to_owned(), (layout.cells)(object, now).into());
    if let Some(conditions) = (layout.conditions)(object) {
        row.insert("conditions".to_owned(), conditions);
    }
    let carried = match include {
        Include::None => None,
        Include::Object => Some(object.clone()),
        Include::Metadata => Some(json!({
            "kind": "PartialObjectMetadata",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": object.get("metadata").cloned().unwrap_or_default(),
        })),
    };
    // kubectl decodes `object` always; Kubernetes sends null for None.
    row.insert("object".to_owned(), carried.unwrap_or_default());
    Value::Object(row)
}

/// No row is marked, whatever the object.
pub(super) fn no_conditions(_: &Value) -> Option<Value> {
    None
}

/// `metadata.creationTimestamp` as AGE.
pub(super) fn age(object: &Value, now: Timestamp) -> String {
    crate::api::time::age(object::creation_timestamp(object).and_then(Timestamp::parse), now)
}

/// The text at `pointer`; empty where there is none.
pub(super) fn str_at<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The number at `pointer`; zero where there is none.
pub(super) fn int_at(object: &Value, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

/// `text`, or `instead` where it is empty.
pub(super) fn or<'a>(text: &'a str, instead: &'a str) -> &'a str {
    if text.is_empty() { instead } else { text }
}
