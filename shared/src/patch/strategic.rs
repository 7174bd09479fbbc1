//! Applying a strategic merge patch: lists whose type says so are merged by key, and directives (`$patch`,
//! `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`) say the rest.
//!
//! The rules are those of `k8s.io/apimachinery/pkg/util/strategicpatch`.

use serde_json::{Map, Value};

use super::PatchError;
use crate::schema::{Definition, Field, PatchStrategy};

pub(super) const PATCH: &str = "$patch";
pub(super) const RETAIN_KEYS: &str = "$retainKeys";
pub(super) const ORDER: &str = "$setElementOrder/";
pub(super) const DELETE_FROM: &str = "$deleteFromPrimitiveList/";

/// Applies `patch` to `value`, which is of type `def`.
///
/// # Errors
/// [`PatchError::Malformed`] for unknown directives and list elements without their key.
pub fn strategic(value: &mut Value, patch: &Value, def: &'static Definition) -> Result<(), PatchError> {
    let Value::Object(patch) = patch else {
        return Err(PatchError::Malformed("cannot unmarshal a patch that is no map".to_owned()));
    };
    merge_map(value, patch, Some(def))
}

/// How a field's list is merged: by which key of its elements, or as a set.
pub(super) struct ListRule {
    /// `None` for lists of scalars.
    pub key: Option<&'static str>,
    /// The type of its elements.
    pub item: Option<&'static Definition>,
}

/// The rule of a field that holds a merged list.
pub(super) fn list_rule(field: Option<&'static Field>) -> Option<ListRule> {
    let field = field?;
    let merged = matches!(field.patch_strategy, PatchStrategy::Merge | PatchStrategy::MergeRetainKeys);
    merged.then(|| ListRule { key: field.merge_key, item: field.ty.object() })
}

/// Whether a patch of this field, or of its elements, lists the keys that stay.
pub(super) fn retains_keys(field: Option<&'static Field>) -> bool {
    let strategy = field.map(|f| f.patch_strategy);
    matches!(strategy, Some(PatchStrategy::MergeRetainKeys | PatchStrategy::RetainKeys))
}

fn merge_map(
    value: &mut Value,
    patch: &Map<String, Value>,
    def: Option<&'static Definition>,
) -> Result<(), PatchError> {
    match patch.get(PATCH).and_then(Value::as_str) {
        Some("delete") => {
            *value = Value::Object(Map::new());
            return Ok(());
        }
        Some("replace") => {
            let mut whole = patch.clone();
            whole.remove(PATCH);
            *value = Value::Object(whole);
            return Ok(());
        }
        Some("merge") | None => {}
        Some(other) => return Err(PatchError::Malformed(format!("Unknown patch type found: {other}"))),
    }
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let Some(map) = value.as_object_mut() else { return Ok(()) };
    if let Some(keys) = patch.get(RETAIN_KEYS) {
        retain(map, keys)?;
    }
    for (key, change) in patch {
        if key == PATCH || key == RETAIN_KEYS || key.starts_with(ORDER) {
            continue;
        }
        if let Some(name) = key.strip_prefix(DELETE_FROM) {
            if let (Some(Value::Array(list)), Some(gone)) = (map.get_mut(name), change.as_array()) {
                list.retain(|item| !gone.contains(item));
            }
            continue;
        }
        let field = def.and_then(|d| d.field(key));
        match (change, list_rule(field)) {
            (Value::Null, _) => {
                map.remove(key);
            }
            (Value::Object(change), _) => {
                let child = map.entry(key.clone()).or_insert_with(|| Value::Object(Map::new()));
                merge_map(child, change, field.and_then(|f| f.ty.object()))?;
            }
            (Value::Array(change), Some(rule)) => {
                let old = match map.remove(key) {
                    Some(Value::Array(old)) => old,
                    _ => Vec::new(),
                };
                let list = merge_list(old, change, &rule)?;
                map.insert(key.clone(), Value::Array(list));
            }
            (change, _) => {
                map.insert(key.clone(), change.clone());
            }
        }
    }
    reorder(map, patch, def);
    Ok(())
}

