//! Whatever comes from outside as text or JSON is answered, never a panic; and what is read prints as what reads the same.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use shared::api::quantity::Quantity;
use shared::api::selector::{FieldSelector, LabelSelector};
use shared::kubectl::jsonpath;
use shared::patch;
use shared::schema::{decode, for_kind};

/// Values made of what a Pod and a patch of one are made of, in places where they may not belong.
fn value() -> impl Strategy<Value = Value> {
    let text =
        prop::sample::select(vec!["", "a", "x", "80", "1Gi", "replace", "delete", "merge", "A", "/spec", "é", "\0"]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(json!(1e300)),
        text.prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "metadata",
        "labels",
        "spec",
        "containers",
        "name",
        "ports",
        "containerPort",
        "protocol",
        "env",
        "volumes",
        "args",
        "emptyDir",
        "$patch",
        "$retainKeys",
        "$setElementOrder/containers",
        "$deleteFromPrimitiveList/finalizers",
        "finalizers",
        "op",
        "path",
        "value",
        "from",
        "a",
        "",
    ]);
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((name.clone(), inner), 0..5).prop_map(|fields| Value::Object(
                fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Map<_, _>>()
            )),
        ]
    })
}

/// Operations of a JSON patch, most of which mean something.
fn operations() -> impl Strategy<Value = Value> {
    let op = prop::sample::select(vec!["add", "remove", "replace", "move", "copy", "test", "x"]);
    let path = prop::sample::select(vec![
        "",
        "/",
        "/spec",
        "/spec/containers",
        "/spec/containers/0",
        "/spec/containers/-",
        "/spec/containers/99999999999999999999",
        "/metadata/labels/a~1b",
        "/a~",
        "spec",
        "//",
    ]);
    let operation = (op, path.clone(), path, value())
        .prop_map(|(op, path, from, value)| json!({"op": op, "path": path, "from": from, "value": value}));
    prop::collection::vec(operation, 0..5).prop_map(Value::from)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn patches_of_every_type(object in value(), body in value(), operations in operations()) {
        let pod = for_kind("v1", "Pod").ok_or_else(|| TestCaseError::fail("no Pod"))?;
        let mut merged = object.clone();
        patch::merge(&mut merged, &body);
        // What a merge patch says is so then, and saying it again changes nothing.
        let mut again = merged.clone();
        patch::merge(&mut again, &body);
        prop_assert_eq!(&again, &merged);
        for body in [&body, &operations] {
            let mut changed = object.clone();
            if patch::json_patch(&mut changed, body).is_ok() && body == &json!([]) {
                prop_assert_eq!(&changed, &object);
            }
        }
        let mut strategic = object.clone();
        let _ = patch::strategic(&mut strategic, &body, pod);
        let found = patch::two_way_strategic(&object, &body, pod);
        let _ = patch::three_way_strategic(&object, &found, &body, pod);
        let _ = patch::three_way_json_merge(&object, &found, &body);
    }

    #[test]
    fn the_strict_decoder(object in value()) {
        for kind in ["Pod", "ConfigMap", "Secret", "Node", "Namespace", "Event", "ResourceQuota"] {
            let definition = for_kind("v1", kind).ok_or_else(|| TestCaseError::fail(kind))?;
            let (once, _) = decode::strict(definition, &object);
            if once.is_object() {
                prop_assert_eq!(decode::strict(definition, &once), (once, vec![]));
            }
        }
    }

    #[test]
    fn selectors(text in "([ab!=(), ]|==|!=| in | notin |[<>/.x-]|\\PC){0,24}", labels in value()) {
        if let Ok(selector) = LabelSelector::parse(&text) {
            selector.matches(labels.as_object());
            selector.matches(None);
        }
        if let Ok(selector) = FieldSelector::parse(&text) {
            selector.matches(|_| "a");
        }
        let _ = LabelSelector::from_object(&labels);
    }

    #[test]
    fn quantities(text in "[+-]?[0-9.]{0,24}([eE][+-]?[0-9]{0,6}|[numkKMGTPE]?i?|\\PC{0,3})", other in "[0-9]{1,20}[numkMGTPE]?i?") {
        let (Ok(one), Ok(two)) = (Quantity::parse(&text), Quantity::parse(&other)) else { return Ok(()) };
        let _ = (one.value(), one.milli_value(), one.sign(), one.plus(two), one.minus(two));
        let printed = one.to_string();
        let read = Quantity::parse(&printed).map_err(|why| TestCaseError::fail(format!("{text} as {printed}: {why}")))?;
        prop_assert_eq!(read.to_string(), printed);
    }

    #[test]
    fn json_paths(path in "([{}.$@?()\\[\\]*:,'\"ab0-9 -]|\\.\\.|range |end|==|spec|containers|\\PC){0,30}", data in value()) {
        let _ = jsonpath::check(&path);
        let _ = jsonpath::evaluate(&path, &data);
        let _ = jsonpath::evaluate(&format!("{{{path}}}"), &data);
        let _ = jsonpath::find(&path, &data);
    }
}
