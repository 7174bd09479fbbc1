//! What is wrong with a list of checks.

use serde_json::Value;

use super::Problem;
use crate::api::field::{Path, Segment};
use crate::api::{LabelSelector, kind};
use crate::lesson::check::{Check, KEYS};
use crate::lesson::evaluate::placeholder;
use crate::lesson::field::Field;
use crate::manifest::{self, Positions};

/// `line` is the block's own; the YAML starts on the next.
pub fn lint(line: usize, rest: &str, body: &str, problems: &mut Vec<Problem>) {
    if !rest.is_empty() {
        problems.push(Problem::at(line, format!("nothing belongs behind \"checks\", but there is {rest:?}")));
    }
    let (documents, bad) = manifest::parse(body);
    problems
        .extend(bad.iter().map(|p| Problem::at(line + p.span.line, format!("the checks are no YAML: {}", p.message))));
    if !bad.is_empty() {
        return;
    }
    let items = documents.first().and_then(|d| Some((d.value.as_array()?, &d.positions)));
    let Some((items, positions)) = items.filter(|(items, _)| !items.is_empty()) else {
        return problems.push(Problem::at(line, "the checks are no list: each begins with \"- label: …\""));
    };
    for (at, item) in items.iter().enumerate() {
        let place = Place { line, at, positions };
        check(item, &place, problems);
    }
}

/// Where a check stands.
struct Place<'a> {
    line: usize,
    at: usize,
    positions: &'a Positions,
}

impl Place<'_> {
    /// A problem of one of its keys, or of the whole where the key is empty.
    fn problem(&self, key: &str, message: String) -> Problem {
        let mut path = vec![Segment::Index(self.at)];
        if !key.is_empty() {
            path.push(Segment::Field(key.to_owned()));
        }
        let line = self.positions.locate(&Path(path)).map_or(1, |span| span.line);
        Problem::at(self.line + line, message)
    }
}

fn check(item: &Value, place: &Place<'_>, problems: &mut Vec<Problem>) {
    let Some(entries) = item.as_object() else {
        return problems.push(place.problem("", "a check is keys and values: \"- label: …\"".to_owned()));
    };
    for (key, value) in entries {
        match KEYS.iter().find(|(name, _)| name == key) {
            None => {
                let names: Vec<&str> = KEYS.iter().map(|(name, _)| *name).collect();
                problems.push(place.problem(key, format!("unknown key {key:?}: a check has {}", names.join(", "))));
            }
            Some((_, shape)) => {
                problems.extend(shape.refuses(value).map(|rule| place.problem(key, format!("{key} {rule}"))));
            }
        }
    }
    let check = Check::of(item);
    for (key, value, why) in [
        ("label", &check.label, "what is to be done"),
        ("hint", &check.hint, "what is said while it is not done"),
        ("resource", &check.resource, "pods, nodes, configmaps, …"),
    ] {
        if value.is_empty() {
            problems.push(place.problem("", format!("a check wants a {key}: {why}")));
        }
    }
    problems.extend(clause(&check).into_iter().map(|(key, message)| place.problem(key, message)));
}

