//! Patch: reads, changes and replaces, again when somebody was quicker.

use serde_json::Value;
use shared::api::{Kind, Status, object};
use shared::patch::{self, PatchError};
use shared::schema;

use super::api::{Api, Caller};
use super::update::is_named;
use super::{WriteOptions, conversion};
use crate::store::Object;

/// How often a patch without a revision of its own is tried on a newer object.
pub(super) const ATTEMPTS: usize = 8;

/// How many operations a JSON patch may have (`maxJSONPatchOperations`).
const OPERATIONS: usize = 10_000;
const UNFIT: &str = "the server rejected our request due to an error in our request";

/// Turns a patched value into an object, as a whole one is read.
pub(super) type Decode<'a> = &'a (dyn Fn(Value) -> Result<Value, Status> + Sync);

/// The kinds of patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchType {
    /// RFC 6902.
    Json,
    /// RFC 7386.
    Merge,
    /// Kubernetes' own, which knows lists by their keys.
    Strategic,
}

impl PatchType {
    /// The kind behind a media type.
    pub fn of(media_type: &str) -> Option<Self> {
        match media_type {
            "application/json-patch+json" => Some(Self::Json),
            "application/merge-patch+json" => Some(Self::Merge),
            "application/strategic-merge-patch+json" => Some(Self::Strategic),
            _ => None,
        }
    }
}

impl Api {
    /// Patches an object, or a part of it. `decode` turns the patched value into an object, as a whole one is read.
    ///
    /// # Errors
    /// As [`Api::update`], and 400 or 422 for a patch that cannot be applied.
    pub async fn patch(
        &self,
        caller: &Caller,
        kind: &'static Kind,
        (namespace, name, subresource): (&str, &str, &str),
        (ty, change): (PatchType, &Value),
        options: &WriteOptions,
        decode: Decode<'_>,
    ) -> Result<Object, Status> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let old = self.get(caller, kind, namespace, name)?;
            let mut value = conversion::outward(kind, old.value()).unwrap_or_else(|| old.value().clone());
            apply(kind, ty, &mut value, change)?;
            let value = conversion::inward(kind, decode(value)?);
            is_named(kind, namespace, name, &value)?;
            let stated = object::resource_version(&value);
            if !stated.is_empty() && stated != object::resource_version(old.value()) {
                return Err(Status::modified(kind, name));
            }
            let done = self.replace((caller, options), conversion::stored(kind), subresource, &old, value).await;
            match done {
                Err(status) if status.is("Conflict") && attempt < ATTEMPTS => {}
                other => return other,
            }
        }
    }
}

fn apply(kind: &Kind, ty: PatchType, value: &mut Value, change: &Value) -> Result<(), Status> {
    let done = match ty {
        PatchType::Json => match change.as_array().map(Vec::len) {
            Some(count) if count > OPERATIONS => {
                let why = format!("The allowed maximum operations in a JSON patch is {OPERATIONS}, got {count}");
                return Err(Status::failure(413, "RequestEntityTooLarge", why));
            }
            _ => patch::json_patch(value, change),
        },
        PatchType::Merge => {
            patch::merge(value, change);
            Ok(())
        }
        PatchType::Strategic => match schema::for_kind(&kind.api_version(), kind.kind) {
            Some(definition) => patch::strategic(value, change, definition),
            None => return Err(Status::internal(format!("no schema for kind {:?}", kind.kind))),
        },
    };
    done.map_err(|error| match error {
        PatchError::Malformed(why) => Status::bad_request(why),
        // Kubernetes keeps the reason to itself: `NewGenericServerResponse` with an expected error.
        PatchError::Unfit(_) => Status::failure(422, "Invalid", UNFIT),
    })
}
