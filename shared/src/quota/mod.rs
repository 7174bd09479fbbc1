//! What a namespace grants: LimitRange per Pod and container, ResourceQuota in sum.
//!
//! Works on JSON values after defaulting. Decides only; counting what there is, and keeping `status.used`, is the
//! server's. Sources: `plugin/pkg/admission/limitranger`, `k8s.io/apiserver/pkg/admission/plugin/resourcequota`,
//! `pkg/quota/v1/evaluator/core`.

pub mod limit_range;
mod resources;
mod scope;
mod usage;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

pub use self::usage::usage;
use crate::api::{Kind, Quantity, object};

/// Amounts by resource name: `pods`, `requests.cpu`, `count/configmaps`.
pub type Amounts = BTreeMap<String, Quantity>;

/// Whether a new object fits into a quota, given what all others of the namespace use.
///
/// # Errors
/// Why not, in the admission plugin's words.
pub fn admit(quota: &Value, kind: &Kind, object: &Value, used: &Amounts) -> Result<(), String> {
    if !scope::matches(quota, kind, object) {
        return Ok(());
    }
    let name = object::name(quota);
    let hard = hard(quota);
    let unsaid = resources::unsaid(kind, object, &hard);
    if !unsaid.is_empty() {
        return Err(format!("failed quota: {name}: must specify {}", unsaid.join("; ")));
    }
    let asked = usage(kind, object);
    let over: Vec<(&String, Quantity, Quantity, Quantity)> = hard
        .iter()
        .filter_map(|(resource, limit)| {
            let asked = *asked.get(resource)?;
            let before = used.get(resource).copied().unwrap_or(Quantity::milli(0));
            let exceeds = asked > Quantity::milli(0) && before.plus(asked) > *limit;
            exceeds.then_some((resource, asked, before, *limit))
        })
        .collect();
    if over.is_empty() {
        return Ok(());
    }
    let list = |of: fn(&(&String, Quantity, Quantity, Quantity)) -> Quantity| {
        over.iter().map(|entry| format!("{}={}", entry.0, of(entry))).collect::<Vec<_>>().join(",")
    };
    let (asked, before, limit) = (list(|e| e.1), list(|e| e.2), list(|e| e.3));
    Err(format!("exceeded quota: {name}, requested: {asked}, used: {before}, limited: {limit}"))
}

/// What objects use of what a quota limits.
pub fn used<'a>(quota: &Value, objects: impl IntoIterator<Item = (&'a Kind, &'a Value)>) -> Amounts {
    let mut sum: Amounts = hard(quota).into_keys().map(|resource| (resource, Quantity::milli(0))).collect();
    for (kind, object) in objects {
        if !scope::matches(quota, kind, object) {
            continue;
        }
        for (resource, amount) in usage(kind, object) {
            if let Some(total) = sum.get_mut(&resource) {
                *total = total.plus(amount);
            }
        }
    }
    sum
}

/// A quota's status for what is used.
pub fn status(quota: &Value, used: &Amounts) -> Value {
    let used: Map<String, Value> =
        used.iter().map(|(name, amount)| (name.clone(), amount.to_string().into())).collect();
    json!({"hard": quota.pointer("/spec/hard").cloned().unwrap_or_else(|| json!({})), "used": used})
}

/// Whether objects of a kind can count against a quota.
pub fn concerns(quota: &Value, kind: &Kind) -> bool {
    let named = format!("count/{}", kind.qualified_plural());
    hard(quota).keys().any(|resource| {
        *resource == named || *resource == kind.plural || kind.kind == "Pod" && resources::of_pods(resource)
    })
}

fn hard(quota: &Value) -> Amounts {
    amounts(quota.pointer("/spec/hard"))
}

/// A map of quantities; what is none is left out.
fn amounts(map: Option<&Value>) -> Amounts {
    let entries = map.and_then(Value::as_object).into_iter().flatten();
    entries.filter_map(|(name, text)| Some((name.clone(), Quantity::parse(text.as_str()?).ok()?))).collect()
}

#[cfg(test)]
mod tests;
