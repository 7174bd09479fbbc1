//! What is added and refused beyond an object's own validity, with a look at other objects.

use serde_json::Value;
use shared::api::kind::known;
use shared::api::{Kind, Status, object};
use shared::quota::limit_range;
use shared::{defaulting, validation};

use super::api::{Api, Caller, suffix};
use super::priority;

/// Nothing is made in a namespace that is missing or on its way out (`NamespaceLifecycle`).
pub(super) fn namespace_is_open(
    api: &Api,
    caller: &Caller,
    kind: &'static Kind,
    namespace: &str,
) -> Result<(), Status> {
    if !kind.namespaced || kind.verbs == ["create"] {
        return Ok(());
    }
    let found = api.get(caller, known("namespaces"), "", namespace)?;
    let terminating = object::deletion_timestamp(found.value()).is_some();
    // Events tell of the end too, but there as well nothing new may come.
    match terminating {
        false => Ok(()),
        true => {
            let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
            let mut status = Status::forbidden(kind, "", &why);
            let details = status.details.get_or_insert_default();
            details.causes.push(shared::api::status::Cause {
                reason: "NamespaceTerminating".to_owned(),
                message: format!("namespace {namespace} is being terminated"),
                field: "metadata.namespace".to_owned(),
            });
            Err(status)
        }
    }
}

/// The mutating and then the refusing plugins, for a new object.
pub(super) fn admit(
    api: &Api,
    caller: &Caller,
    kind: &'static Kind,
    namespace: &str,
    value: &mut Value,
) -> Result<(), Status> {
    match kind.kind {
        "Pod" => {}
        "PriorityClass" => return priority::one_default(api, caller, value, true),
        // A node registers itself ready or not; the taint of a new one is for machines that others announce.
        _ => return Ok(()),
    }
    let found = priority::of_class(api, caller, value)?;
    defaulting::admit(kind, value, found.as_ref().map(|(value, policy)| (*value, policy.as_str())));
    service_account(api, caller, kind, namespace, value)?;
    limit_ranges(api, caller, kind, namespace, value)?;
    let errors = validation::admission::forbidden(value);
    if errors.is_empty() {
        return Ok(());
    }
    let words: Vec<String> = errors.iter().map(ToString::to_string).collect();
    Err(Status::forbidden(kind, object::name(value), &words.join(", ")))
}

/// A namespace's ranges: defaults first, then what they forbid (`LimitRanger`).
fn limit_ranges(
    api: &Api,
    caller: &Caller,
    kind: &'static Kind,
    namespace: &str,
    pod: &mut Value,
) -> Result<(), Status> {
    let ranges = api.store.list(&caller.sandbox, known("limitranges"), Some(namespace)).0;
    ranges.iter().for_each(|range| limit_range::default(range.value(), pod));
    let errors: Vec<String> = ranges.iter().flat_map(|range| limit_range::check(range.value(), pod)).collect();
    match errors.as_slice() {
        [] => Ok(()),
        [one] => Err(Status::forbidden(kind, object::name(pod), one)),
        many => Err(Status::forbidden(kind, object::name(pod), &format!("[{}]", many.join(", ")))),
    }
}

/// A Pod runs as a service account of its namespace, and gets its token where that is wanted, and its pull secrets
/// where it brings none.
fn service_account(
    api: &Api,
    caller: &Caller,
    kind: &'static Kind,
    namespace: &str,
    pod: &mut Value,
) -> Result<(), Status> {
    let name = pod.pointer("/spec/serviceAccountName").and_then(Value::as_str).unwrap_or("default").to_owned();
    let found = api.get(caller, known("serviceaccounts"), namespace, &name);
    let account = match &found {
        Ok(account) => account.value(),
        // The controller that makes it may be a moment behind a new namespace; no learner should see that race.
        Err(_) if name == "default" => &Value::Null,
        Err(_) => {
            let why =
                format!("error looking up service account {namespace}/{name}: serviceaccount \"{name}\" not found");
            return Err(Status::forbidden(kind, object::name(pod), &why));
        }
    };
    let secrets =
        |of: &Value| of.get("imagePullSecrets").filter(|s| s.as_array().is_some_and(|s| !s.is_empty())).cloned();
    if let (None, Some(own)) = (secrets(&pod["spec"]), secrets(account)) {
        pod["spec"]["imagePullSecrets"] = own;
    }
    if api.mounts_tokens() {
        let automount = account.get("automountServiceAccountToken").and_then(Value::as_bool).unwrap_or(true);
        defaulting::service_account_token_volume(pod, &suffix(), automount);
    }
    Ok(())
}
