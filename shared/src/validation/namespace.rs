//! Namespace: its finalizers, and the phase that goes with being deleted.

use serde_json::Value;

use super::at::{At, Errors};
use super::names;
use super::read::{get, same_field, strings, text};
use crate::api::object;

/// An update through the object or through `namespaces/finalize`: the finalizers keep their form.
pub(crate) fn update(new: &Value, old: &Value, errors: &mut Errors) {
    let Some(spec) = get(new, "spec") else { return };
    if same_field(new, old, "spec") {
        return;
    }
    let at = At::new("spec");
    let at = at.child("finalizers");
    for (index, finalizer) in strings(spec, "finalizers").enumerate() {
        let at = at.index(index);
        errors.invalid_all(&at, finalizer, names::qualified_name(finalizer));
        if !finalizer.contains('/') && !matches!(finalizer, "kubernetes" | "orphan" | "foregroundDeletion") {
            errors.invalid(&at, finalizer, "name is neither a standard finalizer name nor is it fully qualified");
        }
    }
}

/// A namespace is `Terminating` exactly while it is being deleted.
pub(crate) fn update_status(new: &Value, errors: &mut Errors) {
    let phase = new.get("status").map_or("", |status| text(status, "phase"));
    let at = At::new("status");
    let at = at.child("Phase");
    match object::deletion_timestamp(new) {
        None if phase != "Active" => {
            errors.invalid(&at, phase, "may only be 'Active' if `deletionTimestamp` is empty");
        }
        Some(_) if phase != "Terminating" => {
            errors.invalid(&at, phase, "may only be 'Terminating' if `deletionTimestamp` is not empty");
        }
        _ => {}
    }
}
