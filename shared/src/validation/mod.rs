//! Kubernetes' validation rules, in Kubernetes' words (v1.35), on JSON values.
//!
//! Objects come decoded and defaulted; everything wrong with them is reported at once. This module may not change
//! an object, and it may not know of other objects: what needs a look into the store is admission's business.
//!
//! | call | when |
//! |---|---|
//! | [`create`] | a new object, name generated |
//! | [`update`] | an object that replaces an old one |
//! | [`update_status`] | the same through the `status` subresource |
//! | [`warnings`] | a new object that is valid: texts for `Warning` headers |
//! | [`admission::forbidden`] | a new Pod: what a sandbox does not allow, whatever Kubernetes does |

pub mod admission;
mod at;
mod labels;
mod limits;
mod meta;
pub(crate) mod names;
mod namespace;
mod node;
mod pod;
mod read;
mod secret;
mod simple;
mod warnings;
pub mod without_effect;

use serde_json::Value;

use self::at::Errors;
use crate::api::{FieldError, Kind};

pub use self::pod::log_options;
pub use self::warnings::warnings;

/// Everything wrong with a new object.
pub fn create(kind: &Kind, object: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let name_rule = match kind.kind {
        "Namespace" => names::label_name,
        _ => names::subdomain_name,
    };
    match kind.kind {
        "Binding" => simple::binding(object, &mut errors),
        "Event" => simple::event(object, &mut errors),
        // Questions, not objects: they have no name and are answered, not stored.
        "SelfSubjectReview" | "SelfSubjectAccessReview" | "SelfSubjectRulesReview" => {}
        _ => meta::create(kind, object, name_rule, &mut errors),
    }
    match kind.kind {
        "Pod" => pod::create(object, &mut errors),
        "PodTemplate" => pod::template(object, &mut errors),
        "Node" => node::create(object, &mut errors),
        "ConfigMap" => secret::config_map(object, &mut errors),
        "Secret" => secret::secret(object, &mut errors),
        "LimitRange" => limits::limit_range(object, &mut errors),
        "ResourceQuota" => limits::resource_quota(object, &mut errors),
        "PriorityClass" => simple::priority_class(object, &mut errors),
        "Lease" => simple::lease(object, &mut errors),
        _ => {}
    }
    errors.0
}

/// Everything wrong with replacing `old` by `new`.
pub fn update(kind: &Kind, new: &Value, old: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    meta::update(new, old, &mut errors);
    match kind.kind {
        "Pod" => pod::update(new, old, &mut errors),
        "PodTemplate" => pod::template(new, &mut errors),
        "Node" => node::update(new, old, &mut errors),
        "Namespace" => namespace::update(new, old, &mut errors),
        "ConfigMap" => {
            secret::immutable(new, old, &["data", "binaryData"], &mut errors);
            secret::config_map(new, &mut errors);
        }
        "Secret" => {
            secret::type_change(new, old, &mut errors);
            secret::immutable(new, old, &["data"], &mut errors);
            secret::secret(new, &mut errors);
        }
        "LimitRange" => limits::limit_range(new, &mut errors),
        "ResourceQuota" => limits::resource_quota_update(new, old, &mut errors),
        "PriorityClass" => simple::priority_class_update(new, old, &mut errors),
        "Lease" => simple::lease_update(new, old, &mut errors),
        _ => {}
    }
    errors.0
}

/// Everything wrong with a status update; `new.spec` is the old one, the API server has seen to that.
pub fn update_status(kind: &Kind, new: &Value, old: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    meta::update(new, old, &mut errors);
    match kind.kind {
        "Pod" => pod::update_status(new, old, &mut errors),
        "Node" => node::resources(new, &mut errors),
        "Namespace" => namespace::update_status(new, &mut errors),
        _ => {}
    }
    errors.0
}

/// Everything wrong with an update through `pods/ephemeralcontainers`.
pub fn update_ephemeral_containers(new: &Value, old: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    meta::update(new, old, &mut errors);
    pod::update_ephemeral_containers(new, old, &mut errors);
    errors.0
}

/// Everything wrong with a change of a Pod's resources.
#[cfg(feature = "typed")]
pub fn resize(new: &Value, old: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    meta::update(new, old, &mut errors);
    pod::resize(new, old, &mut errors);
    errors.0
}

#[cfg(test)]
mod tests;
