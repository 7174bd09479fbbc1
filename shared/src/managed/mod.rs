//! Field ownership: `metadata.managedFields` on every write, and server-side apply, which is decided by it.
//!
//! Works on JSON values in the form that Go's types give them (see `schema::decode`), and the schema table. Judges no
//! result: that is `validation`. Source: `k8s.io/apimachinery/pkg/util/managedfields` and
//! `sigs.k8s.io/structured-merge-diff/merge`.

mod compare;
mod entries;
mod merge;
mod set;
mod shape;

use std::borrow::Cow;
use std::sync::LazyLock;

use serde_json::{Value, json};

use self::compare::{Comparison, compare, stated};
use self::entries::Entry;
pub use self::set::Set;
use self::shape::{Shape, zero};
use crate::api::{Status, object, status};
use crate::schema::Definition;

/// Who writes.
#[derive(Clone, Copy, Debug)]
pub struct Author<'a> {
    /// The field manager's name.
    pub manager: &'a str,
    /// The version written in: `v1`.
    pub version: &'a str,
    /// The subresource written to; empty for the object.
    pub subresource: &'a str,
    /// The time, as metadata writes it.
    pub time: &'a str,
}

impl Author<'_> {
    fn entry(&self, applies: bool) -> Entry {
        Entry {
            manager: self.manager.to_owned(),
            applies,
            version: self.version.to_owned(),
            subresource: self.subresource.to_owned(),
            time: self.time.to_owned(),
            fields: Set::default(),
        }
    }
}

/// Books on the author what an update changes. `old` is `None` for a new object. The new object may bring entries of
/// its own, which go before the old ones'.
pub fn update(definition: &'static Definition, old: Option<&Value>, new: &mut Value, author: Author<'_>) {
    let mut owners = match () {
        () if entries::is_reset(new) => Vec::new(),
        () if author.subresource.is_empty() => entries::read(new).or_else(|| entries::read(old?)).unwrap_or_default(),
        () => old.and_then(entries::read).unwrap_or_default(),
    };
    remove(new);
    let before = old.map_or_else(|| Cow::Owned(zero(definition)), Cow::Borrowed);
    let changes = differences(definition, &before, new);
    let mut mine = author.entry(false);
    settle(&mut owners, &changes, &mine);
    let at = owners.iter().position(|o| o.is(&mine));
    let held = at.map(|at| owners.remove(at));
    let had = held.as_ref().map(|o| o.fields.clone()).unwrap_or_default();
    mine.fields = had.difference(&changes.removed).union(changes.modified).union(changes.added);
    if let Some(held) = held.filter(|held| held.fields == mine.fields) {
        mine.time = held.time;
    }
    owners.push(mine);
    entries::write(new, owners);
}

/// Takes from everybody but `except` what somebody else changed or removed.
fn settle(owners: &mut [Entry], changes: &Comparison, except: &Entry) {
    for owner in owners.iter_mut().filter(|o| !o.is(except)) {
        [&changes.added, &changes.modified, &changes.removed].into_iter().for_each(|gone| owner.fields.remove(gone));
    }
}

fn remove(value: &mut Value) {
    if let Some(metadata) = object::metadata_mut(value) {
        metadata.remove("managedFields");
    }
}

fn differences(definition: &'static Definition, old: &Value, new: &Value) -> Comparison {
    let found = compare(Shape::Fields(definition), Some(old), Some(new));
    Comparison {
        added: found.added.difference(&NOBODYS),
        modified: found.modified.difference(&NOBODYS),
        removed: found.removed.difference(&NOBODYS),
    }
}

/// What nobody owns: the server's part of the metadata (`internal/stripmeta.go`).
static NOBODYS: LazyLock<Set> = LazyLock::new(|| {
    let mut fields = json!({"f:apiVersion": {}, "f:kind": {}, "f:metadata": {".": {}}});
    for field in [
        "name",
        "namespace",
        "creationTimestamp",
        "selfLink",
        "uid",
        "clusterName",
        "generation",
        "managedFields",
        "resourceVersion",
    ] {
        fields["f:metadata"][format!("f:{field}")] = json!({});
    }
    Set::read(&fields).unwrap_or_default()
});

/// Why an object could not be applied.
#[derive(Debug, PartialEq)]
pub enum ApplyError {
    /// The applied object cannot be read as fields (400).
    Malformed(String),
    /// Others own what it would change: the 409.
    Conflict(Box<Status>),
}

