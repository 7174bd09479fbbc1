//! Writing into JSON objects: absent, `null` and Go's empty text are all filled in.

use serde_json::{Map, Value};

use crate::api::Quantity;

/// Sets `field` where it is absent, `null`, `""` or `0`: Go's zero values, which its defaults replace.
pub(super) fn default(owner: &mut Value, field: &str, value: impl FnOnce() -> Value) {
    let Some(fields) = owner.as_object_mut() else { return };
    match fields.get_mut(field) {
        None => {
            fields.insert(field.to_owned(), value());
        }
        Some(found) if found.is_null() || found == "" || found.as_i64() == Some(0) => *found = value(),
        Some(_) => {}
    }
}

/// Sets `field` only where it is absent or `null`: for what is a pointer in Go, whose zero means something.
pub(super) fn default_pointer(owner: &mut Value, field: &str, value: impl FnOnce() -> Value) {
    if owner.get(field).is_none_or(Value::is_null)
        && let Some(fields) = owner.as_object_mut()
    {
        fields.insert(field.to_owned(), value());
    }
}

/// The object in `field`; `None` when there is none.
pub(super) fn object<'v>(owner: &'v mut Value, field: &str) -> Option<&'v mut Value> {
    owner.get_mut(field).filter(|value| value.is_object())
}

/// The object in `field`, made when absent; `None` when something else is there.
pub(super) fn ensure<'v>(owner: &'v mut Value, field: &str) -> Option<&'v mut Value> {
    default_pointer(owner, field, || Value::Object(Map::new()));
    object(owner, field)
}

/// Every element of a list.
pub(super) fn each(owner: &mut Value, field: &str, mut f: impl FnMut(&mut Value)) {
    owner.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten().for_each(&mut f);
}

/// Writes the amounts of a map of resources canonically, rounded up to thousandths (`SetDefaults_ResourceList`).
pub(super) fn quantities(owner: &mut Value, field: &str) {
    for amount in owner.get_mut(field).and_then(Value::as_object_mut).into_iter().flatten().map(|(_, amount)| amount) {
        quantity(amount);
    }
}

/// Writes one quantity canonically; what is none stays for validation.
pub(super) fn quantity(amount: &mut Value) {
    let parsed = match amount {
        Value::String(text) => Quantity::parse(text),
        Value::Number(number) => Quantity::parse(&number.to_string()),
        _ => return,
    };
    if let Ok(parsed) = parsed {
        let canonical = parsed.to_string();
        if *amount != canonical.as_str() {
            *amount = canonical.into();
        }
    }
}
