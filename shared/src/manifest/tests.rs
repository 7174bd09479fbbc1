//! What kubectl 1.33 printed for the same files (`kubectl label --local -f x.yaml x=y -o yaml`).

use serde_json::{Value, json};

use super::*;

const HEAD: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";

/// Reads [`HEAD`] and `tail`; what is `data` in the last object, or kubectl's error.
fn check(tail: &str, expected: Result<Value, &str>) {
    let (objects, error) = read(&format!("{HEAD}{tail}"));
    let found = match error {
        Some(error) => Err(error.strip_prefix("error converting YAML to JSON: ").unwrap_or(&error).to_owned()),
        None => Ok(objects.last().map_or(Value::Null, |object| object["data"].clone())),
    };
    assert_eq!(found, expected.map_err(str::to_owned), "{tail}");
}

#[test]
fn values_as_kubectl_reads_them() {
    check("data:\n  a: b\n  a: c\n", Ok(json!({"a": "c"})));
    check("data:\n  <<: {a: b}\n  c: d\n", Ok(json!({"a": "b", "c": "d"})));
    check("data:\n  <<: [{a: b}, {a: c, d: e}]\n  d: f\n", Ok(json!({"a": "b", "d": "f"})));
    check("data:\n  a: !!binary aGk=\n  b: !!str 5\n  c: !foo bar\n", Ok(json!({"a": "hi", "b": "5", "c": "bar"})));
    check("data:\n  a: !!float 5\n", Ok(json!({"a": 5})));
    check("data:\n  a: 2020-01-01\n  n: 1e3\n", Ok(json!({"a": "2020-01-01", "false": 1000})));
    check(
        "data:\n  1.5: b\n  0x10: c\n  010: d\n  yes: e\n",
        Ok(json!({"1.5": "b", "16": "c", "8": "d", "true": "e"})),
    );
    check("data: &x {a: b}\nother: *x\n", Ok(json!({"a": "b"})));
    check("data: !!map\n  a: !!set {x}\n", Ok(json!({"a": {"x": null}})));
    check("---\ndata: {b: c}\n", Ok(json!({"b": "c"})));
    check("...\ndata: {b: c}\n", Ok(Value::Null));
    check("data:\n  a: |\n    x\n     y\n  b: >-\n    x\n    y\n", Ok(json!({"a": "x\n y\n", "b": "x y"})));
    check("data: {a: 'b!c,d!', e: f!, g: h}\n", Ok(json!({"a": "b!c,d!", "e": "f!", "g": "h"})));
    // What may be a tag behind a quote is refused, in other words than kubectl's.
    assert!(read(&format!("{HEAD}data: {{\"a\"!!b,c}}\n")).1.is_some());
    // A last line without an end is ended.
    check("data:\n  a: |\n    x", Ok(json!({"a": "x\n"})));
    check("data:\n  a: |+\n    x\n  ", Ok(json!({"a": "x\n\n"})));
    check("data:\n  a: >\n    x\n    y", Ok(json!({"a": "x y\n"})));
    check("data:\n  a: |\n    x\n      ", Ok(json!({"a": "x\n  \n"})));
    check("data:\n  a: |-\n    x", Ok(json!({"a": "x"})));
    // Non-breaking spaces are no spaces: the line goes on with the name above.
    check("\u{a0}\u{a0}data: {b: c}\n", Ok(Value::Null));
}

#[test]
fn errors_as_kubectl_words_them() {
    for (tail, expected) in [
        ("data:\n  a: b\n a: c\n", "yaml: line 6: did not find expected key"),
        ("data:\n\ta: b\n", "yaml: line 6: found character that cannot start any token"),
        ("data:\n  a: b: c\n", "yaml: line 6: mapping values are not allowed in this context"),
        ("data:\n  a: 'b\n", "yaml: line 7: found unexpected end of stream"),
        ("data:\n  - a\n  b: c\n", "yaml: line 6: did not find expected '-' indicator"),
        ("data: {a: b\n", "yaml: line 5: did not find expected ',' or '}'"),
        ("data:\n  a: @b\n", "yaml: line 6: found character that cannot start any token"),
        ("data:\n  a: \"\\z\"\n", "yaml: line 6: found unknown escape character"),
        ("data:\n  a: \u{1}\n", "yaml: control characters are not allowed"),
        ("data:\n  a: *x\n", "yaml: unknown anchor 'x' referenced"),
        ("data: &a [*a]\n", "yaml: anchor 'a' value contains itself"),
        ("data:\n  a: !!int x\n", "yaml: cannot decode !!str `x` as a !!int"),
        ("data:\n  a: !!binary '%%%%'\n", "yaml: !!binary value contains invalid base64 data"),
        ("data:\n  a: .nan\n", "json: unsupported value: NaN"),
        ("data:\n  <<: 5\n", "yaml: map merge requires map or sequence of maps as the value"),
        ("data:\n  ? [a]\n  : b\n", "yaml: invalid map key: []interface {}{\"a\"}"),
        ("data:\n  ~: e\n", "unsupported map key of type: %!s(<nil>), key: <nil>, value: \"e\""),
        (
            "data:\n  12345678901234567890: g\n",
            "unsupported map key of type: uint64, key: 0xab54a98ceb1f0ad2, value: \"g\"",
        ),
        ("---\na: 1\nb: c: d\n", "yaml: line 2: mapping values are not allowed in this context"),
        ("---foo\n", "invalid Yaml document separator: foo"),
        ("data: [!a,b]\n", "yaml: line 5: did not find expected whitespace or line break"),
    ] {
        check(tail, Err(expected));
    }
}

