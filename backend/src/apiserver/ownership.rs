//! Who wrote which field: every write is booked in `metadata.managedFields`.

use serde_json::Value;
use shared::api::Kind;
use shared::managed::{self, Author};
use shared::schema;

use super::WriteOptions;
use super::api::{Caller, timestamp};

/// What a manager's name may be long (`metav1/validation.FieldManagerMaxLength`).
const MANAGER: usize = 128;

/// Books on the caller what it makes, or changes of `old`, through `subresource`.
pub(super) fn book(
    kind: &Kind,
    old: Option<&Value>,
    new: &mut Value,
    (caller, options, subresource): (&Caller, &WriteOptions, &str),
) {
    let version = kind.api_version();
    let Some(definition) = schema::for_kind(&version, kind.kind) else { return };
    let author = Author { manager: manager(caller, options), version: &version, subresource, time: &timestamp() };
    // A status belongs to its subresource: what came along with the object is not taken over.
    let status = (subresource.is_empty() && kind.subresource("status").is_some())
        .then(|| new.as_object_mut()?.remove("status"))
        .flatten();
    let without = old.filter(|_| status.is_some()).map(|old| {
        let mut old = old.clone();
        old.as_object_mut().map(|fields| fields.remove("status"));
        old
    });
    managed::update(definition, without.as_ref().or(old), new, author);
    if let (Some(status), Some(fields)) = (status, new.as_object_mut()) {
        fields.insert("status".to_owned(), status);
    }
}

/// The name that a write is booked on: the one given, or the program's.
pub(super) fn manager<'a>(caller: &'a Caller, options: &'a WriteOptions) -> &'a str {
    let named = match options.manager.as_str() {
        "" => caller.program.as_str(),
        named => named,
    };
    match named.char_indices().nth(MANAGER) {
        Some((end, _)) => &named[..end],
        None => named,
    }
}
