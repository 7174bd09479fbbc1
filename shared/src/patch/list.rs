//! Lists in strategic merge patches: merged by key or as sets, in the order that the patch and the server have them.

use serde_json::Value;

use super::PatchError;
use super::strategic::{PATCH, merge_map, unknown_directive};
use super::words::shown;
use crate::schema::Definition;

/// How a field's list is merged.
pub(super) struct ListRule {
    /// The field that tells its elements apart; `None` for lists of scalars.
    pub key: Option<&'static str>,
    /// The type of its elements.
    pub item: Option<&'static Definition>,
}

/// `mergeSlice`
pub(super) fn merge(original: Vec<Value>, patch: Vec<Value>, rule: &ListRule) -> Result<Vec<Value>, PatchError> {
    let Some(first) = original.first().or(patch.first()) else { return Ok(original) };
    if !first.is_object() {
        let mut all: Vec<Value> = Vec::with_capacity(original.len() + patch.len());
        for item in original.iter().chain(&patch) {
            if !all.contains(item) {
                all.push(item.clone());
            }
        }
        return in_order(all, &patch, &original, None);
    }
    let Some(key) = rule.key else {
        return Err(PatchError::Malformed("cannot merge lists without merge key".to_owned()));
    };
    let (original, patch) = obey_directives(original, patch, key)?;
    let mut merged = original.clone();
    for item in &patch {
        let id = key_of(item, key)?;
        match (merged.iter_mut().find(|known| known.get(key) == Some(id)), item) {
            (Some(known), Value::Object(change)) => {
                let before = known.as_object().cloned().unwrap_or_default();
                *known = Value::Object(merge_map(before, change.clone(), rule.item)?);
            }
            _ => merged.push(item.clone()),
        }
    }
    in_order(merged, &patch, &original, Some(key))
}

/// `mergeSliceWithSpecialElements`: deletes what is to be deleted; what is left of the two lists.
fn obey_directives(
    mut original: Vec<Value>,
    patch: Vec<Value>,
    key: &str,
) -> Result<(Vec<Value>, Vec<Value>), PatchError> {
    let mut rest = Vec::new();
    let mut replace = false;
    for item in patch {
        let Some(directive) = item.get(PATCH) else {
            rest.push(item);
            continue;
        };
        match directive.as_str() {
            Some("delete") => {
                let id = key_of(&item, key)?;
                original.retain(|known| known.get(key) != Some(id));
            }
            Some("replace") => replace = true,
            Some("merge") => {
                let why = "merging lists cannot yet be specified in the patch";
                return Err(PatchError::Malformed(why.to_owned()));
            }
            _ => return Err(unknown_directive(directive, item.as_object().unwrap_or(&serde_json::Map::new()))),
        }
    }
    Ok(if replace { (rest, Vec::new()) } else { (original, rest) })
}

fn key_of<'a>(item: &'a Value, key: &str) -> Result<&'a Value, PatchError> {
    let why = || PatchError::Malformed(format!("map: {} does not contain declared merge key: {key}", shown(item)));
    item.get(key).ok_or_else(why)
}

/// A list without some scalars.
pub(super) fn without(list: Vec<Value>, gone: &[Value]) -> Vec<Value> {
    list.into_iter().filter(|item| !gone.contains(item)).collect()
}

/// `validatePatchWithSetOrderList`: what the patch holds must stand in the order that it states.
pub(super) fn check_order(patch: &[Value], order: &[Value], key: Option<&str>) -> Result<(), PatchError> {
    if patch.is_empty() || order.is_empty() {
        return Ok(());
    }
    let is_special = |item: &Value| key.is_some() && item.get(PATCH).is_some();
    let mut kept = patch.iter().filter(|item| !is_special(item)).peekable();
    for place in order {
        if kept.peek().is_some_and(|item| id_of(item, key) == id_of(place, key)) {
            kept.next();
        }
    }
    match kept.next() {
        None => Ok(()),
        Some(_) => {
            let (patch, order) = (shown(&Value::Array(patch.to_vec())), shown(&Value::Array(order.to_vec())));
            let why = format!("The order in patch list:\n{patch}\n doesn't match $setElementOrder list:\n{order}\n");
            Err(PatchError::Malformed(why))
        }
    }
}

/// `normalizeElementOrder`: elements named in `order` stand in that order; the others keep the server's, and go before
/// an element that they preceded there.
pub(super) fn in_order(
    all: Vec<Value>,
    order: &[Value],
    server: &[Value],
    key: Option<&str>,
) -> Result<Vec<Value>, PatchError> {
    if let Some(key) = key {
        all.iter().chain(order).try_for_each(|item| key_of(item, key).map(drop))?;
    }
    let place = |item: &Value, order: &[Value]| order.iter().position(|known| id_of(known, key) == id_of(item, key));
    let (mut named, mut others): (Vec<Value>, Vec<Value>) =
        all.into_iter().partition(|item| place(item, order).is_some());
    named.sort_by_key(|item| place(item, order));
    others.sort_by_key(|item| place(item, server));
    let mut merged = Vec::with_capacity(named.len() + others.len());
    let (mut named, mut others) = (named.into_iter().peekable(), others.into_iter().peekable());
    while let (Some(mine), Some(theirs)) = (named.peek(), others.peek()) {
        let theirs_first = match (place(theirs, server), place(mine, server)) {
            (Some(theirs), Some(mine)) => theirs < mine,
            _ => false,
        };
        merged.extend(if theirs_first { others.next() } else { named.next() });
    }
    merged.extend(named);
    merged.extend(others);
    Ok(merged)
}

fn id_of<'a>(item: &'a Value, key: Option<&str>) -> Option<&'a Value> {
    match key {
        Some(key) => item.get(key),
        None => Some(item),
    }
}
