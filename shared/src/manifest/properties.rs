//! Properties: nothing panics, and what is printed reads back.

use proptest::prelude::*;
use serde_json::{Map, Number, Value};

use super::*;

fn value() -> impl Strategy<Value = Value> {
    let text =
        prop_oneof![any::<String>(), "[ \t\n\r:#'\"!&*{}\\[\\],?|>%@`~yYnN0-9.+eExXoObB_<=-]{0,8}", "[a-z ]{0,100}",];
    // What YAML cannot carry, kubectl cannot print either: control characters come back as escapes, these do.
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e6..1e6f64).prop_map(|f| Number::from_f64(f).map_or(Value::Null, Value::Number)),
        text.prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::btree_map("[a-zA-Z0-9_.:/ -]{0,8}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_reads_back(value in value()) {
        let text = emit(&value);
        let (documents, problems) = parse(&text);
        prop_assert_eq!(&problems, &vec![], "{}", text);
        let found = documents.into_iter().next().map_or(Value::Null, |d| d.value);
        prop_assert_eq!(found, value, "{}", text);
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        check(&text);
        read(&text);
    }

    #[test]
    fn no_yaml_like_text_panics(text in "([ab\u{a0} \t\n\r:#'\"!&*{}\\[\\],?|>%@~0-9.<=\\\\u-]|---\n|%TAG|!<|\\\\x|[é😀\u{feff}\u{85}\u{2028}]){0,60}") {
        check(&text);
        read(&text);
    }
}