/// What does not go together.
fn clause(check: &Check) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let known = kind::by_name(&check.resource).filter(|k| k.plural == check.resource && k.verbs.contains(&"list"));
    if known.is_none() && !check.resource.is_empty() {
        found.push((
            "resource",
            format!("there is no resource {:?} to look at: pods, nodes, configmaps, …", check.resource),
        ));
    }
    if let Err(why) = LabelSelector::parse(&check.selector) {
        found.push(("selector", format!("the selector does not parse: {why}")));
    }
    if let Err(why) = Field::parse(&check.field) {
        found.push(("field", format!("the field does not parse: {why}")));
    }
    let output = check.log || !check.exec.is_empty();
    if output && check.resource != "pods" {
        found.push(("resource", "log and exec are of pods".to_owned()));
    }
    if [!check.field.is_empty(), check.log, !check.exec.is_empty()].iter().filter(|given| **given).count() > 1 {
        found.push(("field", "one of field, log and exec, not several".to_owned()));
    }
    if !check.container.is_empty() && !output {
        found.push((
            "container",
            "a container is for log and exec; in a field: status.containerStatuses[name=…]".to_owned(),
        ));
    }
    let compares = !check.equals.is_empty() || !check.contains.is_empty();
    if compares && check.field.is_empty() && !output {
        found.push(("resource", "equals and contains want a field, log or exec".to_owned()));
    }
    if check.absent && (compares || !check.field.is_empty() || output) {
        found.push(("absent", "absent is about the whole object".to_owned()));
    }
    let mut rest = check.hint.as_str();
    while let Some((_, inside, behind)) = placeholder(rest) {
        if inside.is_empty() || Field::parse(inside).is_err() {
            found.push(("hint", format!("{{{inside}}} is neither {{found}} nor a field")));
        }
        rest = behind;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_that_cannot_be_judged() {
        let cases = [
            ("- {label: l, hint: h, resource: pods}", None),
            (
                "- {label: l, hint: 'is {found} on {spec.nodeName}', resource: pods, field: status.phase, equals: Running}",
                None,
            ),
            ("- {label: l, hint: h, resource: pods, exec: [cat, /x], container: c, contains: 1, within: 5}", None),
            ("- {label: l, hint: h, resource: configmaps, absent: true, holds: true}", None),
            ("- label: l\n  hint: h\n  resource: pod", Some((4, "there is no resource \"pod\""))),
            ("- label: l\n  hint: h\n  resource: pods\n  selector: 'a in'", Some((5, "the selector does not parse"))),
            ("- label: l\n  hint: h\n  resource: pods\n  field: a[b", Some((5, "the field does not parse"))),
            ("- label: l\n  hint: h\n  resource: pods\n  filed: a", Some((5, "unknown key \"filed\""))),
            ("- label: l\n  hint: h\n  resource: pods\n  exec: cat /x", Some((5, "exec must be a list of words"))),
            ("- label: l\n  hint: h\n  resource: pods\n  field: a\n  equals: True", Some((6, "equals must be text"))),
            ("- label: l\n  hint: h\n  resource: pods\n  log: maybe", Some((5, "log must be true or false"))),
            ("- label: l\n  hint: h\n  resource: pods\n  within: 0", Some((5, "within must be a number"))),
            ("- label: l\n  hint: h\n  resource: nodes\n  log: true", Some((4, "log and exec are of pods"))),
            ("- label: l\n  hint: h\n  resource: pods\n  equals: a", Some((4, "equals and contains want"))),
            (
                "- label: l\n  hint: h\n  resource: pods\n  field: a\n  log: true",
                Some((5, "one of field, log and exec")),
            ),
            (
                "- label: l\n  hint: h\n  resource: pods\n  field: a\n  container: c",
                Some((6, "a container is for log")),
            ),
            ("- label: l\n  hint: h\n  resource: pods\n  field: a\n  absent: true", Some((6, "absent is about"))),
            ("- label: l\n  hint: 'x {a b}'\n  resource: pods", Some((3, "{a b} is neither"))),
            ("- label: l\n  resource: pods", Some((2, "a check wants a hint"))),
            ("- hint: h\n  resource: pods", Some((2, "a check wants a label"))),
            ("- [", Some((3, "the checks are no YAML"))),
            ("label: l", Some((1, "the checks are no list"))),
            ("- l", Some((2, "a check is keys and values"))),
        ];
        for (body, problem) in cases {
            let mut found = Vec::new();
            lint(1, "", body, &mut found);
            match problem {
                None => assert_eq!(found, [], "{body}"),
                Some((line, start)) => {
                    assert!(found.iter().any(|p| p.line == line && p.message.starts_with(start)), "{body}: {found:?}");
                }
            }
        }
    }
}
