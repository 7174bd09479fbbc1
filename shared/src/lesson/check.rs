//! Things to do. Declarative: which object, which of its fields or what its container says, and what that must be.

use serde_json::Value;

/// Something to do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Check {
    /// What, in the learner's language.
    pub label: String,
    /// Of which resource: `pods`, `nodes`, `configmaps`.
    pub resource: String,
    /// The object's name; any where it is empty.
    pub name: String,
    /// The object's namespace; any where it is empty.
    pub namespace: String,
    /// A label selector that the object must fit.
    pub selector: String,
    /// A field: `status.phase`, `status.conditions[type=Ready].status`, `metadata.labels['a.b/c']`.
    pub field: String,
    /// Whether the log of the Pod's container is looked at instead of a field.
    pub log: bool,
    /// A command whose output in the Pod's container is looked at instead of a field; none where it is empty.
    pub exec: Vec<String>,
    /// The container of `log` and `exec`; the Pod's first where it is empty.
    pub container: String,
    /// What must be found, as text; where this and `contains` are empty, something must be found.
    pub equals: String,
    /// What must be in what is found.
    pub contains: String,
    /// Whether it is done when there is no such object.
    pub absent: bool,
    /// Whether it is so before the step already, and the step must not break it.
    pub holds: bool,
    /// How many seconds it may take after the step's commands have ended; 0 for [`Check::SECONDS`].
    pub within: u64,
    /// Said as long as it is not done; `{found}` stands for what is found, `{spec.nodeName}` for a field of the object.
    pub hint: String,
}

/// The keys of a check, and what each is.
pub(super) const KEYS: [(&str, Shape); 15] = [
    ("label", Shape::Text),
    ("resource", Shape::Text),
    ("name", Shape::Text),
    ("namespace", Shape::Text),
    ("selector", Shape::Text),
    ("field", Shape::Text),
    ("log", Shape::Truth),
    ("exec", Shape::Words),
    ("container", Shape::Text),
    ("equals", Shape::Text),
    ("contains", Shape::Text),
    ("absent", Shape::Truth),
    ("holds", Shape::Truth),
    ("within", Shape::Seconds),
    ("hint", Shape::Text),
];

/// What the value of a check's key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Text, or a number as it is written.
    Text,
    /// `true` or `false`.
    Truth,
    /// A list of words.
    Words,
    /// A number of seconds, 1 or more.
    Seconds,
}

impl Shape {
    /// Why a value is not that.
    pub(super) fn refuses(self, value: &Value) -> Option<&'static str> {
        let words = |list: &Vec<Value>| !list.is_empty() && list.iter().all(Value::is_string);
        let (right, rule) = match self {
            // `True` and `yes` would be read as `true`, which is not what an API object says.
            Self::Text => (value.is_string() || value.is_number(), "must be text: put it in quotes"),
            Self::Truth => (value.is_boolean(), "must be true or false"),
            Self::Words => (value.as_array().is_some_and(words), "must be a list of words: [\"cat\", \"/tmp/a\"]"),
            Self::Seconds => (value.as_u64().is_some_and(|n| n > 0), "must be a number of seconds, 1 or more"),
        };
        (!right).then_some(rule)
    }
}

impl Check {
    /// What a check may take that does not say `within`.
    pub const SECONDS: u64 = 60;

    /// Reads a YAML list of checks; what is no check is left out.
    pub fn read(text: &str) -> Vec<Self> {
        let (documents, _) = crate::manifest::read(text);
        let list = documents.first().and_then(Value::as_array).cloned().unwrap_or_default();
        list.iter().filter(|item| item.is_object()).map(Self::of).collect()
    }

    /// Reads one.
    pub(super) fn of(item: &Value) -> Self {
        let text = |key: &str| item.get(key).filter(|v| !v.is_null()).map(super::field::shown).unwrap_or_default();
        let truth = |key: &str| item.get(key).and_then(Value::as_bool).unwrap_or_default();
        let words = item.get("exec").and_then(Value::as_array).into_iter().flatten().map(super::field::shown);
        Self {
            label: text("label"),
            resource: text("resource"),
            name: text("name"),
            namespace: text("namespace"),
            selector: text("selector"),
            field: text("field"),
            log: truth("log"),
            exec: words.collect(),
            container: text("container"),
            equals: text("equals"),
            contains: text("contains"),
            absent: truth("absent"),
            holds: truth("holds"),
            within: item.get("within").and_then(Value::as_u64).unwrap_or_default(),
            hint: text("hint"),
        }
    }

    /// The check without its words: what a translation keeps.
    pub fn mute(&self) -> Self {
        Self { label: String::new(), hint: String::new(), ..self.clone() }
    }

    /// How many seconds it may take.
    pub fn seconds(&self) -> u64 {
        if self.within == 0 { Self::SECONDS } else { self.within }
    }

    /// The check as a clause, for reports: `pods/cmd status.phase = Succeeded`.
    pub fn clause(&self) -> String {
        let mut clause = self.resource.clone();
        for (before, part, behind) in
            [("/", &self.name, ""), (" in ", &self.namespace, ""), (" [", &self.selector, "]")]
        {
            if !part.is_empty() {
                clause.push_str(&format!("{before}{part}{behind}"));
            }
        }
        let what = match (self.log, self.exec.is_empty()) {
            (true, _) => "log".to_owned(),
            (_, false) => format!("exec {}", self.exec.join(" ")),
            _ => self.field.clone(),
        };
        let must = match (self.absent, self.equals.as_str(), self.contains.as_str()) {
            (true, ..) => "is absent".to_owned(),
            (_, "", "") => "is there".to_owned(),
            (_, "", contains) => format!("contains {contains:?}"),
            (_, equals, _) => format!("= {equals}"),
        };
        let at = if self.container.is_empty() { String::new() } else { format!(" -c {}", self.container) };
        let parts = [clause, what + &at, must];
        parts.iter().filter(|p| !p.is_empty()).cloned().collect::<Vec<_>>().join(" ")
    }
}
