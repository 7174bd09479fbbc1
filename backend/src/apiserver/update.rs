//! Update, of whole objects and of their subresources; binding.

use serde_json::{Value, json};
use shared::api::kind::known;
use shared::api::{Kind, Status, object};
use shared::{defaulting, validation};

use super::WriteOptions;
use super::api::{Api, Caller, key, refused, set_metadata, timestamp};
use super::create::place;
use crate::store::Object;

impl Api {
    /// Replaces an object, or a part of it, by a decoded one.
    ///
    /// # Errors
    /// 404, 409 when its revision is not the current one, 422 when it is invalid.
    pub async fn update(
        &self,
        caller: &Caller,
        kind: &'static Kind,
        namespace: &str,
        name: &str,
        subresource: &str,
        value: Value,
        options: &WriteOptions,
    ) -> Result<Object, Status> {
        let old = self.get(caller, kind, namespace, name)?;
        let named = object::name(&value);
        if named != name {
            let why = format!("the name of the object ({named}) does not match the name on the URL ({name})");
            return Err(Status::bad_request(why));
        }
        let expected = expected(&value, &old, kind, name)?;
        self.replace(caller, kind, namespace, subresource, &old, expected, value, options).await
    }

    /// The second half of every change: from here on it does not matter whether the new object came whole or as a
    /// patch. `expected` is the revision it must still have.
    pub(super) async fn replace(
        &self,
        caller: &Caller,
        kind: &'static Kind,
        namespace: &str,
        subresource: &str,
        old: &Object,
        expected: Option<u64>,
        mut value: Value,
        options: &WriteOptions,
    ) -> Result<Object, Status> {
        let name = object::name(old.value()).to_owned();
        place(kind, namespace, &mut value)?;
        keep_identity(&mut value, old.value(), kind, &name)?;
        defaulting::apply(kind, &mut value);
        let errors = match subresource {
            "status" => {
                defaulting::prepare::update_status(kind, &mut value, old.value());
                validation::update_status(kind, &value, old.value())
            }
            "finalize" => {
                keep(&mut value, old.value(), "status");
                Vec::new()
            }
            "ephemeralcontainers" => {
                let containers = value.pointer("/spec/ephemeralContainers").cloned().unwrap_or_default();
                value = old.value().clone();
                value["spec"]["ephemeralContainers"] = containers;
                validation::update_ephemeral_containers(&value, old.value())
            }
            _ => {
                defaulting::prepare::update(kind, &mut value, old.value());
                validation::update(kind, &value, old.value())
            }
        };
        if !errors.is_empty() {
            return Err(Status::invalid(kind, &name, &errors));
        }
        if value == *old.value() {
            // Nothing changed: no revision is used up, no watch is woken.
            return Ok(old.clone());
        }
        if options.dry_run {
            return Ok(Object::unstored(value));
        }
        let key = key(caller, kind, namespace, &name);
        if finished(kind, &value) {
            return self.store.delete(key, expected).await.map_err(|e| refused(kind, &name, e));
        }
        self.store.update(key, expected, value).await.map_err(|e| refused(kind, &name, e))
    }

