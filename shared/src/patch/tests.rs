//! What kubectl 1.33 made of the same patches (`kubectl patch --local`), and properties.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::schema::{Definition, for_kind};

fn pod_type() -> &'static Definition {
    for_kind("v1", "Pod").unwrap()
}

#[test]
fn strategic_patches_as_kubectl_applies_them() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("testdata/strategic.json")).unwrap();
    assert!(cases.len() > 20);
    for case in cases {
        let mut value = case["object"].clone();
        let found = strategic(&mut value, &case["patch"], pod_type()).map(|()| value);
        let expected = match case.get("error").and_then(Value::as_str) {
            Some(error) => Err(error.trim_start_matches("error: ").to_owned()),
            None => Ok(case["result"].clone()),
        };
        assert_eq!(
            found.map_err(|e| e.to_string().trim_end().to_owned()),
            expected,
            "{} with {}",
            case["object"],
            case["patch"]
        );
    }
}

#[test]
fn merge_patches() {
    for (before, patch, after) in [
        (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
        (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
        (json!({"a": [1]}), json!({"a": [2, null]}), json!({"a": [2, null]})),
        (json!({"a": 1}), json!({"b": {"c": null, "d": 1}}), json!({"a": 1, "b": {"d": 1}})),
        (json!([1]), json!({"a": 1}), json!({"a": 1})),
        (json!({"a": 1}), json!("x"), json!("x")),
    ] {
        let mut found = before.clone();
        merge(&mut found, &patch);
        assert_eq!(found, after, "{before} with {patch}");
    }
}

#[test]
fn three_way_json_patches() {
    for (original, modified, current, patch) in [
        (json!({}), json!({}), json!({"a": 1}), json!({})),
        (json!({"a": 1}), json!({}), json!({"a": 1, "b": 2}), json!({"a": null})),
        (json!({"a": 1}), json!({"a": 2}), json!({"a": 1}), json!({"a": 2})),
        (
            json!({"m": {"a": 1, "b": 1}}),
            json!({"m": {"b": 2}}),
            json!({"m": {"a": 1, "b": 1, "c": 1}}),
            json!({"m": {"a": null, "b": 2}}),
        ),
        (json!({"l": [1]}), json!({"l": [1, 2]}), json!({"l": [1]}), json!({"l": [1, 2]})),
    ] {
        assert_eq!(three_way_json_merge(&original, &modified, &current), patch, "{original} {modified} {current}");
    }
}

/// A map with some of these fields.
fn some_of(fields: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Map<String, Value>> {
    let fields: Vec<_> = fields.into_iter().map(|(name, value)| (Just(name), prop::option::of(value))).collect();
    fields
        .prop_map(|fields| fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
        .boxed()
}

/// A list of maps that differ in `key`.
fn keyed(
    key: &'static str,
    ids: &'static [&'static str],
    rest: BoxedStrategy<Map<String, Value>>,
) -> BoxedStrategy<Value> {
    let ids = prop::sample::subsequence(ids, 0..=ids.len()).prop_shuffle();
    (ids, prop::collection::vec(rest, 4..5))
        .prop_map(move |(ids, rest)| {
            let items = ids.into_iter().zip(rest).map(|(id, mut item)| {
                let id = id.parse::<i64>().map_or_else(|_| Value::from(id), Value::from);
                item.insert(key.to_owned(), id);
                Value::Object(item)
            });
            items.collect()
        })
        .boxed()
}

fn text() -> BoxedStrategy<Value> {
    prop_oneof![Just("1"), Just("2"), Just("3")].prop_map(Value::from).boxed()
}

fn pod() -> BoxedStrategy<Value> {
    let object = |fields| some_of(fields).prop_map(Value::Object).boxed();
    let scalars =
        prop::sample::subsequence(vec!["a", "b", "c", "d"], 0..=4).prop_shuffle().prop_map(|v| json!(v)).boxed();
    let env = keyed("name", &["A", "B", "C"], some_of(vec![("value", text())]));
    let ports = keyed("containerPort", &["80", "81", "82"], some_of(vec![("name", text())]));
    let container = some_of(vec![
        ("image", text()),
        ("args", scalars.clone()),
        ("env", env),
        ("ports", ports),
        ("resources", object(vec![("limits", object(vec![("cpu", text()), ("memory", text())]))])),
    ]);
    let source = prop_oneof![
        Just(json!({"emptyDir": {}})),
        Just(json!({"emptyDir": {"medium": "Memory"}})),
        Just(json!({"hostPath": {"path": "/x"}})),
        Just(json!({"configMap": {"name": "m", "items": [{"key": "k", "path": "p"}]}})),
    ];
    let volumes = keyed("name", &["u", "v", "w"], source.prop_map(|s| s.as_object().cloned().unwrap()).boxed());
    let labels = object(vec![("a", text()), ("b", text()), ("c", text())]);
    let metadata = object(vec![("labels", labels.clone()), ("finalizers", scalars)]);
    let spec = object(vec![
        ("containers", keyed("name", &["x", "y", "z"], container)),
        ("volumes", volumes),
        ("nodeSelector", labels),
    ]);
    object(vec![("metadata", metadata), ("spec", spec)])
}

/// What an empty map or list in a patch cannot say apart from nothing: `{}` against no such field.
fn without_empty(value: Value) -> Option<Value> {
    match value {
        Value::Object(map) if map.is_empty() => None,
        Value::Object(map) => {
            Some(map.into_iter().filter_map(|(key, value)| Some((key, without_empty(value)?))).collect())
        }
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) => Some(items.into_iter().map(|v| without_empty(v).unwrap_or(Value::Null)).collect()),
        other => Some(other),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_patch_of_two_leads_from_one_to_the_other(from in pod(), to in pod()) {
        let patch = two_way_strategic(&from, &to, pod_type());
        let mut found = from.clone();
        strategic(&mut found, &patch, pod_type()).map_err(|e| TestCaseError::fail(format!("{e}: {patch}")))?;
        prop_assert_eq!(without_empty(found), without_empty(to.clone()), "{} by {}", from, patch);
        prop_assert_eq!(two_way_strategic(&to, &to, pod_type()), json!({}));
    }

    #[test]
    fn applying_twice_changes_nothing_more(original in pod(), modified in pod(), current in pod()) {
        let patch = three_way_strategic(&original, &modified, &current, pod_type());
        let mut once = current.clone();
        strategic(&mut once, &patch, pod_type()).map_err(|e| TestCaseError::fail(format!("{e}: {patch}")))?;
        // An order may be stated again where the server has elements of its own, as kubectl does.
        let again = three_way_strategic(&modified, &modified, &once, pod_type());
        let mut twice = once.clone();
        strategic(&mut twice, &again, pod_type()).map_err(|e| TestCaseError::fail(format!("{e}: {again}")))?;
        prop_assert_eq!(twice, once, "{} by {} and {}", current, patch, again);
    }

    #[test]
    fn three_way_merge_patches_too(original in pod(), modified in pod(), current in pod()) {
        let mut once = current.clone();
        merge(&mut once, &three_way_json_merge(&original, &modified, &current));
        prop_assert_eq!(three_way_json_merge(&modified, &modified, &once), json!({}));
    }
}
