//! Applying a strategic merge patch: lists whose type says so are merged by key, and directives (`$patch`,
//! `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`) say the rest.
//!
//! The rules, their order and their words are those of `k8s.io/apimachinery/pkg/util/strategicpatch`; the tests hold
//! what kubectl made of the same patches.

use serde_json::{Map, Value};

use super::PatchError;
use super::list::{self, ListRule};
use super::words::shown;
use crate::schema::{Definition, Field, PatchStrategy};

pub(super) const PATCH: &str = "$patch";
pub(super) const RETAIN_KEYS: &str = "$retainKeys";
pub(super) const ORDER: &str = "$setElementOrder/";
pub(super) const DELETE_FROM: &str = "$deleteFromPrimitiveList/";

pub(super) type Object = Map<String, Value>;

/// Applies `patch` to `value`, which is of type `def`. After an error `value` is what it was.
///
/// # Errors
/// [`PatchError::Malformed`] for unknown directives, list elements without their key, orders that do not fit.
pub fn strategic(value: &mut Value, patch: &Value, def: &'static Definition) -> Result<(), PatchError> {
    let Value::Object(patch) = patch else {
        return Err(PatchError::Malformed(format!(
            "expected a map[string]interface {{}}, but received a {}",
            shown(patch)
        )));
    };
    let original = value.as_object().cloned().unwrap_or_default();
    *value = Value::Object(merge_map(original, patch.clone(), Some(def))?);
    Ok(())
}

/// The rule of a field that holds a merged list.
pub(super) fn list_rule(field: Option<&'static Field>) -> Option<ListRule> {
    let field = field?;
    let merged = matches!(field.patch_strategy, PatchStrategy::Merge | PatchStrategy::MergeRetainKeys);
    merged.then(|| ListRule { key: field.merge_key, item: field.ty.object() })
}

/// Whether a patch of this field, or of its elements, lists the keys that stay.
pub(super) fn retains_keys(field: Option<&'static Field>) -> bool {
    let strategy = field.map(|f| f.patch_strategy);
    matches!(strategy, Some(PatchStrategy::MergeRetainKeys | PatchStrategy::RetainKeys))
}

/// `mergeMap`
pub(super) fn merge_map(
    mut original: Object,
    mut patch: Object,
    def: Option<&'static Definition>,
) -> Result<Object, PatchError> {
    if let Some(directive) = patch.get(PATCH) {
        return match directive.as_str() {
            Some("replace") => {
                patch.remove(PATCH);
                Ok(patch)
            }
            Some("delete") => Ok(Object::new()),
            _ => Err(unknown_directive(directive, &patch)),
        };
    }
    retain_keys(&mut original, &mut patch)?;
    merge_ordered_lists(&mut original, &mut patch, def)?;
    for (key, mut change) in patch {
        let (key, is_deletion) = match key.strip_prefix(DELETE_FROM) {
            Some(name) => (name.to_owned(), true),
            None => (key, false),
        };
        if change.is_null() {
            original.remove(&key);
            continue;
        }
        let field = def.and_then(|d| d.field(&key));
        let merged = match (original.remove(&key), change) {
            (Some(Value::Object(old)), Value::Object(change)) => {
                Value::Object(merge_map(old, change, field.and_then(|f| f.ty.object()))?)
            }
            (Some(Value::Array(old)), Value::Array(change)) => match (is_deletion, list_rule(field)) {
                (true, _) => Value::Array(list::without(old, &change)),
                (false, Some(rule)) => Value::Array(list::merge(old, change, &rule)?),
                (false, None) => Value::Array(change),
            },
            (old, new) if is_deletion => match old {
                Some(old) => old,
                None => {
                    drop(new);
                    continue;
                }
            },
            (Some(old), new) if std::mem::discriminant(&old) == std::mem::discriminant(&new) => new,
            (_, new) => {
                change = new;
                discard_nulls(&mut change);
                match without_directives(change) {
                    Some(new) => new,
                    None => continue,
                }
            }
        };
        original.insert(key, merged);
    }
    Ok(original)
}

