//! Where the rules stand in an object, and what they found wrong there.
//!
//! A place is a chain of borrowed steps on the stack: walking a valid object allocates nothing, and only an error
//! pays for a real [`Path`]. This module may not know any rule.

use serde_json::Value;

use crate::api::field::{FieldError, Path, Segment};

#[derive(Clone, Copy)]
enum Step<'p> {
    Field(&'p str),
    Index(usize),
    Key(&'p str),
}

/// A place in an object, one step below its parent.
#[derive(Clone, Copy)]
pub(crate) struct At<'p> {
    parent: Option<&'p At<'p>>,
    step: Step<'p>,
}

impl<'p> At<'p> {
    /// A field of the object itself.
    pub(crate) const fn new(field: &'p str) -> Self {
        Self { parent: None, step: Step::Field(field) }
    }

    /// The field `name` below this place.
    pub(crate) const fn child(&'p self, name: &'p str) -> At<'p> {
        At { parent: Some(self), step: Step::Field(name) }
    }

    /// The list element below this place.
    pub(crate) const fn index(&'p self, index: usize) -> At<'p> {
        At { parent: Some(self), step: Step::Index(index) }
    }

    /// The map entry below this place.
    pub(crate) const fn key(&'p self, key: &'p str) -> At<'p> {
        At { parent: Some(self), step: Step::Key(key) }
    }

    /// The place as a path that owns its steps.
    pub(crate) fn path(&self) -> Path {
        let mut steps = Vec::new();
        let mut at = Some(self);
        while let Some(here) = at {
            steps.push(match here.step {
                // Go prints a field with no name as an empty index: `[]: Too long: …` is about the whole object.
                Step::Field("") => Segment::Key(String::new()),
                Step::Field(name) => Segment::Field(name.to_owned()),
                Step::Index(index) => Segment::Index(index),
                Step::Key(key) => Segment::Key(key.to_owned()),
            });
            at = here.parent;
        }
        steps.reverse();
        Path(steps)
    }
}

/// Everything found wrong so far, in the order in which Kubernetes reports it.
#[derive(Default)]
pub(crate) struct Errors(pub(crate) Vec<FieldError>);

impl Errors {
    pub(crate) fn required(&mut self, at: &At, detail: &str) {
        self.0.push(FieldError::required(&at.path(), detail));
    }

    pub(crate) fn invalid(&mut self, at: &At, bad: impl Into<Value>, detail: impl Into<String>) {
        self.0.push(FieldError::invalid(&at.path(), bad, detail));
    }

    /// One error for every rule that `bad` breaks.
    pub(crate) fn invalid_all(&mut self, at: &At, bad: &str, details: Vec<String>) {
        for detail in details {
            self.invalid(at, bad, detail);
        }
    }

    pub(crate) fn not_supported(&mut self, at: &At, bad: &str, supported: &[&str]) {
        self.0.push(FieldError::not_supported(&at.path(), bad, supported));
    }

    pub(crate) fn forbidden(&mut self, at: &At, detail: impl Into<String>) {
        self.0.push(FieldError::forbidden(&at.path(), detail));
    }

    pub(crate) fn duplicate(&mut self, at: &At, bad: impl Into<Value>) {
        self.0.push(FieldError::duplicate(&at.path(), bad));
    }

    pub(crate) fn not_found(&mut self, at: &At, bad: impl Into<Value>) {
        self.0.push(FieldError::not_found(&at.path(), bad));
    }

    pub(crate) fn too_long(&mut self, at: &At, max: usize) {
        self.0.push(FieldError::too_long(&at.path(), max));
    }
}
