//! Sets of fields of an object, and their form in `fieldsV1`
//! (`sigs.k8s.io/structured-merge-diff/fieldpath`).

use std::collections::BTreeMap;

use crate::api::json;
use serde_json::{Map, Value};

/// A set of fields, as the tree of their paths. A step is in its written form: `f:name` a field, `k:{"name":"web"}` an
/// element by its keys, `v:"x"` an element by its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    /// Whether what the path to here leads to is itself in the set.
    pub member: bool,
    /// What is further down; no child is empty.
    pub children: BTreeMap<String, Set>,
}

impl Set {
    /// The set of nothing but where it stands.
    pub fn here() -> Self {
        Self { member: true, children: BTreeMap::new() }
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        !self.member && self.children.is_empty()
    }

    /// Adds what is under a step.
    pub fn put(&mut self, step: String, below: Self) {
        if !below.is_empty() {
            self.children.insert(step, below);
        }
    }

    /// What is in one of them.
    #[must_use]
    pub fn union(mut self, other: Self) -> Self {
        if self.is_empty() {
            return other;
        }
        self.member |= other.member;
        for (step, theirs) in other.children {
            let ours = self.children.entry(step).or_default();
            *ours = std::mem::take(ours).union(theirs);
        }
        self
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut both = Self { member: self.member && other.member, children: BTreeMap::new() };
        for (step, ours) in &self.children {
            if let Some(theirs) = other.children.get(step) {
                both.put(step.clone(), ours.intersection(theirs));
            }
        }
        both
    }

    /// What is in this one only.
    #[must_use]
    pub fn difference(mut self, other: &Self) -> Self {
        self.remove(other);
        self
    }

    /// Takes out what is in the other one.
    pub fn remove(&mut self, other: &Self) {
        self.member &= !other.member;
        for (step, theirs) in &other.children {
            let Some(ours) = self.children.get_mut(step) else { continue };
            ours.remove(theirs);
            if ours.is_empty() {
                self.children.remove(step);
            }
        }
    }

    /// Every path, as a message writes it: `.spec.containers[name="web"].image`.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.collect("", &mut paths);
        paths
    }

    fn collect(&self, prefix: &str, paths: &mut Vec<String>) {
        for (step, below) in &self.children {
            let path = format!("{prefix}{}", shown(step));
            if below.member {
                paths.push(path.clone());
            }
            below.collect(&path, paths);
        }
    }

    /// As `fieldsV1`.
    pub fn to_value(&self) -> Value {
        let mut fields = Map::new();
        if self.member && !self.children.is_empty() {
            fields.insert(".".to_owned(), Value::Object(Map::new()));
        }
        for (step, below) in &self.children {
            fields.insert(step.clone(), below.to_value());
        }
        Value::Object(fields)
    }

    /// Reads `fieldsV1`; `None` for what is none.
    pub fn read(value: &Value) -> Option<Self> {
        Self::read_below(value, 0).map(|set| Self { member: false, ..set })
    }

    fn read_below(value: &Value, depth: usize) -> Option<Self> {
        // Deeper than any object may be nested.
        if depth > 128 {
            return None;
        }
        let fields = value.as_object()?;
        let mut set = Self { member: fields.is_empty(), children: BTreeMap::new() };
        for (step, below) in fields {
            match step.as_str() {
                "." => set.member = true,
                step => {
                    let step = canonical(step)?;
                    set.put(step, Self::read_below(below, depth + 1)?);
                }
            }
        }
        Some(set)
    }
}

/// A step in the one form that is compared: keys sorted, no spaces.
fn canonical(step: &str) -> Option<String> {
    let (kind, rest) = step.split_once(':')?;
    match kind {
        "f" => Some(step.to_owned()),
        "k" | "v" => Some(format!("{kind}:{}", json::read(rest.as_bytes()).ok()?)),
        "i" => rest.parse::<i64>().ok().map(|_| step.to_owned()),
        _ => None,
    }
}

/// A step as a message writes it.
pub fn shown(step: &str) -> String {
    let (kind, rest) = step.split_once(':').unwrap_or(("f", step));
    match kind {
        "f" => format!(".{rest}"),
        "v" => format!("[={rest}]"),
        "k" => {
            let keys = json::read(rest.as_bytes()).unwrap_or_default();
            let keys: Vec<String> =
                keys.as_object().into_iter().flatten().map(|(key, value)| format!("{key}={value}")).collect();
            format!("[{}]", keys.join(","))
        }
        _ => format!("[{rest}]"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sets_are_written_and_read_and_combined() {
        let text = json!({
            "f:metadata": {"f:labels": {".": {}, "f:run": {}}},
            "f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {".": {}, "f:image": {}, "f:ports": {
                "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {},
            }}}, "f:finalizers": {"v:\"a\"": {}}},
        });
        let set = Set::read(&text).unwrap();
        assert_eq!(set.to_value(), text);
        assert_eq!(
            set.paths(),
            [
                ".metadata.labels",
                ".metadata.labels.run",
                ".spec.containers[name=\"web\"]",
                ".spec.containers[name=\"web\"].image",
                ".spec.containers[name=\"web\"].ports[containerPort=80,protocol=\"TCP\"]",
                ".spec.finalizers[=\"a\"]",
            ]
        );
        let labels = Set::read(&json!({"f:metadata": {"f:labels": {"f:run": {}, "f:x": {}}}})).unwrap();
        assert_eq!(set.intersection(&labels).to_value(), json!({"f:metadata": {"f:labels": {"f:run": {}}}}));
        assert_eq!(labels.clone().difference(&set).to_value(), json!({"f:metadata": {"f:labels": {"f:x": {}}}}));
        assert_eq!(set.clone().difference(&set), Set::default());
        assert_eq!(labels.clone().difference(&set).union(labels.clone()), labels);
        for broken in [json!([]), json!({"f:a": 1}), json!({"x:a": {}}), json!({"k:{": {}}), json!({"a": {}})] {
            assert_eq!(Set::read(&broken), None, "{broken}");
        }
    }
}
