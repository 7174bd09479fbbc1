//! A request's query.

use shared::api::{FieldSelector, LabelSelector, Status, paths};

/// The parameters, in order; the first of a name counts, as in Kubernetes.
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    pub fn read(query: &str) -> Self {
        Self(paths::query(query))
    }

    /// Makes the request a watch, of one object where it is named.
    pub fn watch(&mut self, name: String) {
        self.0.insert(0, ("watch".to_owned(), "true".to_owned()));
        if !name.is_empty() {
            self.0.insert(0, ("fieldSelector".to_owned(), format!("metadata.name={name}")));
        }
    }

    /// A parameter's text; empty where it is missing.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// Whether a switch is on: `true`, `1`, or present without a value.
    pub fn flag(&self, name: &str) -> bool {
        self.0
            .iter()
            .find(|(n, _)| n == name)
            .is_some_and(|(_, v)| matches!(v.as_str(), "" | "1" | "true" | "True" | "t"))
    }

    /// A whole number.
    pub fn number(&self, name: &str) -> Result<Option<i64>, Status> {
        match self.get(name) {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| {
                Status::bad_request(format!(
                    "strconv.ParseInt: parsing {}: invalid syntax",
                    shared::api::field::quote(text)
                ))
            }),
        }
    }

    /// The label selector.
    pub fn labels(&self) -> Result<LabelSelector, Status> {
        LabelSelector::parse(self.get("labelSelector"))
            .map_err(|why| Status::bad_request(format!("unable to parse requirement: {why}")))
    }

    /// The field selector.
    pub fn fields(&self) -> Result<FieldSelector, Status> {
        FieldSelector::parse(self.get("fieldSelector")).map_err(Status::bad_request)
    }
}
