//! Delete: at once, or as soon as the grace period and the finalizers allow.

use serde_json::Value;
use shared::api::status::Details;
use shared::api::{Kind, Status, object};
use shared::defaulting::SYSTEM_PRIORITIES;

use super::DeleteOptions;
use super::api::{Api, Caller, key, refused, set_metadata};
use super::update::mark_deleted;
use crate::store::{Object, StoreError};

/// Namespaces that stay (`NamespaceLifecycle`).
const IMMORTAL: &[&str] = &["default", "kube-public", "kube-system"];

/// What a deletion came to.
pub enum Deleted {
    /// The object is gone; its last state.
    Now(Object),
    /// It is on its way out; its present state.
    Later(Object),
}

impl Deleted {
    /// The object.
    pub fn object(&self) -> &Object {
        match self {
            Self::Now(object) | Self::Later(object) => object,
        }
    }

    /// The answer Kubernetes gives: a Pod and whatever goes later as it is, the rest as a Status.
    pub fn answer(&self, kind: &Kind) -> Result<Object, Status> {
        match self {
            Self::Later(object) => Ok(object.clone()),
            Self::Now(object) if kind.kind == "Pod" => Ok(object.clone()),
            Self::Now(object) => Err(Status::success(Some(Details {
                name: object::name(object.value()).to_owned(),
                group: kind.group.to_owned(),
                kind: kind.plural.to_owned(),
                uid: object::uid(object.value()).to_owned(),
                ..Details::default()
            }))),
        }
    }
}

impl Api {
    /// Deletes an object.
    ///
    /// # Errors
    /// 404, 409 when a precondition does not hold.
    pub async fn delete(
        &self,
        caller: &Caller,
        kind: &'static Kind,
        namespace: &str,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<Deleted, Status> {
        if kind.kind == "Namespace" && IMMORTAL.contains(&name) {
            return Err(Status::forbidden(kind, name, "this namespace may not be deleted"));
        }
        if kind.kind == "PriorityClass" && SYSTEM_PRIORITIES.iter().any(|(system, ..)| *system == name) {
            return Err(Status::forbidden(kind, name, "this is a system priority class and cannot be deleted"));
        }
        loop {
            let old = self.get(caller, kind, namespace, name)?;
            preconditions(kind, name, &old, options)?;
            let key = key(caller, kind, namespace, name);
            let revision = Some(old.revision());
            let done = match plan(kind, old.value(), options) {
                Plan::Nothing => return Ok(Deleted::Later(old)),
                _ if options.dry_run => return Ok(Deleted::Now(old)),
                Plan::Remove => self.store.delete(key, revision).await.map(Deleted::Now),
                Plan::Mark(value) => self.store.update(key, revision, value).await.map(Deleted::Later),
            };
            match done {
                Ok(deleted) => return Ok(deleted),
                // Somebody was quicker; whatever they made of it shall go.
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(refused(kind, name, error)),
            }
        }
    }
}

enum Plan {
    /// It is on its way already, and no sooner is asked.
    Nothing,
    Remove,
    Mark(Value),
}

fn plan(kind: &Kind, old: &Value, options: &DeleteOptions) -> Plan {
    let mut value = old.clone();
    let policy = options.propagation_policy.as_deref().unwrap_or("Background");
    for (wanted, finalizer) in [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")] {
        if policy == wanted && !finalizers(&value).iter().any(|f| f == finalizer) {
            let mut list = finalizers(&value).to_vec();
            list.push(finalizer.into());
            set_metadata(&mut value, "finalizers", list);
        }
    }
    let grace = match kind.kind {
        "Pod" => pod_grace(&value, options),
        _ => 0,
    };
    let held = !finalizers(&value).is_empty()
        || kind.kind == "Namespace" && !object::list(&value, "/spec/finalizers").is_empty();
    let current = value.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64);
    let marked = object::deletion_timestamp(&value).is_some();
    if grace == 0 && !held {
        return Plan::Remove;
    }
    if marked && current.is_some_and(|current| current <= grace) && finalizers(&value) == finalizers(old) {
        return Plan::Nothing;
    }
    mark_deleted(&mut value, grace);
    if kind.kind == "Namespace" {
        value["status"]["phase"] = "Terminating".into();
    }
    Plan::Mark(value)
}

fn finalizers(value: &Value) -> &[Value] {
    object::list(value, "/metadata/finalizers")
}

/// Seconds that a Pod's processes get. One without a node, or whose processes have all ended, waits for nothing.
fn pod_grace(pod: &Value, options: &DeleteOptions) -> i64 {
    let own = pod.pointer("/spec/terminationGracePeriodSeconds").and_then(Value::as_i64).unwrap_or(30);
    let node = pod.pointer("/spec/nodeName").and_then(Value::as_str).unwrap_or_default();
    let phase = pod.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default();
    match options.grace_period_seconds {
        _ if node.is_empty() || matches!(phase, "Succeeded" | "Failed") => 0,
        // Below zero is one second, as in Kubernetes.
        Some(grace) if grace < 0 => 1,
        Some(grace) => grace,
        None => own,
    }
}

fn preconditions(kind: &Kind, name: &str, old: &Object, options: &DeleteOptions) -> Result<(), Status> {
    let failed = |what: &str, wanted: &str, found: &str| {
        let why = format!("Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {found}");
        Err(Status::conflict(kind, name, &why))
    };
    if let Some(uid) = options.uid.as_deref().filter(|uid| *uid != object::uid(old.value())) {
        return failed("UID", uid, object::uid(old.value()));
    }
    let revision = object::resource_version(old.value());
    if let Some(wanted) = options.resource_version.as_deref().filter(|wanted| *wanted != revision) {
        return failed("ResourceVersion", wanted, revision);
    }
    Ok(())
}
