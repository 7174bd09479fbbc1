//! Bodies that fit, and bodies that do not, in Go's words.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::schema::for_kind;

/// Decodes a Pod; what comes out without its empty metadata, spec and status; and the messages.
fn check(pod: Value, expected: Value, messages: &[&str]) {
    let (mut value, errors) = strict(for_kind("v1", "Pod").unwrap(), &pod);
    if let Some(map) = value.as_object_mut() {
        map.retain(|_, v| *v != json!({}));
    }
    let found: Vec<&str> = errors.iter().map(|e| e.message.as_str()).collect();
    assert_eq!((value, found), (expected, messages.to_vec()), "{pod}");
}

/// One container `{name: a, <field>: <value>}`, and what is left of the field.
fn check_container(field: &str, value: Value, expected: Value, messages: &[&str]) {
    let mut left = json!({"name": "a", "resources": {}});
    if !expected.is_null() {
        left[field] = expected;
    }
    check(
        json!({"spec": {"containers": [{"name": "a", field: value}]}}),
        json!({"spec": {"containers": [left]}}),
        messages,
    );
}

#[test]
fn wrong_types_are_told_in_gos_words() {
    check_container(
        "image",
        json!(5),
        Value::Null,
        &["json: cannot unmarshal number into Go struct field Container.spec.containers.image of type string"],
    );
    check_container(
        "env",
        json!([{"name": "a", "value": true}]),
        json!([{"name": "a"}]),
        &["json: cannot unmarshal bool into Go struct field EnvVar.spec.containers.env.value of type string"],
    );
    check_container(
        "env",
        json!("x"),
        Value::Null,
        &["json: cannot unmarshal string into Go struct field Container.spec.containers.env of type []v1.EnvVar"],
    );
    check_container(
        "ports",
        json!([{"containerPort": "80"}]),
        json!([{}]),
        &[
            "json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
        ],
    );
    check_container(
        "ports",
        json!([{"containerPort": 99999999999i64}]),
        json!([{}]),
        &[
            "json: cannot unmarshal number 99999999999 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
        ],
    );
    check_container(
        "ports",
        json!([{"containerPort": 1.5}]),
        json!([{}]),
        &[
            "json: cannot unmarshal number 1.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
        ],
    );
    check_container(
        "command",
        json!(["a", 5]),
        json!(["a", ""]),
        &["json: cannot unmarshal number into Go struct field Container.spec.containers.command of type string"],
    );
    check_container(
        "livenessProbe",
        json!({"httpGet": {"port": true}}),
        json!({"httpGet": {}}),
        &[
            "json: cannot unmarshal bool into Go struct field HTTPGetAction.spec.containers.livenessProbe.httpGet.port of type int32",
        ],
    );
    check_container(
        "imagePullPolicy",
        json!({}),
        Value::Null,
        &[
            "json: cannot unmarshal object into Go struct field Container.spec.containers.imagePullPolicy of type v1.PullPolicy",
        ],
    );
    check_container(
        "resources",
        json!({"limits": []}),
        json!({}),
        &[
            "json: cannot unmarshal array into Go struct field ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList",
        ],
    );
    check(
        json!({"metadata": {"labels": {"a": true}}}),
        json!({"metadata": {"labels": {"a": ""}}}),
        &["json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string"],
    );
    check(
        json!({"spec": "x"}),
        json!({}),
        &["json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec"],
    );
    check(json!([]), json!([]), &["json: cannot unmarshal array into Go value of type v1.Pod"]);
}

