//! Things to do, checked against the objects that there are. Declarative: which object, which field, which value.

use serde_json::Value;

use crate::api::{LabelSelector, object};

/// Something to do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Check {
    /// What, in the learner's language.
    pub label: String,
    /// Of which resource: `pods`, `nodes`.
    pub resource: String,
    /// The object's name; any where it is empty.
    pub name: String,
    /// A label selector that the object must fit.
    pub selector: String,
    /// A field: `status.phase`, `status.conditions[type=Ready].status`, `status.containerStatuses[0].restartCount`.
    pub field: String,
    /// What the field must be, as text; where it is empty the field must only be there.
    pub equals: String,
    /// Said as long as it is not done; `{found}` stands for what the field is now.
    pub hint: String,
}

impl Check {
    /// Reads a YAML list of checks; what is no check is left out.
    pub fn read(text: &str) -> Vec<Self> {
        let (documents, _) = crate::manifest::read(text);
        let list = documents.first().and_then(Value::as_array).cloned().unwrap_or_default();
        list.iter().filter(|item| item.is_object()).map(Self::of).collect()
    }

    fn of(item: &Value) -> Self {
        let text = |field: &str| match item.get(field) {
            Some(Value::String(text)) => text.clone(),
            None | Some(Value::Null) => String::new(),
            Some(other) => other.to_string(),
        };
        Self {
            label: text("label"),
            resource: text("resource"),
            name: text("name"),
            selector: text("selector"),
            field: text("field"),
            equals: text("equals"),
            hint: text("hint"),
        }
    }
}

/// Whether a check is done: `None` when it is, else what is missing. `objects` gives the objects of a resource.
pub fn evaluate(check: &Check, objects: impl Fn(&str) -> Vec<Value>) -> Option<String> {
    let Ok(selector) = LabelSelector::parse(&check.selector) else { return Some(check.hint.clone()) };
    let all = objects(&check.resource);
    let meant = all.iter().filter(|o| check.name.is_empty() || object::name(o) == check.name);
    let meant: Vec<&Value> = meant.filter(|o| selector.matches(object::labels(o))).collect();
    let mut found = String::new();
    for object in &meant {
        match field(object, &check.field).map(shown) {
            Some(value) if check.equals.is_empty() || value == check.equals => return None,
            Some(value) => found = value,
            None => {}
        }
    }
    match check.hint.contains("{found}") && found.is_empty() {
        // Nothing to show: the hint would read as nonsense.
        true => Some(String::new()),
        false => Some(check.hint.replace("{found}", &found)),
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What stands at a path. The empty path is the object.
fn field<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    let mut at = object;
    for part in path.split('.').filter(|p| !p.is_empty()) {
        let (name, index) = match part.split_once('[') {
            Some((name, index)) => (name, index.strip_suffix(']')),
            None => (part, None),
        };
        at = at.get(name)?;
        at = match index {
            None => at,
            Some(index) => match index.split_once('=') {
                Some((key, value)) => {
                    at.as_array()?.iter().find(|i| i.get(key).and_then(Value::as_str) == Some(value))?
                }
                None => at.get(index.parse::<usize>().ok()?)?,
            },
        };
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn checks_turn_green_when_it_is_so() {
        let pod = json!({
            "metadata": {"name": "p", "labels": {"run": "p"}},
            "spec": {"nodeName": "worker"},
            "status": {"conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [{"restartCount": 2}]},
        });
        let objects = |resource: &str| if resource == "pods" { vec![pod.clone()] } else { vec![] };
        let cases = [
            ("{resource: pods}", None),
            ("{resource: nodes, hint: none}", Some("none")),
            ("{resource: pods, name: q, hint: 'no q'}", Some("no q")),
            ("{resource: pods, selector: 'run=p'}", None),
            ("{resource: pods, selector: 'run=q', hint: h}", Some("h")),
            ("{resource: pods, field: 'status.conditions[type=Ready].status', equals: 'True'}", None),
            ("{resource: pods, field: 'status.containerStatuses[0].restartCount', equals: 2}", None),
            ("{resource: pods, field: spec.nodeName, equals: master, hint: 'is on {found}'}", Some("is on worker")),
            ("{resource: pods, field: spec.gone, hint: 'is {found}'}", Some("")),
        ];
        for (text, outcome) in cases {
            let check = &Check::read(&format!("- {text}\n"))[0];
            assert_eq!(evaluate(check, objects).as_deref(), outcome, "{text}");
        }
        assert_eq!(Check::read("not a list"), []);
    }
}
