//! Making strategic merge patches: of two versions, and of three as `kubectl apply` does.

use serde_json::{Map, Value, json};

use super::strategic::{DELETE_FROM, ORDER, PATCH, RETAIN_KEYS, list_rule, retains_keys};
use crate::schema::{Definition, Field};

/// The patch that takes `current` to `modified` where the two differ, and removes what `original` had and `modified`
/// has not (`CreateThreeWayMergePatch` with overwrite). What only `current` has stays.
pub fn three_way_strategic(original: &Value, modified: &Value, current: &Value, def: &'static Definition) -> Value {
    let empty = Map::new();
    let map = |value: &'_ Value| value.as_object().cloned().unwrap_or_else(|| empty.clone());
    let (original, modified, current) = (map(original), map(modified), map(current));
    let changes = diff_maps(&current, &modified, Some(def), Options { changes: true, deletions: false });
    let mut patch = diff_maps(&original, &modified, Some(def), Options { changes: false, deletions: true });
    combine(&mut patch, &changes, Some(def));
    Value::Object(patch)
}

/// The patch that takes `original` to `modified`.
pub fn two_way_strategic(original: &Value, modified: &Value, def: &'static Definition) -> Value {
    match (original, modified) {
        (Value::Object(original), Value::Object(modified)) => {
            Value::Object(diff_maps(original, modified, Some(def), Options { changes: true, deletions: true }))
        }
        _ => modified.clone(),
    }
}

/// Which differences are wanted.
#[derive(Clone, Copy)]
struct Options {
    /// Changes and additions.
    changes: bool,
    /// What is gone.
    deletions: bool,
}

type Object = Map<String, Value>;

fn diff_maps(old: &Object, new: &Object, def: Option<&'static Definition>, options: Options) -> Object {
    let mut patch = Object::new();
    for (key, value) in new {
        let field = def.and_then(|d| d.field(key));
        match (old.get(key), value) {
            (None, _) if options.changes => {
                patch.insert(key.clone(), value.clone());
            }
            (None, _) => {}
            (Some(Value::Object(old)), Value::Object(new)) => {
                let mut inner = diff_maps(old, new, field.and_then(|f| f.ty.object()), options);
                if retains_keys(field) {
                    state_retained(&mut inner, old, new);
                }
                if !inner.is_empty() {
                    patch.insert(key.clone(), Value::Object(inner));
                }
            }
            (Some(Value::Array(old)), Value::Array(new)) => diff_lists(key, old, new, field, options, &mut patch),
            (Some(old), new) if options.changes && old != new => {
                patch.insert(key.clone(), new.clone());
            }
            _ => {}
        }
    }
    if options.deletions {
        let gone = old.keys().filter(|key| !new.contains_key(*key));
        patch.extend(gone.map(|key| (key.clone(), Value::Null)));
    }
    patch
}

/// `$retainKeys`, where something changes: one of several keys replaces the others (a volume's source).
fn state_retained(patch: &mut Object, old: &Object, new: &Object) {
    if !patch.is_empty() || new.keys().any(|key| !old.contains_key(key)) {
        patch.insert(RETAIN_KEYS.to_owned(), new.keys().cloned().collect());
    }
}

fn diff_lists(
    name: &str,
    old: &[Value],
    new: &[Value],
    field: Option<&'static Field>,
    options: Options,
    patch: &mut Object,
) {
    let Some(rule) = list_rule(field) else {
        if options.changes && old != new {
            patch.insert(name.to_owned(), Value::Array(new.to_vec()));
        }
        return;
    };
    if old.is_empty() {
        if options.changes && !new.is_empty() {
            patch.insert(name.to_owned(), Value::Array(new.to_vec()));
        }
        return;
    }
    let order = [ORDER, name].concat();
    let Some(key) = rule.key else {
        let added: Vec<Value> = new.iter().filter(|item| !old.contains(item)).cloned().collect();
        let gone: Vec<Value> = old.iter().filter(|item| !new.contains(item)).cloned().collect();
        if !new.is_empty() && ((options.deletions && !gone.is_empty()) || (options.changes && old != new)) {
            patch.insert(order, Value::Array(new.to_vec()));
        }
        if options.changes && !added.is_empty() {
            patch.insert(name.to_owned(), Value::Array(added));
        }
        if options.deletions && !gone.is_empty() {
            patch.insert([DELETE_FROM, name].concat(), Value::Array(gone));
        }
        return;
    };
    let with_key = |list: &'_ [Value], id: &Value| list.iter().find(|item| item.get(key) == Some(id)).cloned();
    let mut changes = Vec::new();
    for item in new {
        let Some(id) = item.get(key) else { continue };
        match (with_key(old, id), item) {
            (Some(Value::Object(before)), Value::Object(after)) => {
                let mut inner = diff_maps(&before, after, rule.item, options);
                if retains_keys(field) {
                    state_retained_in_list(&mut inner, &before, after, options);
                }
                if !inner.is_empty() {
                    inner.insert(key.to_owned(), id.clone());
                    changes.push(Value::Object(inner));
                }
            }
            (None, item) if options.changes => changes.push(item.clone()),
            _ => {}
        }
    }
    if options.deletions {
        let gone = old.iter().filter_map(|item| item.get(key)).filter(|id| with_key(new, id).is_none());
        changes.extend(gone.map(|id| json!({key: id, PATCH: "delete"})));
    }
    let ids = |list: &[Value]| list.iter().filter_map(|item| item.get(key)).cloned().collect::<Vec<_>>();
    let reordered = ids(old) != ids(new);
    if !new.is_empty() && (!changes.is_empty() || (options.changes && reordered)) {
        patch.insert(order, ids(new).into_iter().map(|id| json!({key: id})).collect());
    }
    if !changes.is_empty() {
        patch.insert(name.to_owned(), Value::Array(changes));
    }
}