fn retain(map: &mut Map<String, Value>, keys: &Value) -> Result<(), PatchError> {
    let malformed = || PatchError::Malformed("the $retainKeys directive must be a list of keys".to_owned());
    let keys: Vec<&str> = keys.as_array().ok_or_else(malformed)?.iter().filter_map(Value::as_str).collect();
    map.retain(|key, _| keys.contains(&key.as_str()));
    Ok(())
}

fn merge_list(old: Vec<Value>, patch: &[Value], rule: &ListRule) -> Result<Vec<Value>, PatchError> {
    let Some(key) = rule.key else {
        let mut all = old;
        for item in patch {
            if !all.contains(item) {
                all.push(item.clone());
            }
        }
        return Ok(all);
    };
    let directive = |item: &Value| item.get(PATCH).and_then(Value::as_str).unwrap_or_default().to_owned();
    // One element that says so replaces the list by the elements beside it.
    if patch.iter().any(|item| directive(item) == "replace") {
        return Ok(patch.iter().filter(|item| item.get(PATCH).is_none()).cloned().collect());
    }
    let server_order: Vec<Value> = old.iter().filter_map(|item| item.get(key)).cloned().collect();
    let mut all = old;
    let mut patched = Vec::new();
    for item in patch {
        let Some(id) = item.get(key) else {
            return Err(PatchError::Malformed(format!("map: {item} does not contain declared merge key: {key}")));
        };
        let at = all.iter().position(|known| known.get(key) == Some(id));
        match (directive(item).as_str(), at) {
            ("delete", _) => {
                all.retain(|known| known.get(key) != Some(id));
                continue;
            }
            ("" | "merge", Some(at)) => {
                if let Value::Object(change) = item {
                    merge_map(&mut all[at], change, rule.item)?;
                }
            }
            ("" | "merge", None) => all.push(without_directives(item)),
            (other, _) => return Err(PatchError::Malformed(format!("Unknown patch type found: {other}"))),
        }
        patched.push(id.clone());
    }
    Ok(sorted(all, &patched, &server_order, Some(key)))
}

/// A new element brings no directives into the object, and no nulls.
fn without_directives(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(key, value)| !key.starts_with('$') && !value.is_null())
            .map(|(key, value)| (key.clone(), without_directives(value)))
            .collect(),
        Value::Array(list) => list.iter().map(without_directives).collect(),
        other => other.clone(),
    }
}

/// Puts lists into the order that `$setElementOrder/…` states.
fn reorder(map: &mut Map<String, Value>, patch: &Map<String, Value>, def: Option<&'static Definition>) {
    for (directive, order) in patch {
        let Some(name) = directive.strip_prefix(ORDER) else { continue };
        let (Some(Value::Array(list)), Some(order)) = (map.get_mut(name), order.as_array()) else { continue };
        let key = list_rule(def.and_then(|d| d.field(name))).and_then(|rule| rule.key);
        let ids: Vec<Value> = order.iter().filter_map(|item| id_of(item, key)).cloned().collect();
        let server: Vec<Value> = list.iter().filter_map(|item| id_of(item, key)).cloned().collect();
        *list = sorted(std::mem::take(list), &ids, &server, key);
    }
}

fn id_of<'a>(item: &'a Value, key: Option<&str>) -> Option<&'a Value> {
    match key {
        Some(key) => item.get(key),
        None => Some(item),
    }
}