#[test]
fn bombs_do_not_go_off() {
    let mut text = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (name, of) in ["b", "c", "d", "e", "f", "g"].into_iter().zip(["a", "b", "c", "d", "e", "f"]) {
        text += &format!("{name}: &{name} [{}]\n", vec![format!("*{of}"); 9].join(","));
    }
    let expected = "error converting YAML to JSON: yaml: document contains excessive aliasing";
    assert_eq!(read(&text).1.as_deref(), Some(expected));
    assert!(read(&"[".repeat(100_000)).1.is_some());
    assert!(read(&"- ".repeat(100_000)).1.is_some());
}

#[test]
fn an_exclamation_mark_may_stand_anywhere() {
    check(
        "data:\n  a: |\n    !important, 50%\n  b: 'x !a,b'\n  c: Hi !a,b\n",
        Ok(json!({"a": "!important, 50%\n", "b": "x !a,b", "c": "Hi !a,b"})),
    );
}

#[test]
fn json_is_taken_too() {
    let one = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}"#;
    assert_eq!(read(&one.repeat(2)).0.len(), 2);
    assert_eq!(read(one).0, vec![serde_json::from_str::<Value>(one).unwrap()]);
    assert_eq!(read("{a: 1,}").0, vec![json!({"a": 1})]);
}

#[test]
fn what_kubectl_prints() {
    for (source, expected) in [
        (include_str!("testdata/scalars.json"), include_str!("testdata/scalars.yaml")),
        (include_str!("testdata/keys.json"), include_str!("testdata/keys.yaml")),
    ] {
        assert_eq!(emit(&serde_json::from_str(source).unwrap()), expected);
    }
    let value = json!({"a": [], "b": {}, "c": [[1, 2], {"x": [1.5, null, true]}], "d": 1e21, "e": 1e-7, "f": -0.5});
    let expected = "a: []\nb: {}\nc:\n- - 1\n  - 2\n- x:\n  - 1.5\n  - null\n  - true\nd: 1e+21\ne: 1e-07\nf: -0.5\n";
    assert_eq!(emit(&value), expected);
}

#[test]
fn texts_are_quoted_as_kubectl_quotes_them() {
    for (text, printed) in [
        ("12:30", "\"12:30\""),
        ("12:30:99", "12:30:99"),
        ("2026-11-24", "\"2026-11-24\""),
        ("-c", "-c"),
        ("- c", "'- c'"),
        ("a:b", "a:b"),
        ("한글", "한글"),
        ("😀", "\"\\U0001F600\""),
        ("500m", "500m"),
        ("{\"a\":1}", "'{\"a\":1}'"),
    ] {
        assert_eq!(emit(&json!(text)), format!("{printed}\n"), "{text:?}");
    }
    let value = json!({"chomp": "a\nb", "keep": "a\n\n", "lead": " a\nb\n", "tail": "a \nb\n"});
    assert_eq!(emit(&value), "chomp: |-\n  a\n  b\nkeep: |+\n  a\n\nlead: |2\n   a\n  b\ntail: \"a \\nb\\n\"\n");
}

#[test]
fn every_part_has_its_place() {
    let text = "---\n# one\na: 1\n---\nmetadata:\n  labels: {x: y, z: \"w\"}\nlist:\n- name: b\n  é: 😀\n";
    let (documents, problems) = parse(text);
    assert_eq!((documents.len(), problems), (2, vec![]));
    let positions = &documents[1].positions;
    let path = |text: &str| {
        crate::api::field::Path(
            text.split('.')
                .map(|s| match s.parse() {
                    Ok(index) => crate::api::field::Segment::Index(index),
                    Err(_) => crate::api::field::Segment::Field(s.to_owned()),
                })
                .collect(),
        )
    };
    for (at, expected) in [
        ("metadata", Span::in_line(5, 1, 9)),
        ("metadata.labels.x", Span::in_line(6, 15, 16)),
        ("metadata.labels.z", Span::in_line(6, 21, 24)),
        ("list.0", Span::in_line(8, 3, 7)),
        ("list.0.name", Span::in_line(8, 9, 10)),
        ("list.0.é", Span::in_line(9, 6, 7)),
        ("list.0.image", Span::in_line(8, 3, 7)),
        ("spec", Span::in_line(5, 1, 9)),
    ] {
        assert_eq!(positions.locate(&path(at)), Some(expected), "{at}");
    }
}

#[test]
fn duplicates_are_problems_where_they_stand() {
    let (documents, problems) = parse("---\na: 1\n---\nx:\n  b: 1\n  b: 2\n  b: 3\n");
    assert_eq!(documents[1].value, json!({"x": {"b": 3}}));
    let found: Vec<_> = problems.iter().map(|p| (p.message.as_str(), p.span.line)).collect();
    assert_eq!(
        found,
        [("mapping key \"b\" already defined at line 5", 6), ("mapping key \"b\" already defined at line 5", 7)]
    );
}
