//! Server-side apply.

use serde_json::Value;
use shared::api::{Kind, Status, object};
use shared::managed::{self, ApplyError, Author};
use shared::schema;

use super::WriteOptions;
use super::api::{Api, Caller, set_metadata, timestamp};
use super::patch::{ATTEMPTS, Decode};
use super::update::is_named;
use crate::store::Object;

impl Api {
    /// Applies an object; makes it where there is none, which the second part of the answer tells.
    ///
    /// # Errors
    /// 400 for what is no object of the kind, 409 with every conflict, and as [`Api::update`].
    pub async fn apply(
        &self,
        caller: &Caller,
        kind: &'static Kind,
        (namespace, name, subresource): (&str, &str, &str),
        mut applied: Value,
        options: &WriteOptions,
        decode: Decode<'_>,
    ) -> Result<(Object, bool), Status> {
        check(kind, &applied)?;
        if object::name(&applied).is_empty() {
            set_metadata(&mut applied, "name", name);
        }
        is_named(kind, namespace, name, &applied)?;
        if kind.namespaced {
            set_metadata(&mut applied, "namespace", namespace);
        }
        let version = kind.api_version();
        let definition = schema::for_kind(&version, kind.kind)
            .ok_or_else(|| Status::internal(format!("no schema for kind {:?}", kind.kind)))?;
        keep_to(kind, subresource, &mut applied);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let live = self.get(caller, kind, namespace, name);
            let time = timestamp();
            let author = Author { manager: &options.manager, version: &version, subresource, time: &time };
            let found = live.as_ref().ok().map(Object::value);
            let value = managed::apply(definition, found, &applied, author, options.force).map_err(refused)?;
            let value = decode(value)?;
            let done = match live {
                Ok(old) => {
                    let stated = object::resource_version(&applied);
                    if !stated.is_empty() && stated != object::resource_version(old.value()) {
                        return Err(Status::modified(kind, name));
                    }
                    let by = (caller, options);
                    self.replace_booked(by, kind, subresource, &old, value).await.map(|object| (object, false))
                }
                Err(missing) if !subresource.is_empty() => return Err(missing),
                Err(missing) if !object::uid(&applied).is_empty() => return Err(uid_of_nothing(missing, &applied)),
                Err(_) => self.create_booked(caller, kind, namespace, value, options).await.map(|made| (made, true)),
            };
            match done {
                Err(status) if (status.is("Conflict") || status.is("AlreadyExists")) && attempt < ATTEMPTS => {}
                other => return other,
            }
        }
    }
}

fn check(kind: &Kind, applied: &Value) -> Result<(), Status> {
    let (version, named) = (object::api_version(applied), object::kind(applied));
    if version.is_empty() || named.is_empty() {
        let (group, version) = shared::api::kind::split_api_version(version);
        return Err(Status::bad_request(format!("invalid object type: {group}/{version}, Kind={named}")));
    }
    if !object::list(applied, "/metadata/managedFields").is_empty() {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    if version != kind.api_version() || named != kind.kind {
        let expected = format!("{}, Kind={}", kind.api_version(), kind.kind);
        let why = format!("apply patch is of {version}, Kind={named}, the resource is {expected}");
        return Err(Status::bad_request(why));
    }
    Ok(())
}

/// A status is applied through its subresource only, and nothing else is there.
fn keep_to(kind: &Kind, subresource: &str, applied: &mut Value) {
    let Some(fields) = applied.as_object_mut() else { return };
    match subresource {
        "status" => fields.retain(|name, _| matches!(name.as_str(), "apiVersion" | "kind" | "metadata" | "status")),
        _ if kind.subresource("status").is_some() => drop(fields.remove("status")),
        _ => {}
    }
}

fn refused(error: ApplyError) -> Status {
    match error {
        ApplyError::Malformed(why) => Status::bad_request(why),
        ApplyError::Conflict(status) => *status,
    }
}

fn uid_of_nothing(missing: Status, applied: &Value) -> Status {
    let uid = object::uid(applied);
    let why = format!("uid mismatch: the provided object specified uid {uid}, and no existing object was found");
    Status { code: 409, reason: "Conflict".to_owned(), message: why, ..missing }
}