/// Elements named in `order` stand in that order; the others keep the server's, and go before an element that they
/// preceded there.
fn sorted(all: Vec<Value>, order: &[Value], server: &[Value], key: Option<&str>) -> Vec<Value> {
    let place = |item: &Value, order: &[Value]| {
        let id = id_of(item, key)?;
        order.iter().position(|known| known == id)
    };
    let (mut named, mut others): (Vec<Value>, Vec<Value>) =
        all.into_iter().partition(|item| place(item, order).is_some());
    named.sort_by_key(|item| place(item, order));
    others.sort_by_key(|item| place(item, server));
    let mut merged = Vec::with_capacity(named.len() + others.len());
    let (mut named, mut others) = (named.into_iter().peekable(), others.into_iter().peekable());
    while let (Some(mine), Some(theirs)) = (named.peek(), others.peek()) {
        let theirs_first = match (place(theirs, server), place(mine, server)) {
            (Some(theirs), Some(mine)) => theirs < mine,
            _ => false,
        };
        merged.extend(if theirs_first { others.next() } else { named.next() });
    }
    merged.extend(named);
    merged.extend(others);
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::for_kind;
    use serde_json::json;

    fn check(value: Value, patch: Value, expected: Value) {
        let mut found = value.clone();
        strategic(&mut found, &patch, for_kind("v1", "Pod").unwrap()).unwrap();
        assert_eq!(found, expected, "{value} with {patch}");
    }

    fn pod(containers: Value) -> Value {
        json!({"spec": {"containers": containers}})
    }

    #[test]
    fn lists_are_merged_by_key() {
        let two = || pod(json!([{"name": "a", "image": "1"}, {"name": "b", "image": "2"}]));
        check(
            two(),
            pod(json!([{"name": "b", "image": "3"}])),
            pod(json!([{"name": "a", "image": "1"}, {"name": "b", "image": "3"}])),
        );
        check(
            two(),
            pod(json!([{"name": "c", "image": "4"}])),
            pod(json!([{"name": "c", "image": "4"}, {"name": "a", "image": "1"}, {"name": "b", "image": "2"}])),
        );
        check(two(), pod(json!([{"name": "a", "$patch": "delete"}])), pod(json!([{"name": "b", "image": "2"}])));
        check(two(), pod(json!([{"name": "z"}, {"$patch": "replace"}])), pod(json!([{"name": "z"}])));
        check(
            two(),
            json!({"spec": {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}],
                "containers": [{"name": "a", "image": "9"}]}}),
            pod(json!([{"name": "b", "image": "2"}, {"name": "a", "image": "9"}])),
        );
        // Arguments are no merged list.
        check(
            pod(json!([{"name": "a", "args": ["1"]}])),
            pod(json!([{"name": "a", "args": ["2"]}])),
            pod(json!([{"name": "a", "args": ["2"]}])),
        );
    }

    #[test]
    fn maps_and_directives() {
        let labels = |map: Value| json!({"metadata": {"labels": map}});
        check(
            labels(json!({"a": "1", "b": "2"})),
            labels(json!({"a": null, "c": "3"})),
            labels(json!({"b": "2", "c": "3"})),
        );
        check(labels(json!({"a": "1"})), labels(json!({"$patch": "replace", "c": "3"})), labels(json!({"c": "3"})));
        check(labels(json!({"a": "1"})), labels(json!({"$patch": "delete"})), labels(json!({})));
        check(
            json!({"metadata": {"finalizers": ["a", "b"]}}),
            json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"], "finalizers": ["c"]}}),
            json!({"metadata": {"finalizers": ["b", "c"]}}),
        );
        let volume = |source: Value| json!({"spec": {"volumes": [source]}});
        check(
            volume(json!({"name": "v", "emptyDir": {}})),
            volume(json!({"name": "v", "$retainKeys": ["name", "hostPath"], "hostPath": {"path": "/x"}})),
            volume(json!({"name": "v", "hostPath": {"path": "/x"}})),
        );
    }

    #[test]
    fn what_is_refused() {
        let def = for_kind("v1", "Pod").unwrap();
        for patch in [json!([]), pod(json!([{"image": "x"}])), json!({"spec": {"$patch": "foo"}})] {
            assert!(strategic(&mut pod(json!([])), &patch, def).is_err(), "{patch}");
        }
    }
}