    /// Gives a Pod its node: what only the scheduler does, and only once.
    ///
    /// # Errors
    /// 404, 409 when it has one already or is on its way out, 422 for a target that is no node.
    pub async fn bind(
        &self,
        caller: &Caller,
        namespace: &str,
        name: &str,
        binding: &Value,
        options: &WriteOptions,
    ) -> Result<(), Status> {
        let pods = known("pods");
        let target = binding.pointer("/target/name").and_then(Value::as_str).unwrap_or_default();
        let errors = validation::create(known("bindings"), binding);
        if !errors.is_empty() {
            return Err(Status::invalid(known("bindings"), name, &errors));
        }
        loop {
            let old = self.get(caller, pods, namespace, name)?;
            let mut value = old.value().clone();
            let uid = object::uid(binding);
            if !uid.is_empty() && uid != object::uid(&value) {
                let why = format!(
                    "Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
                    object::uid(&value)
                );
                return Err(Status::conflict(pods, name, &why));
            }
            if object::deletion_timestamp(&value).is_some() {
                return Err(Status::conflict(
                    pods,
                    name,
                    &format!("pod {name} is being deleted, cannot be assigned to a host"),
                ));
            }
            let node = value.pointer("/spec/nodeName").and_then(Value::as_str).unwrap_or_default();
            if !node.is_empty() {
                return Err(Status::conflict(
                    pods,
                    name,
                    &format!("pod {name} is already assigned to node \"{node}\""),
                ));
            }
            value["spec"]["nodeName"] = target.into();
            scheduled(&mut value);
            if options.dry_run {
                return Ok(());
            }
            match self.store.update(key(caller, pods, namespace, name), Some(old.revision()), value).await {
                Ok(_) => return Ok(()),
                Err(crate::store::StoreError::Conflict) => {}
                Err(error) => return Err(refused(pods, name, error)),
            }
        }
    }
}

/// The Pod's condition that it has a node.
fn scheduled(pod: &mut Value) {
    let condition = json!({
        "type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": timestamp(),
    });
    let conditions = &mut pod["status"]["conditions"];
    if !conditions.is_array() {
        *conditions = json!([]);
    }
    if let Some(list) = conditions.as_array_mut() {
        list.retain(|c| c.get("type").and_then(Value::as_str) != Some("PodScheduled"));
        list.push(condition);
    }
}

/// The revision that a whole object brings along; none for an unconditional update.
fn expected(value: &Value, old: &Object, kind: &Kind, name: &str) -> Result<Option<u64>, Status> {
    match object::resource_version(value) {
        "" | "0" => Ok(None),
        text => match text.parse::<u64>() {
            Ok(revision) if revision == old.revision() => Ok(Some(revision)),
            Ok(_) => Err(Status::modified(kind, name)),
            Err(_) => {
                let error = shared::api::FieldError::invalid(
                    &shared::api::Path::new("metadata").child("resourceVersion"),
                    text,
                    format!("strconv.ParseUint: parsing {}: invalid syntax", shared::api::field::quote(text)),
                );
                Err(Status::invalid(kind, name, &[error]))
            }
        },
    }
}

/// What no change may touch: uid, times, deletion.
fn keep_identity(value: &mut Value, old: &Value, kind: &Kind, name: &str) -> Result<(), Status> {
    let uid = object::uid(value);
    if !uid.is_empty() && uid != object::uid(old) {
        let why = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {}", object::uid(old));
        return Err(Status::conflict(kind, name, &why));
    }
    let Some(metadata) = object::metadata_mut(value) else {
        return Err(Status::bad_request("metadata must be an object"));
    };
    for field in [
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generateName",
        "generation",
        "resourceVersion",
    ] {
        match old.pointer(&format!("/metadata/{field}")) {
            Some(kept) => metadata.insert(field.to_owned(), kept.clone()),
            None => metadata.remove(field),
        };
    }
    Ok(())
}

fn keep(value: &mut Value, old: &Value, field: &str) {
    if let Some(fields) = value.as_object_mut() {
        match old.get(field) {
            Some(kept) => fields.insert(field.to_owned(), kept.clone()),
            None => fields.remove(field),
        };
    }
}

/// Whether a change was the last thing that a deletion waited for.
fn finished(kind: &Kind, value: &Value) -> bool {
    let waits = !object::list(value, "/metadata/finalizers").is_empty()
        || kind.kind == "Namespace" && !object::list(value, "/spec/finalizers").is_empty();
    let grace = value.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64).unwrap_or_default();
    object::deletion_timestamp(value).is_some() && !waits && (kind.kind != "Pod" || grace == 0)
}

/// Shared with deletion: the time at which a deletion with this grace takes effect.
pub(super) fn mark_deleted(value: &mut Value, grace: i64) {
    let at = crate::clock::now().plus_seconds(grace).to_string();
    set_metadata(value, "deletionTimestamp", at);
    set_metadata(value, "deletionGracePeriodSeconds", grace);
}
