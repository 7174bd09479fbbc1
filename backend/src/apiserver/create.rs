//! Create.

use serde_json::Value;
use shared::api::{Kind, Status, object};
use shared::{defaulting, validation};

use super::api::{Api, Caller, key, refused, set_metadata, suffix, timestamp};
use super::{WriteOptions, admission, conversion, ownership, quota};
use crate::store::Object;

/// How often another name is generated when one is taken.
const ATTEMPTS: usize = 8;
/// What a generated name may be long before its suffix.
const BASE: usize = 58;

impl Api {
    /// Creates an object from a decoded one.
    ///
    /// # Errors
    /// 403 by admission, 409 when the name is taken, 422 when it is invalid, 404 for a missing namespace.
    pub async fn create(
        &self,
        caller: &Caller,
        kind: &'static Kind,
        namespace: &str,
        value: Value,
        options: &WriteOptions,
    ) -> Result<Object, Status> {
        self.make(caller, kind, namespace, value, options, false).await
    }

    /// As [`Api::create`], for an object that says already who owns what.
    pub(super) async fn create_booked(
        &self,
        caller: &Caller,
        kind: &'static Kind,
        namespace: &str,
        value: Value,
        options: &WriteOptions,
    ) -> Result<Object, Status> {
        self.make(caller, kind, namespace, value, options, true).await
    }

    async fn make(
        &self,
        caller: &Caller,
        kind: &'static Kind,
        namespace: &str,
        value: Value,
        options: &WriteOptions,
        booked: bool,
    ) -> Result<Object, Status> {
        let (kind, mut value) = (conversion::stored(kind), conversion::inward(kind, value));
        place(kind, namespace, &mut value)?;
        let generate = generate_base(&value);
        let attempts = if generate.is_some() { ATTEMPTS } else { 1 };
        set_metadata(&mut value, "uid", uuid::Uuid::new_v4().to_string());
        set_metadata(&mut value, "creationTimestamp", timestamp());
        for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion", "selfLink"] {
            super::api::clear_metadata(&mut value, field);
        }
        defaulting::apply(kind, &mut value);
        if !booked {
            // Before admission: what that adds is nobody's, as in Kubernetes.
            ownership::book(kind, None, &mut value, (caller, options, ""));
        }
        defaulting::prepare::create(kind, &mut value);
        admission::namespace_is_open(self, caller, kind, namespace)?;
        admission::admit(self, caller, kind, namespace, &mut value)?;
        defaulting::apply(kind, &mut value);
        let room = quota::reserve(self, caller, kind, namespace, &value).await?;
        let mut last = None;
        for attempt in 1..=attempts {
            let mut named = if attempt == attempts { std::mem::take(&mut value) } else { value.clone() };
            if let Some(base) = &generate {
                set_metadata(&mut named, "name", format!("{base}{}", suffix()));
            }
            let name = object::name(&named).to_owned();
            let errors = validation::create(kind, &named);
            if !errors.is_empty() {
                return Err(Status::invalid(kind, &name, &errors));
            }
            let key = key(caller, kind, namespace, &name);
            if options.dry_run {
                return match self.store.get(&key) {
                    Some(_) => Err(Status::already_exists(kind, &name)),
                    None => Ok(Object::unstored(named)),
                };
            }
            match self.store.create(key, named).await {
                Ok(made) => {
                    if let Some(room) = room {
                        room.commit(self, caller).await;
                    }
                    return Ok(made);
                }
                Err(error) => last = Some(refused(kind, &name, error)),
            }
            if !last.as_ref().is_some_and(|s| s.is("AlreadyExists")) {
                break;
            }
        }
        Err(last.unwrap_or_else(|| Status::internal("no name was tried")))
    }
}

/// Puts the path's namespace into the object; the object may not name another.
pub(super) fn place(kind: &Kind, namespace: &str, value: &mut Value) -> Result<(), Status> {
    if !kind.namespaced {
        super::api::clear_metadata(value, "namespace");
        return Ok(());
    }
    let named = object::namespace(value);
    if !named.is_empty() && named != namespace {
        let why = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(why));
    }
    set_metadata(value, "namespace", namespace);
    Ok(())
}

/// The beginning of a generated name, where no name is given.
fn generate_base(value: &Value) -> Option<String> {
    let base = value.pointer("/metadata/generateName").and_then(Value::as_str).filter(|b| !b.is_empty())?;
    object::name(value).is_empty().then(|| base.chars().take(BASE).collect())
}
