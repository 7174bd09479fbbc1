//! The admission plugin `Priority`: a Pod's class becomes its priority, and there is one default class at most.
//! Source: `plugin/pkg/admission/priority/admission.go`.

use serde_json::Value;
use shared::api::kind::known;
use shared::api::{Status, object};
use shared::defaulting::SYSTEM_PRIORITIES;

use super::api::{Api, Caller};

/// The priority and preemption policy of the class that a new Pod names, or of the default class, whose name it gets.
/// `None` where there is no default class, and for the classes that need no object.
pub(super) fn of_class(api: &Api, caller: &Caller, pod: &mut Value) -> Result<Option<(i64, String)>, Status> {
    let class = text(pod.get("spec"), "priorityClassName").to_owned();
    if SYSTEM_PRIORITIES.iter().any(|(name, ..)| *name == class) {
        return Ok(None);
    }
    let found = match class.as_str() {
        "" => default_class(api, caller),
        name => {
            let found = api.get(caller, known("priorityclasses"), "", name);
            let why = || format!("no PriorityClass with name {name} was found");
            Some(found.map_err(|_| refused(pod, &why()))?.value().clone())
        }
    };
    let Some(found) = found else { return check(pod, 0, "PreemptLowerPriority").map(|()| None) };
    let value = found.get("value").and_then(Value::as_i64).unwrap_or_default();
    let policy = match text(Some(&found), "preemptionPolicy") {
        "" => "PreemptLowerPriority",
        policy => policy,
    };
    check(pod, value, policy)?;
    if let Some(spec) = pod.get_mut("spec").and_then(Value::as_object_mut) {
        spec.insert("priorityClassName".to_owned(), object::name(&found).into());
    }
    Ok(Some((value, policy.to_owned())))
}

/// A Pod may say beforehand what comes out, and nothing else.
fn check(pod: &Value, value: i64, policy: &str) -> Result<(), Status> {
    const COMPUTED: &str = "must not be provided in pod spec; priority admission controller computed";
    const FROM: &str = "from the given PriorityClass name";
    if let Some(said) = pod.pointer("/spec/priority").and_then(Value::as_i64).filter(|said| *said != value) {
        return Err(refused(pod, &format!("the integer value of priority ({said}) {COMPUTED} {value} {FROM}")));
    }
    match text(pod.get("spec"), "preemptionPolicy") {
        said if said.is_empty() || said == policy => Ok(()),
        said => Err(refused(pod, &format!("the string value of PreemptionPolicy ({said}) {COMPUTED} {policy} {FROM}"))),
    }
}

fn refused(pod: &Value, why: &str) -> Status {
    Status::forbidden(known("pods"), object::name(pod), why)
}

/// Refuses a class, new or changed, that would be a second default.
pub(super) fn one_default(api: &Api, caller: &Caller, class: &Value, is_new: bool) -> Result<(), Status> {
    let default = if is_default(class) { default_class(api, caller) } else { None };
    match default.as_ref().map(object::name) {
        Some(name) if is_new || name != object::name(class) => {
            let why = format!("PriorityClass {name} is already marked as default. Only one default can exist");
            Err(Status::forbidden(known("priorityclasses"), object::name(class), &why))
        }
        _ => Ok(()),
    }
}

/// The default class; the lowest, should there be several.
fn default_class(api: &Api, caller: &Caller) -> Option<Value> {
    let (all, _) = api.store.list(&caller.sandbox, known("priorityclasses"), None);
    let defaults = all.iter().map(|class| class.value()).filter(|class| is_default(class));
    defaults.min_by_key(|class| class.get("value").and_then(Value::as_i64)).cloned()
}

fn is_default(class: &Value) -> bool {
    class.get("globalDefault").and_then(Value::as_bool) == Some(true)
}

fn text<'v>(value: Option<&'v Value>, field: &str) -> &'v str {
    value.and_then(|value| value.get(field)?.as_str()).unwrap_or_default()
}
