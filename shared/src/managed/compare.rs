//! Which fields an object has, and which differ between two (`structured-merge-diff/typed`).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::set::Set;
use super::shape::Shape;

/// How a new value differs from an old one.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Only the new one has them.
    pub added: Set,
    /// Both have them, differently.
    pub modified: Set,
    /// Only the old one has them.
    pub removed: Set,
}

impl Comparison {
    fn put(&mut self, step: &str, below: Self) {
        self.added.put(step.to_owned(), below.added);
        self.modified.put(step.to_owned(), below.modified);
        self.removed.put(step.to_owned(), below.removed);
    }

    /// Whether there is no difference.
    pub fn is_same(&self) -> bool {
        self.added.is_empty() && self.modified.is_empty() && self.removed.is_empty()
    }
}

/// How `new` differs from `old`.
pub fn compare(shape: Shape, old: Option<&Value>, new: Option<&Value>) -> Comparison {
    let mut found = Comparison::default();
    if old == new {
        return found;
    }
    let inner = match shape {
        Shape::Leaf => None,
        Shape::Fields(_) | Shape::Entries(_) => maps(shape, old, new),
        Shape::Keyed(..) | Shape::Values => lists(shape, old, new),
    };
    match inner {
        Some(inner) => {
            found = inner;
            found.added.member = old.is_none();
            found.removed.member = new.is_none();
        }
        None => match (old, new) {
            (None, _) => found.added.member = true,
            (_, None) => found.removed.member = true,
            _ => found.modified.member = true,
        },
    }
    found
}

fn maps(shape: Shape, old: Option<&Value>, new: Option<&Value>) -> Option<Comparison> {
    let (old, new) = (fields(old)?, fields(new)?);
    let names: BTreeSet<&String> = old.into_iter().chain(new).flat_map(Map::keys).collect();
    let mut found = Comparison::default();
    for name in names {
        let (before, after) = (old.and_then(|m| m.get(name)), new.and_then(|m| m.get(name)));
        let below = compare(shape.child(name), before, after);
        // Mostly nothing has changed there.
        if !below.is_same() {
            found.put(&format!("f:{name}"), below);
        }
    }
    Some(found)
}

/// The fields of a map; null has none. `None` for what is no map.
fn fields(value: Option<&Value>) -> Option<Option<&Map<String, Value>>> {
    match value {
        None | Some(Value::Null) => Some(None),
        Some(value) => value.as_object().map(Some),
    }
}

fn lists(shape: Shape, old: Option<&Value>, new: Option<&Value>) -> Option<Comparison> {
    let (old, new) = (elements(old)?, elements(new)?);
    let (old_steps, new_steps) = (shape.steps(old).ok()?, shape.steps(new).ok()?);
    let mut found = Comparison::default();
    for (at, step) in new_steps.iter().enumerate() {
        let before = old_steps.iter().position(|s| s == step).map(|at| &old[at]);
        found.put(step, compare(shape.element(), before, Some(&new[at])));
    }
    for (at, step) in old_steps.iter().enumerate().filter(|(_, step)| !new_steps.contains(step)) {
        found.put(step, compare(shape.element(), Some(&old[at]), None));
    }
    Some(found)
}

fn elements(value: Option<&Value>) -> Option<&[Value]> {
    match value {
        None | Some(Value::Null) => Some(&[]),
        Some(value) => value.as_array().map(Vec::as_slice),
    }
}

/// The fields that an applied object states.
///
/// # Errors
/// What cannot be seen as fields, each with its path.
pub fn stated(shape: Shape, value: &Value) -> Result<Set, Vec<String>> {
    let mut errors = Vec::new();
    let set = state(shape, value, "", &mut errors);
    if errors.is_empty() { Ok(set) } else { Err(errors) }
}

fn state(shape: Shape, value: &Value, path: &str, errors: &mut Vec<String>) -> Set {
    let mut set = Set::default();
    match (shape, value) {
        (Shape::Fields(_) | Shape::Entries(_), Value::Object(fields)) => {
            for (name, value) in fields {
                let path = format!("{path}.{name}");
                if let Shape::Fields(definition) = shape
                    && definition.field(name).is_none()
                {
                    errors.push(format!("{path}: field not declared in schema"));
                    continue;
                }
                let mut below = state(shape.child(name), value, &path, errors);
                // An empty map is stated itself: nothing in it could be.
                below.member |= value.is_null() || value.as_object().is_some_and(Map::is_empty);
                set.put(format!("f:{name}"), below);
            }
        }
        (Shape::Keyed(..) | Shape::Values, Value::Array(list)) => match shape.steps(list) {
            Ok(steps) => {
                for (element, step) in list.iter().zip(steps) {
                    let path = format!("{path}{}", super::set::shown(&step));
                    let mut below = state(shape.element(), element, &path, errors);
                    below.member = true;
                    set.put(step, below);
                }
            }
            Err(why) => errors.push(format!("{path}{why}")),
        },
        // Null states nothing of a list or map.
        (Shape::Leaf, _) | (_, Value::Object(_) | Value::Array(_)) => set.member = true,
        _ => {}
    }
    set
}