/// `unknown patch type: bogus in map: map[$patch:bogus a:1]`
pub(super) fn unknown_directive(directive: &Value, patch: &Object) -> PatchError {
    let patch = shown(&Value::Object(patch.clone()));
    PatchError::Malformed(format!("unknown patch type: {} in map: {patch}", shown(directive)))
}

/// `applyRetainKeysDirective`: what is not listed goes, and the patch may set only what is.
fn retain_keys(original: &mut Object, patch: &mut Object) -> Result<(), PatchError> {
    let Some(keys) = patch.remove(RETAIN_KEYS) else { return Ok(()) };
    let malformed = || PatchError::Malformed("invalid patch format of retainKeys".to_owned());
    let keys = keys.as_array().ok_or_else(malformed)?;
    let is_listed = |name: &str| keys.iter().any(|key| key == name);
    let is_directive = |name: &str| name.starts_with(DELETE_FROM) || name.starts_with("$setElementOrder");
    if patch.iter().any(|(name, value)| !value.is_null() && !is_directive(name) && !is_listed(name)) {
        return Err(malformed());
    }
    original.retain(|name, _| is_listed(name));
    Ok(())
}

/// `mergePatchIntoOriginal`: the lists whose order the patch states, each together with its own changes.
fn merge_ordered_lists(
    original: &mut Object,
    patch: &mut Object,
    def: Option<&'static Definition>,
) -> Result<(), PatchError> {
    let directives: Vec<String> = patch.keys().filter(|key| key.starts_with(ORDER)).cloned().collect();
    for directive in directives {
        let (name, order) = (directive[ORDER.len()..].to_owned(), patch.remove(&directive));
        let order = as_list(order)?.unwrap_or_default();
        let old = as_list(original.get(&name).cloned())?;
        let changes = as_list(patch.get(&name).cloned())?;
        let field = def.and_then(|d| d.field(&name));
        let rule = list_rule(field).unwrap_or(ListRule { key: field.and_then(|f| f.merge_key), item: None });
        list::check_order(changes.as_deref().unwrap_or_default(), &order, rule.key)?;
        let merged = match (old.clone(), changes.clone()) {
            (None, None) => continue,
            (Some(old), None) => old,
            (None, Some(changes)) => changes.into_iter().filter_map(without_directives).collect(),
            (Some(old), Some(changes)) => match list_rule(field) {
                Some(rule) => list::merge(old, changes, &rule)?,
                None => changes,
            },
        };
        let old = old.unwrap_or_default();
        if old.is_empty() && changes.is_none_or(|changes| changes.is_empty()) {
            return Err(PatchError::Malformed("no elements in any of the given slices".to_owned()));
        }
        original.insert(name.clone(), Value::Array(list::in_order(merged, &order, &old, rule.key)?));
        patch.remove(&name);
    }
    Ok(())
}

fn as_list(value: Option<Value>) -> Result<Option<Vec<Value>>, PatchError> {
    match value {
        None => Ok(None),
        Some(Value::Array(list)) => Ok(Some(list)),
        Some(other) => {
            let found = match other {
                Value::Null => "%!s(<nil>)",
                Value::Bool(_) => "bool",
                Value::Number(_) => "float64",
                Value::String(_) => "string",
                _ => "map[string]interface {}",
            };
            Err(PatchError::Malformed(format!("expected a []interface {{}}, but received a {found}")))
        }
    }
}

/// `discardNullValuesFromPatch`
fn discard_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(discard_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(discard_nulls),
        _ => {}
    }
}

/// `removeDirectives`: a map with `$patch` goes as a whole.
pub(super) fn without_directives(value: Value) -> Option<Value> {
    Some(match value {
        Value::Object(map) if map.contains_key(PATCH) => return None,
        Value::Object(map) => {
            map.into_iter().filter_map(|(key, value)| Some((key, without_directives(value)?))).collect()
        }
        Value::Array(items) => items.into_iter().filter_map(without_directives).collect(),
        other => other,
    })
}
