//! Which objects a request means: label and field selectors, and which fields can be selected by.

use serde_json::Value;
use shared::api::{FieldSelector, Kind, LabelSelector, Status, object};

use super::params::Params;
use crate::store::Object;

/// A request's selectors.
#[derive(Clone)]
pub struct Selection {
    labels: LabelSelector,
    fields: FieldSelector,
}

impl Selection {
    /// Reads the selectors; a field that the kind cannot be selected by is an error.
    pub fn read(kind: &Kind, params: &Params) -> Result<Self, Status> {
        let (labels, fields) = (params.labels()?, params.fields()?);
        for term in &fields.0 {
            if !selectable(kind).contains(&term.field.as_str()) && !ALWAYS.contains(&term.field.as_str()) {
                let kind = match kind.kind {
                    "Pod" | "Node" | "Event" | "Namespace" | "Secret" => String::new(),
                    _ => format!(
                        "\"{}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
                        term.field
                    ),
                };
                let why = if kind.is_empty() { format!("field label not supported: {}", term.field) } else { kind };
                return Err(Status::bad_request(why));
            }
        }
        Ok(Self { labels, fields })
    }

    /// Whether everything is meant.
    pub fn is_everything(&self) -> bool {
        self.labels.0.is_empty() && self.fields.0.is_empty()
    }

    /// Whether an object is meant; where everything is, it is not parsed.
    pub fn matches(&self, object: &Object) -> bool {
        if self.is_everything() {
            return true;
        }
        let value = object.value();
        self.labels.matches(object::labels(value)) && self.fields.matches(|field| text(value, field))
    }
}

const ALWAYS: &[&str] = &["metadata.name", "metadata.namespace"];

/// Source: `pkg/apis/core/v1/conversion.go` and the registries' `ToSelectableFields`.
fn selectable(kind: &Kind) -> &'static [&'static str] {
    match kind.kind {
        "Pod" => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        "Node" => &["spec.unschedulable"],
        "Namespace" => &["status.phase"],
        "Secret" => &["type"],
        "Event" => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        _ => &[],
    }
}

/// A field's text, empty where it is unset; an unset switch is `false`.
fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    if field == "source" {
        return value.pointer("/source/component").and_then(Value::as_str).unwrap_or_default();
    }
    let found = field.split('.').try_fold(value, |at, part| at.get(part));
    match found {
        Some(Value::String(text)) => text,
        Some(Value::Bool(true)) => "true",
        Some(Value::Bool(false)) => "false",
        _ if matches!(field, "spec.unschedulable" | "spec.hostNetwork") => "false",
        _ => "",
    }
}