#[test]
fn types_that_read_themselves() {
    let wrong = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    let memory = |v: Value| json!({"limits": {"memory": v}});
    check_container("resources", memory(json!(0.5)), memory(json!("500m")), &[]);
    check_container("resources", memory(json!(1024)), memory(json!("1024")), &[]);
    check_container("resources", memory(json!("0.5Gi")), memory(json!("512Mi")), &[]);
    check_container("resources", memory(json!("lots")), memory(json!("0")), &[wrong]);
    check_container("resources", memory(json!("128mb")), memory(json!("0")), &[wrong]);
    check_container("resources", memory(json!("")), memory(json!("0")), &[wrong]);
    check_container("resources", memory(json!("1mm")), memory(json!("0")), &["unable to parse quantity's suffix"]);
    let time = |text: &str, messages: &[&str]| {
        let left = if messages.is_empty() {
            json!({"metadata": {"creationTimestamp": "2026-01-02T03:04:05Z"}})
        } else {
            json!({})
        };
        check(json!({"metadata": {"creationTimestamp": text}}), left, messages);
    };
    time("2026-01-02T03:04:05Z", &[]);
    time("2026-01-02T05:04:05.999+02:00", &[]);
    time("x", &[r#"parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006""#]);
    time("", &[r#"parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006""#]);
    time("2026-01-02", &[r#"parsing time "2026-01-02" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T""#]);
    time("2026-13-02T03:04:05Z", &[r#"parsing time "2026-13-02T03:04:05Z": month out of range"#]);
    time("2026-02-30T03:04:05Z", &[r#"parsing time "2026-02-30T03:04:05Z": day out of range"#]);
    time(
        "2026-01-02T03:04:05",
        &[r#"parsing time "2026-01-02T03:04:05" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00""#],
    );
    check(
        json!({"metadata": {"creationTimestamp": 5}}),
        json!({}),
        &["json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string"],
    );
}

#[test]
fn unknown_fields_are_pruned_and_told() {
    check(
        json!({"Kind": "Pod", "metadata": {"labels": {"x": "y"}}, "spec": {"containers": [{"name": "a", "foo": 1}], "bar": {"baz": 1}}}),
        json!({"metadata": {"labels": {"x": "y"}}, "spec": {"containers": [{"name": "a", "resources": {}}]}}),
        &[r#"unknown field "Kind""#, r#"unknown field "spec.bar""#, r#"unknown field "spec.containers[0].foo""#],
    );
}

#[test]
fn what_go_would_leave_out_is_left_out() {
    check(
        json!({"metadata": {"labels": {}, "annotations": null}, "spec": {
            "hostNetwork": false, "enableServiceLinks": false, "terminationGracePeriodSeconds": 0, "nodeName": "", "nodeSelector": {},
            "containers": [], "volumes": [{"name": "v", "emptyDir": {}}]}}),
        json!({"spec": {"enableServiceLinks": false, "terminationGracePeriodSeconds": 0, "containers": [], "volumes": [{"name": "v", "emptyDir": {}}]}}),
        &[],
    );
    check(json!({"metadata": {"labels": {"a": null}}}), json!({"metadata": {"labels": {"a": ""}}}), &[]);
    check(json!({"spec": {"containers": [null]}}), json!({"spec": {"containers": [{"resources": {}}]}}), &[]);
}

#[test]
fn structs_are_always_there() {
    let (value, _) = strict(for_kind("v1", "Pod").unwrap(), &json!({}));
    assert_eq!(value, json!({"metadata": {}, "spec": {}, "status": {}}));
    let (value, _) = strict(for_kind("v1", "ConfigMap").unwrap(), &json!({"data": {}}));
    assert_eq!(value, json!({"metadata": {}}));
}

#[test]
fn base64_is_checked() {
    for (text, expected) in [
        ("aGVsbG8=", &[][..]),
        ("aGVs\nbG8=", &[]),
        ("aGV!bG8=", &["illegal base64 data at input byte 3"]),
        ("aGVsbG8", &["illegal base64 data at input byte 4"]),
    ] {
        let (_, errors) = strict(for_kind("v1", "Secret").unwrap(), &json!({"data": {"a": text}}));
        assert_eq!(errors.iter().map(|e| e.message.as_str()).collect::<Vec<_>>(), expected, "{text}");
    }
}

#[test]
fn a_refusal_names_the_kind_and_the_worst_error() {
    let check = |pod: Value, strictly: bool, expected: Option<&str>| {
        let (_, errors) = strict(for_kind("v1", "Pod").unwrap(), &pod);
        assert_eq!(refusal("v1", "Pod", &errors, strictly).as_deref(), expected, "{pod}");
    };
    check(
        json!({"a": 1, "b": 2}),
        true,
        Some(
            r#"Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "a", unknown field "b""#,
        ),
    );
    check(json!({"a": 1}), false, None);
    check(
        json!({"a": 1, "spec": []}),
        true,
        Some(
            r#"Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec"#,
        ),
    );
}

#[test]
fn json_text_tells_duplicates_and_syntax_errors() {
    let duplicates =
        |text: &str| json_text(text.as_bytes()).map(|(_, d)| d.into_iter().map(|d| d.message).collect::<Vec<_>>());
    for (text, expected) in [
        (r#"{"a":1,"a":2,"a":3}"#, Ok(vec![r#"duplicate field "a""#])),
        (r#"{"spec":{"c":[{"n":1},{"n":1,"n":1}]}}"#, Ok(vec![r#"duplicate field "spec.c[1].n""#])),
        ("", Err("unexpected end of JSON input")),
        ("apiVersion: v1", Err("invalid character 'a' looking for beginning of value")),
        (r#"{"a":1"#, Err("unexpected end of JSON input")),
        (r#"{a:1}"#, Err("invalid character 'a' looking for beginning of object key string")),
        (r#"{"a" 1}"#, Err("invalid character '1' after object key")),
        (r#"{"a":1 "b"}"#, Err("invalid character '\"' after object key:value pair")),
        ("[1 2]", Err("invalid character '2' after array element")),
        ("{} x", Err("invalid character 'x' after top-level value")),
        ("tru", Err("unexpected end of JSON input")),
        ("trux", Err("invalid character 'x' in literal true (expecting 'e')")),
        ("\"a\nb\"", Err("invalid character '\\n' in string literal")),
        ("01", Err("invalid character '1' after top-level value")),
        (r#"{"a":1,}"#, Err("invalid character '}' looking for beginning of object key string")),
    ] {
        let expected = expected.map(|d| d.iter().map(|d| (*d).to_owned()).collect::<Vec<_>>()).map_err(str::to_owned);
        assert_eq!(duplicates(text), expected, "{text}");
    }
}

/// JSON with the fields of a Pod in it, and anything as their values.
fn pod_like() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-3i64..100_000_000_000).prop_map(Value::from),
        (-1e3..1e12f64).prop_map(Value::from),
        "[0-9a-zA-Z.:=+ -]{0,12}".prop_map(Value::from),
        "[+-]?[0-9.]{1,22}(e[0-9]{1,6}|[kMGTPEnum]i?)?".prop_map(Value::from),
        "20[0-9]{2}-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:00:00(Z|[.][0-9]{1,7}Z|[+]02:00)".prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "metadata",
        "spec",
        "status",
        "containers",
        "env",
        "ports",
        "containerPort",
        "limits",
        "resources",
        "cpu",
        "creationTimestamp",
        "startTime",
        "labels",
        "volumes",
        "emptyDir",
        "sizeLimit",
        "livenessProbe",
        "httpGet",
        "port",
        "args",
        "items",
        "name",
        "state",
        "running",
        "ownerReferences",
        "other",
    ]);
    leaf.prop_recursive(6, 64, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_decoded_decodes_to_itself(value in pod_like()) {
        let pod = for_kind("v1", "Pod").unwrap();
        let (once, _) = strict(pod, &value);
        if !once.is_object() {
            return Ok(());
        }
        let (twice, errors) = strict(pod, &once);
        prop_assert_eq!(errors, vec![]);
        prop_assert_eq!(twice, once);
    }

    #[test]
    fn texts_that_read_themselves_do_not_panic(text in "[+-]?[0-9.]{0,45}([eEinumkKMGTP]{0,2}[-+]?[0-9]{0,12})|20[0-9T:.Z+-]{0,30}|\\PC{0,12}") {
        let pod = json!({"metadata": {"creationTimestamp": text}, "spec": {"overhead": {"cpu": text}}});
        let (once, _) = strict(for_kind("v1", "Pod").unwrap(), &pod);
        let (twice, errors) = strict(for_kind("v1", "Pod").unwrap(), &once);
        prop_assert_eq!((twice, errors), (once, vec![]));
    }

    #[test]
    fn json_is_read_as_serde_reads_it(text in "[\\[\\]{}:,\"a1. tnul-]{0,12}") {
        let expected = serde_json::from_str::<Value>(&text).ok();
        prop_assert_eq!(json_text(text.as_bytes()).ok().map(|(value, _)| value), expected);
    }
}