/// The annotation of client-side apply.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Applies an object. `live` is `None` where there is none yet. Gives the object as it shall be; it is the live one,
/// when nothing changes.
///
/// # Errors
/// [`ApplyError`]
pub fn apply(
    definition: &'static Definition,
    live: Option<&Value>,
    applied: &Value,
    author: Author<'_>,
    force: bool,
) -> Result<Value, ApplyError> {
    let shape = Shape::Fields(definition);
    let mut mine = author.entry(true);
    let said = stated(shape, applied).map_err(|why| malformed(definition, applied, &why))?;
    mine.fields = said.clone().difference(&NOBODYS);
    let mut owners = live.and_then(entries::read).unwrap_or_default();
    let at = owners.iter().position(|o| o.is(&mine));
    let held = at.map(|at| owners.remove(at));
    let mut before = live.cloned().unwrap_or_else(|| zero(definition));
    remove(&mut before);
    let mut new = merge::merge(shape, Some(before.clone()), applied);
    if let Some(held) = &held {
        let owned = owners.iter().fold(said, |owned, owner| owned.union(owner.fields.clone()));
        merge::prune(shape, &mut new, &held.fields, &owned);
    }
    let changes = differences(definition, &before, &new);
    if !force {
        // kubectl may take over what its client-side apply has stated (`lastAppliedManager`).
        let allowed = live.filter(|_| author.manager == "kubectl").and_then(|live| last_applied(shape, live));
        conflicts(&owners, &changes, &allowed.unwrap_or_default())?;
    }
    settle(&mut owners, &changes, &mine);
    if let Some(held) = held.filter(|held| held.fields == mine.fields && changes.is_same()) {
        mine.time = held.time;
    }
    owners.push(mine);
    entries::write(&mut new, owners);
    Ok(new)
}

fn malformed(definition: &Definition, applied: &Value, errors: &[String]) -> ApplyError {
    let why = match errors {
        [one] => one.clone(),
        many => format!("errors:\n  {}", many.join("\n  ")),
    };
    let (namespace, name) = (object::namespace(applied), object::name(applied));
    let version = definition.group_version.unwrap_or_default();
    let version = if version.contains('/') { version.to_owned() } else { format!("/{version}") };
    ApplyError::Malformed(format!(
        "failed to create typed patch object ({namespace}/{name}; {version}, Kind={}): {why}",
        definition.short
    ))
}

/// What client-side apply stated last.
fn last_applied(shape: Shape, live: &Value) -> Option<Set> {
    let text = object::annotations(live)?.get(LAST_APPLIED)?.as_str()?;
    stated(shape, &crate::api::json::read(text.as_bytes()).ok()?).ok()
}

/// What others own and the changes touch.
fn conflicts(owners: &[Entry], changes: &Comparison, allowed: &Set) -> Result<(), ApplyError> {
    let touched = changes.modified.clone().union(changes.added.clone()).difference(allowed);
    let found: Vec<(&Entry, Vec<String>)> = owners
        .iter()
        .map(|owner| (owner, owner.fields.intersection(&touched).paths()))
        .filter(|(_, paths)| !paths.is_empty())
        .collect();
    let count: usize = found.iter().map(|(_, paths)| paths.len()).sum();
    let message = match found.as_slice() {
        [] => return Ok(()),
        [(owner, paths)] if count == 1 => {
            format!("Apply failed with 1 conflict: conflict with {}: {}", owner.shown(), paths[0])
        }
        many => {
            let mut lines: Vec<String> = many
                .iter()
                .map(|(owner, paths)| format!("conflicts with {}:\n- {}", owner.shown(), paths.join("\n- ")))
                .collect();
            lines.sort();
            format!("Apply failed with {count} conflicts: {}", lines.join("\n"))
        }
    };
    let causes = found.iter().flat_map(|(owner, paths)| {
        paths.iter().map(|path| status::Cause {
            reason: "FieldManagerConflict".to_owned(),
            message: format!("conflict with {}", owner.shown()),
            field: path.clone(),
        })
    });
    let mut status = Status::failure(409, "Conflict", message);
    status.details.get_or_insert_default().causes = causes.collect();
    Err(ApplyError::Conflict(Box::new(status)))
}

#[cfg(test)]
mod tests;
