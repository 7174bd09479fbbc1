//! Problems stand where they are.

use super::check;

#[track_caller]
fn holds(text: &str, expected: &[&str]) {
    let found: Vec<String> = check(text).iter().map(|p| format!("{}:{} {}", p.span.line, p.span.column, p.message)).collect();
    assert_eq!(found, expected, "{text}");
}

const GOOD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: c\n    image: nginx\n";

#[test]
fn a_good_manifest_has_no_problems() {
    holds(GOOD, &[]);
    holds("", &[]);
    holds(&format!("# first\n---\n{GOOD}---\n{}", GOOD.replace("name: a", "name: b")), &[]);
}

#[test]
fn problems_of_objects() {
    holds(
        &format!("{GOOD}    env:\n    - name: x\n      value: yes\n"),
        &["11:14 json: cannot unmarshal bool into Go struct field EnvVar.spec.containers.env.value of type string"],
    );
    holds(
        &format!("{GOOD}  hostNetwork: true\n"),
        &["9:16 spec.hostNetwork: Forbidden: the network of the host cannot be shared: here a node is a container, not a machine"],
    );
    holds(&GOOD.replace("    image: nginx\n", ""), &["7:5 spec.containers[0].image: Required value"]);
    holds(&GOOD.replace("image: nginx", "image: nginx\n    imag: x"), &["9:11 unknown field \"spec.containers[0].imag\""]);
    holds(&format!("{GOOD}---\nkind: Pod\n"), &["10:1 error validating data: apiVersion not set"]);
    holds(
        "kind: Deployment\napiVersion: apps/v1\n",
        &["1:7 no matches for kind \"Deployment\" in version \"apps/v1\": this sandbox does not serve it"],
    );
}

#[test]
fn characters_that_look_like_others() {
    holds("apiVersion:\u{a0}v1\n", &["1:12 U+00A0, a space that is none, as text copied from a page has: put a plain space"]);
    holds("a:\n\tb: c\n", &["2:1 a tab: YAML is indented by spaces only"]);
}