fn state_retained_in_list(patch: &mut Object, old: &Object, new: &Object, options: Options) {
    let added = options.changes && new.keys().any(|key| !old.contains_key(key));
    if !patch.is_empty() || added {
        patch.insert(RETAIN_KEYS.to_owned(), new.keys().cloned().collect());
    }
}

/// Adds the changes to a patch of deletions.
fn combine(patch: &mut Object, changes: &Object, def: Option<&'static Definition>) {
    for (key, change) in changes {
        let field = def.and_then(|d| d.field(key));
        match (patch.get_mut(key), change) {
            (Some(Value::Object(known)), Value::Object(change)) => {
                combine(known, change, field.and_then(|f| f.ty.object()));
            }
            (Some(Value::Array(known)), Value::Array(change)) => match list_rule(field) {
                Some(rule) => combine_lists(known, change, rule.key, rule.item),
                None => *known = change.clone(),
            },
            _ => {
                patch.insert(key.clone(), change.clone());
            }
        }
    }
    state_in_order(patch, def);
}

/// A patch's lists stand in the order that it states; deletions come last.
fn state_in_order(patch: &mut Object, def: Option<&'static Definition>) {
    let orders: Vec<String> = patch.keys().filter(|key| key.starts_with(ORDER)).cloned().collect();
    for directive in orders {
        let order = patch.get(&directive).and_then(Value::as_array).cloned().unwrap_or_default();
        let name = &directive[ORDER.len()..];
        let key = list_rule(def.and_then(|d| d.field(name))).and_then(|rule| rule.key);
        let id = |item: &Value| key.map_or(Some(item), |key| item.get(key)).cloned();
        if let Some(list) = patch.get_mut(name).and_then(Value::as_array_mut) {
            list.sort_by_key(|item| {
                let place = order.iter().position(|known| id(known) == id(item));
                (item.get(PATCH).is_some(), place.unwrap_or(usize::MAX))
            });
        }
    }
}

fn combine_lists(known: &mut Vec<Value>, changes: &[Value], key: Option<&str>, def: Option<&'static Definition>) {
    // What is changed comes first, what is deleted last.
    let deletions = std::mem::take(known);
    known.extend_from_slice(changes);
    for item in deletions {
        let id = key.and_then(|key| item.get(key));
        let same = known.iter_mut().find(|other| match (key, id) {
            (Some(key), Some(id)) => other.get(key) == Some(id),
            _ => **other == item,
        });
        match (same, item) {
            (Some(Value::Object(same)), Value::Object(item)) => {
                let mut both = item;
                combine(&mut both, same, def);
                *same = both;
            }
            (Some(_), _) => {}
            (None, item) => known.push(item),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::strategic;
    use super::*;
    use crate::schema::for_kind;

    fn pod(labels: Value, containers: Value) -> Value {
        json!({"metadata": {"labels": labels}, "spec": {"containers": containers}})
    }

    fn check(original: Value, modified: Value, current: Value, patch: Value) {
        let def = for_kind("v1", "Pod").unwrap();
        assert_eq!(three_way_strategic(&original, &modified, &current, def), patch);
    }

    #[test]
    fn apply() {
        let before = || pod(json!({"a": "1"}), json!([{"name": "x", "image": "1"}]));
        // The server's own fields are no difference.
        let live = || pod(json!({"a": "1"}), json!([{"name": "x", "image": "1", "imagePullPolicy": "Always"}]));
        check(before(), before(), live(), json!({}));
        check(
            before(),
            pod(json!({"b": "2"}), json!([{"name": "x", "image": "1"}])),
            live(),
            json!({"metadata": {"labels": {"a": null, "b": "2"}}}),
        );
        check(
            before(),
            pod(json!({"a": "1"}), json!([{"name": "x", "image": "2"}])),
            live(),
            json!({"spec": {"$setElementOrder/containers": [{"name": "x"}],
                "containers": [{"name": "x", "image": "2"}]}}),
        );
        check(
            before(),
            pod(json!({"a": "1"}), json!([{"name": "y", "image": "1"}])),
            live(),
            json!({"spec": {"$setElementOrder/containers": [{"name": "y"}],
                "containers": [{"name": "y", "image": "1"}, {"name": "x", "$patch": "delete"}]}}),
        );
    }

    #[test]
    fn a_patch_of_two_leads_from_one_to_the_other() {
        let def = for_kind("v1", "Pod").unwrap();
        let versions = [
            pod(json!({"a": "1", "b": "2"}), json!([{"name": "x", "image": "1", "args": ["a"]}, {"name": "y"}])),
            pod(json!({"b": "3"}), json!([{"name": "y", "image": "2"}, {"name": "z"}, {"name": "x"}])),
            pod(
                json!({}),
                json!([{"name": "x", "ports": [{"containerPort": 80}], "env": [{"name": "A", "value": "b"}]}]),
            ),
        ];
        for from in &versions {
            for to in &versions {
                let patch = two_way_strategic(from, to, def);
                let mut found = from.clone();
                strategic(&mut found, &patch, def).unwrap();
                assert_eq!(&found, to, "{from} by {patch}");
                assert_eq!(patch == json!({}), from == to);
            }
        }
    }

    #[test]
    fn a_volume_changes_its_source() {
        let def = for_kind("v1", "Pod").unwrap();
        let volume = |source: Value| json!({"spec": {"volumes": [source]}});
        let patch = two_way_strategic(
            &volume(json!({"name": "v", "emptyDir": {}})),
            &volume(json!({"name": "v", "hostPath": {"path": "/x"}})),
            def,
        );
        assert_eq!(patch["spec"]["volumes"][0]["$retainKeys"], json!(["hostPath", "name"]));
    }
}
