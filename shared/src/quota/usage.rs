//! What one object uses of a quota.

use serde_json::Value;

use super::{Amounts, resources};
use crate::api::quantity::Format;
use crate::api::{Kind, Quantity};

/// What an object counts as.
pub fn usage(kind: &Kind, object: &Value) -> Amounts {
    let one = Quantity::new(1, Format::DecimalSi);
    let mut used = Amounts::from([(format!("count/{}", kind.qualified_plural()), one)]);
    if kind.kind != "Pod" {
        if kind.group.is_empty() {
            used.insert(kind.plural.to_owned(), one);
        }
        return used;
    }
    // A Pod that has ended occupies its name, and nothing else.
    if matches!(object.pointer("/status/phase").and_then(Value::as_str), Some("Succeeded" | "Failed")) {
        return used;
    }
    used.insert("pods".to_owned(), one);
    for (name, amount) in resources::of_pod(object, "requests") {
        if matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-") {
            used.insert(name.clone(), amount);
        }
        used.insert(format!("requests.{name}"), amount);
    }
    for (name, amount) in resources::of_pod(object, "limits") {
        used.insert(format!("limits.{name}"), amount);
    }
    used
}
