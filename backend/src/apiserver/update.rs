//! Update, of whole objects and of their subresources; binding.

use serde_json::{Value, json};
use shared::api::field::quote;
use shared::api::kind::known;
use shared::api::{FieldError, Kind, Path, Status, object};
use shared::{defaulting, validation};

use super::api::{Api, Caller, key, refused, set_metadata, timestamp};
use super::create::place;
use super::priority;
use super::{WriteOptions, conversion, ownership};
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
        (namespace, name, subresource): (&str, &str, &str),
        value: Value,
        options: &WriteOptions,
    ) -> Result<Object, Status> {
        is_named(kind, namespace, name, &value)?;
        let (kind, value) = (conversion::stored(kind), conversion::inward(kind, value));
        loop {
            let old = self.get(caller, kind, namespace, name)?;
            let stated = stated_revision(&value, kind, name)?;
            if stated.is_some_and(|revision| revision != old.revision()) {
                return Err(Status::modified(kind, name));
            }
            let done = self.replace((caller, options), kind, subresource, &old, value.clone()).await;
            match done {
                // It states no revision, so it is to win against whatever came between.
                Err(status) if status.is("Conflict") && stated.is_none() && self.moved_on(caller, kind, &old) => {}
                other => return other,
            }
        }
    }

    /// Whether an object is no longer what it was when it was read.
    fn moved_on(&self, caller: &Caller, kind: &'static Kind, old: &Object) -> bool {
        let (namespace, name) = (object::namespace(old.value()), object::name(old.value()));
        self.get(caller, kind, namespace, name).is_ok_and(|now| now.revision() != old.revision())
    }

    /// The second half of every change: from here on it does not matter whether the new object came whole or as a
    /// patch. The old object must still be the current one.
    pub(super) async fn replace(
        &self,
        (caller, options): (&Caller, &WriteOptions),
        kind: &'static Kind,
        subresource: &str,
        old: &Object,
        value: Value,
    ) -> Result<Object, Status> {
        let book = |value: &mut Value| ownership::book(kind, Some(old.value()), value, (caller, options, subresource));
        self.put((caller, options), kind, subresource, old, value, &book).await
    }

    /// As [`Api::replace`], for an object that says already who owns what.
    pub(super) async fn replace_booked(
        &self,
        by: (&Caller, &WriteOptions),
        kind: &'static Kind,
        subresource: &str,
        old: &Object,
        value: Value,
    ) -> Result<Object, Status> {
        let owners = value.pointer("/metadata/managedFields").cloned();
        let book = |value: &mut Value| match &owners {
            Some(owners) => set_metadata(value, "managedFields", owners.clone()),
            None => super::api::clear_metadata(value, "managedFields"),
        };
        self.put(by, kind, subresource, old, value, &book).await
    }

    async fn put(
        &self,
        (caller, options): (&Caller, &WriteOptions),
        kind: &'static Kind,
        subresource: &str,
        old: &Object,
        mut value: Value,
        book: &(dyn Fn(&mut Value) + Sync),
    ) -> Result<Object, Status> {
        let namespace = object::namespace(old.value());
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
            "resize" => {
                let asked = value;
                value = old.value().clone();
                defaulting::prepare::resize(&mut value, &asked);
                validation::resize(&value, old.value())
            }
            _ => {
                if kind.kind == "PriorityClass" {
                    priority::one_default(self, caller, &value, false)?;
                }
                defaulting::admit_update(kind, &mut value, old.value());
                defaulting::prepare::update(kind, &mut value, old.value());
                validation::update(kind, &value, old.value())
            }
        };
        if !errors.is_empty() {
            return Err(Status::invalid(kind, &name, &errors));
        }
        book(&mut value);
        if value == *old.value() {
            // Nothing changed: no revision is used up, no watch is woken.
            return Ok(old.clone());
        }
        if options.dry_run {
            return Ok(Object::unstored(value));
        }
        let key = key(caller, kind, namespace, &name);
        let expected = Some(old.revision());
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
            // What it was nominated to is settled (`ClearingNominatedNodeNameAfterBinding`, on since v1.35).
            if let Some(status) = value.get_mut("status").and_then(Value::as_object_mut) {
                status.remove("nominatedNodeName");
            }
            ownership::book(pods, Some(old.value()), &mut value, (caller, options, "binding"));
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

/// An object must be of the name and namespace that the path says (`checkName`).
pub(super) fn is_named(kind: &Kind, namespace: &str, name: &str, value: &Value) -> Result<(), Status> {
    let (named, within) = (object::name(value), object::namespace(value));
    if named != name {
        let why = format!("the name of the object ({named}) does not match the name on the URL ({name})");
        return Err(Status::bad_request(why));
    }
    if kind.namespaced && !within.is_empty() && within != namespace {
        let why =
            format!("the namespace of the object ({within}) does not match the namespace on the request ({namespace})");
        return Err(Status::bad_request(why));
    }
    Ok(())
}

/// The revision that a whole object brings along; none for an unconditional update.
fn stated_revision(value: &Value, kind: &Kind, name: &str) -> Result<Option<u64>, Status> {
    let path = Path::new("metadata").child("resourceVersion");
    match object::resource_version(value) {
        // `AllowUnconditionalUpdate` is false for leases: two holders must not overwrite each other.
        "" | "0" if kind.kind == "Lease" => {
            Err(Status::invalid(kind, name, &[FieldError::invalid(&path, 0, "must be specified for an update")]))
        }
        "" | "0" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            let why = format!("strconv.ParseUint: parsing {}: invalid syntax", quote(text));
            Status::invalid(kind, name, &[FieldError::invalid(&path, text, why)])
        }),
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
