//! Manifests and everything that is marked in them.

use super::super::problem::{Problem, Severity};
use super::check;

/// `E 3:5-8 message`, and `  > fix` for each fix, applied to the line it is in.
fn found(text: &str) -> Vec<String> {
    let line = |p: &Problem| {
        let letter = match p.severity {
            Severity::Error => 'E',
            Severity::Warning => 'W',
            Severity::Info => 'I',
        };
        let fixes: String = p.fixes.iter().map(|f| format!(" > {}", f.edits[0].text)).collect();
        format!("{letter} {}:{}-{} {}{fixes}", p.span.line, p.span.column, p.span.end_column, p.message)
    };
    check(text).iter().map(line).collect()
}

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: c\n    image: nginx\n";

#[track_caller]
fn expect(text: &str, expected: &[&str]) {
    assert_eq!(found(text), expected, "{text}");
}

#[track_caller]
fn expect_more(tail: &str, expected: &[&str]) {
    expect(&format!("{POD}{tail}"), expected);
}

#[test]
fn good_manifests_have_no_problems() {
    expect(POD, &[]);
    expect("", &[]);
    expect("# nothing\n---\n", &[]);
    expect(&format!("{POD}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\ndata: {{a: b}}\n"), &[]);
    expect("apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\nspec: {containers: [{name: c, image: i}]}\n", &[]);
    expect_more(
        "    command: [sh, -c, 'echo “hi”\u{a0}– don’t: x：']  # “x”\u{a0}\n    args:\n    - |\n      x\n      \t“x”\u{a0}\n",
        &[],
    );
}

#[test]
fn wrong_types_come_with_quotes() {
    expect_more(
        "    env:\n    - {name: A, value: yes}\n    - {name: B, value: 5}\n    stdin: \"true\"\n",
        &[
            "E 10:24-27 json: cannot unmarshal bool into Go struct field EnvVar.spec.containers.env.value of type string > \"yes\"",
            "E 11:24-25 json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string > \"5\"",
            "E 12:12-18 json: cannot unmarshal string into Go struct field Container.spec.containers.stdin of type bool > true",
        ],
    );
    expect_more(
        "    ports: {containerPort: 80}\n",
        &[
            "E 9:5-10 json: cannot unmarshal object into Go struct field Container.spec.containers.ports of type []v1.ContainerPort",
        ],
    );
}

#[test]
fn unknown_fields_come_with_what_was_meant() {
    expect_more(
        "    comand: [x]\n    wholly: wrong\nStatus: {}\n",
        &[
            "E 9:5-11 unknown field \"spec.containers[0].comand\" > command",
            "E 10:5-11 unknown field \"spec.containers[0].wholly\"",
            "E 11:1-7 unknown field \"Status\" > status",
        ],
    );
}

#[test]
fn kinds_are_looked_up() {
    expect("kind: Pod\nmetadata: {name: a}\n", &["E 1:1-5 apiVersion not set"]);
    expect("a: b\n", &["E 1:1-2 apiVersion not set", "E 1:1-2 kind not set"]);
    expect("- a\n", &["E 1:1-2 an object is a map with apiVersion, kind and metadata"]);
    expect(
        "apiVersion: v1\nkind: Podd\nmetadata: {name: a}\n",
        &["E 2:7-11 no matches for kind \"Podd\" in version \"v1\" > Pod"],
    );
    expect(
        "apiVersion: v2\nkind: Pod\nmetadata: {name: a}\n",
        &["E 1:13-15 no matches for kind \"Pod\" in version \"v2\" > v1"],
    );
}

#[test]
fn rules_are_told_where_they_are_broken() {
    expect(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: A\nspec:\n  containers:\n  - name: c\n    ports:\n    - containerPort: 99999\n",
        &[
            "E 4:9-10 metadata.name: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
            "W 4:9-10 metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')]",
            "E 7:5-9 spec.containers[0].image: Required value",
            "E 9:22-27 spec.containers[0].ports[0].containerPort: Invalid value: 99999: must be between 1 and 65535, inclusive",
        ],
    );
}

#[test]
fn look_alikes() {
    expect_more(
        "\u{a0}   command: [x]\n",
        &["E 9:1-2 found a non-breaking space (U+00A0): YAML takes it for a letter >  "],
    );
    expect_more("\ttty: true\n", &["E 9:1-2 found a tab: YAML is indented by spaces only >   "]);
    expect_more(
        "    workingDir: “/x”\n    tty:\u{a0}true\n",
        &[
            "W 9:17-18 “ is part of the value: YAML's quotes are \" and ' > \"",
            "W 9:20-21 ” is part of the value: YAML's quotes are \" and ' > \"",
            "E 10:9-10 found a non-breaking space (U+00A0): YAML takes it for a letter >  ",
        ],
    );
}

#[test]
fn traps() {
    expect(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  n: \"1\"\n  on: \"2\"\n",
        &[
            "W 5:3-4 the key n is read as \"false\" (YAML 1.1) > \"n\"",
            "W 6:3-5 the key on is read as \"true\" (YAML 1.1) > \"on\"",
        ],
    );
    expect(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: [{name: c, image: i}]\n  volumes:\n  - name: v\n    configMap:\n      name: m\n      defaultMode: 0644\n",
        &["I 10:20-24 0644 is octal: 420"],
    );
}

#[test]
fn what_is_noticed_at_the_end_is_marked_where_it_began() {
    expect_more("    workingDir: 'x\n", &["E 9:17-18 found unexpected end of stream"]);
    expect_more("    workingDir\n", &["E 9:5-6 could not find expected ':'"]);
    expect_more("    args: [a, b\n", &["E 9:11-12 did not find expected ',' or ']'"]);
}

#[test]
fn syntax_errors_hide_no_other_document() {
    expect(
        &format!("a: b: c\n---\n{POD}    foo: 1\n"),
        &[
            "E 1:5-6 mapping values are not allowed in this context",
            "E 11:5-8 unknown field \"spec.containers[0].foo\"",
        ],
    );
}

#[test]
fn what_has_no_effect_is_marked_quietly_and_what_is_refused_is_wrong() {
    expect_more(
        "  runtimeClassName: other\n  os: {name: windows}\n  hostNetwork: true\n",
        &[
            "I 9:3-19 spec.runtimeClassName: accepted without effect: there is one runtime",
            "I 10:3-5 spec.os: accepted without effect: every node runs Linux",
            "E 11:16-20 spec.hostNetwork: Forbidden: the network of the host cannot be shared: here a node is a container, not a machine",
        ],
    );
}
