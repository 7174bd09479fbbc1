//! A check against the objects that there are, and what their containers say.

use serde_json::Value;

use super::Check;
use super::field::{Field, shown};
use crate::api::{LabelSelector, object};

/// What has to be read from a container for a check.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Read {
    /// The Pod's namespace.
    pub namespace: String,
    /// The Pod.
    pub pod: String,
    /// Its container; the first where it is empty.
    pub container: String,
    /// The command; none for the log.
    pub exec: Vec<String>,
}

impl Read {
    /// As kubectl's arguments.
    pub fn arguments(&self) -> Vec<String> {
        let verb = if self.exec.is_empty() { "logs" } else { "exec" };
        let mut words = [verb, "--namespace", &self.namespace, &self.pod].map(str::to_owned).to_vec();
        if !self.container.is_empty() {
            words.extend(["--container".to_owned(), self.container.clone()]);
        }
        if !self.exec.is_empty() {
            words.push("--".to_owned());
            words.extend(self.exec.iter().cloned());
        }
        words
    }
}

/// How far a check is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it is done.
    pub done: bool,
    /// What was found; `None` where there was nothing to look at.
    pub found: Option<String>,
    /// What to say to the learner while it is not done.
    pub hint: String,
}

/// What has to be read before a check can be judged.
pub fn reads(check: &Check, objects: impl Fn(&str) -> Vec<Value>) -> Vec<Read> {
    if !check.log && check.exec.is_empty() {
        return Vec::new();
    }
    let all = objects(&check.resource);
    meant(check, &all).into_iter().map(|pod| read(check, pod)).collect()
}

fn read(check: &Check, pod: &Value) -> Read {
    Read {
        namespace: object::namespace(pod).to_owned(),
        pod: object::name(pod).to_owned(),
        container: check.container.clone(),
        exec: check.exec.clone(),
    }
}

/// Judges a check. `objects` gives the objects of a resource, `output` what was read, where it could be.
pub fn evaluate(
    check: &Check,
    objects: impl Fn(&str) -> Vec<Value>,
    output: impl Fn(&Read) -> Option<String>,
) -> Outcome {
    let all = objects(&check.resource);
    let meant = meant(check, &all);
    let mut outcome = Outcome::default();
    let field = Field::parse(&check.field).ok();
    for object in &meant {
        let value = match check.log || !check.exec.is_empty() {
            true => output(&read(check, object)).map(|text| text.trim_end().to_owned()).filter(|text| !text.is_empty()),
            false => field.as_ref().and_then(|field| field.of(object)).map(shown),
        };
        let Some(value) = value else { continue };
        outcome.done |= !check.absent && fits(check, &value);
        outcome.found = Some(value);
    }
    outcome.done |= check.absent && meant.is_empty() && LabelSelector::parse(&check.selector).is_ok();
    if !outcome.done {
        outcome.hint = hint(&check.hint, outcome.found.as_deref(), meant.first().copied());
    }
    outcome
}

fn fits(check: &Check, value: &str) -> bool {
    (check.equals.is_empty() || value == check.equals) && value.contains(&check.contains)
}

/// The objects that a check is about. None for a selector that cannot be read.
fn meant<'a>(check: &Check, all: &'a [Value]) -> Vec<&'a Value> {
    let Ok(selector) = LabelSelector::parse(&check.selector) else { return Vec::new() };
    let is = |wanted: &str, value: &str| wanted.is_empty() || wanted == value;
    let named = all.iter().filter(|o| is(&check.name, object::name(o)) && is(&check.namespace, object::namespace(o)));
    named.filter(|o| selector.matches(object::labels(o))).collect()
}

/// Fills a hint in. With nothing to fill it with it would read as nonsense, so then it is empty.
fn hint(text: &str, found: Option<&str>, object: Option<&Value>) -> String {
    let (mut said, mut rest) = (String::new(), text);
    while let Some((before, inside, behind)) = placeholder(rest) {
        let value = match inside {
            "found" => found.map(str::to_owned),
            path => object.zip(Field::parse(path).ok()).and_then(|(o, field)| field.of(o).map(shown)),
        };
        let Some(value) = value else { return String::new() };
        said.push_str(before);
        said.push_str(&value);
        rest = behind;
    }
    said + rest
}

/// The first `{…}` of a hint: what is before, in and behind it.
pub(super) fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (inside, behind) = rest.split_once('}')?;
    Some((before, inside, behind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn checks_turn_green_when_it_is_so() {
        let pod = json!({
            "metadata": {"name": "p", "namespace": "default", "labels": {"run": "p"}},
            "spec": {"nodeName": "worker", "nodeSelector": {"disktype": "ssd"}},
            "status": {"conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [{"restartCount": 2}]},
        });
        let objects = |resource: &str| if resource == "pods" { vec![pod.clone()] } else { vec![] };
        let output = |read: &Read| {
            let words = read.arguments().join(" ");
            match words.as_str() {
                "logs --namespace default p" => Some("one\ntwo\n".to_owned()),
                "exec --namespace default p --container c -- cat /x" => Some("yes\n".to_owned()),
                _ => None,
            }
        };
        let cases = [
            ("{resource: pods}", None),
            ("{resource: nodes, hint: none}", Some("none")),
            ("{resource: pods, name: q, hint: 'no q'}", Some("no q")),
            ("{resource: pods, namespace: other, hint: 'not there'}", Some("not there")),
            ("{resource: pods, selector: 'run=p'}", None),
            ("{resource: pods, selector: 'run=q', hint: h}", Some("h")),
            ("{resource: pods, selector: '=', absent: true, hint: h}", Some("h")),
            ("{resource: pods, field: 'status.conditions[type=Ready].status', equals: 'True'}", None),
            ("{resource: pods, field: 'status.containerStatuses[0].restartCount', equals: 2}", None),
            ("{resource: pods, field: spec.nodeName, equals: master, hint: 'is on {found}'}", Some("is on worker")),
            ("{resource: pods, field: spec.gone, hint: 'is {found}'}", Some("")),
            (
                "{resource: pods, field: spec.gone, hint: 'asks for {spec.nodeSelector.disktype}.'}",
                Some("asks for ssd."),
            ),
            ("{resource: pods, name: p, absent: true, hint: still}", Some("still")),
            ("{resource: pods, name: q, absent: true}", None),
            ("{resource: pods, log: true, contains: two}", None),
            ("{resource: pods, log: true, contains: three, hint: '{found}!'}", Some("one\ntwo!")),
            ("{resource: pods, exec: [cat, /x], container: c, equals: 'yes'}", None),
            ("{resource: pods, exec: [cat, /y], hint: h}", Some("h")),
        ];
        for (text, hint) in cases {
            let check = &Check::read(&format!("- {text}\n"))[0];
            let outcome = evaluate(check, objects, output);
            assert_eq!((!outcome.done).then_some(outcome.hint.as_str()), hint, "{text}");
        }
        assert_eq!(Check::read("not a list"), []);
    }
}
