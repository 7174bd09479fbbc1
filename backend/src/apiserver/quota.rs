//! ResourceQuota at creation: what is new must fit, also when several come at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use shared::api::kind::{KINDS, known};
use shared::api::{Kind, Status, object};
use shared::quota::{self, Amounts};
use tokio::sync::OwnedMutexGuard;

use super::api::{Api, Caller, key};
use crate::store::Object;

/// One lock a namespace that has quotas: between counting and creating nothing else may be created.
pub(super) type Locks = Arc<Mutex<HashMap<(String, String), Arc<tokio::sync::Mutex<()>>>>>;

/// Room for one object, until it is created.
pub(super) struct Reservation {
    quotas: Vec<(Object, Amounts)>,
    _turn: OwnedMutexGuard<()>,
}

/// Sees whether an object fits into its namespace's quotas; `None` where none is about it.
pub(super) async fn reserve(
    api: &Api,
    caller: &Caller,
    kind: &'static Kind,
    namespace: &str,
    value: &Value,
) -> Result<Option<Reservation>, Status> {
    let concerning = || {
        let quotas = api.store.list(&caller.sandbox, known("resourcequotas"), Some(namespace)).0;
        quotas.into_iter().filter(|quota| quota::concerns(quota.value(), kind)).collect::<Vec<_>>()
    };
    if !kind.namespaced || concerning().is_empty() {
        return Ok(None);
    }
    let place = (caller.sandbox.clone(), namespace.to_owned());
    let lock = api.quotas.lock().unwrap_or_else(|e| e.into_inner()).entry(place).or_default().clone();
    let turn = lock.lock_owned().await;
    let mut quotas = Vec::new();
    for found in concerning() {
        let used = used(api, &caller.sandbox, namespace, found.value());
        quota::admit(found.value(), kind, value, &used)
            .map_err(|why| Status::forbidden(kind, object::name(value), &why))?;
        let asked = quota::used(found.value(), [(kind, value)]);
        let sum =
            used.iter().map(|(name, amount)| (name.clone(), asked.get(name).map_or(*amount, |a| amount.plus(*a))));
        quotas.push((found.clone(), sum.collect()));
    }
    Ok(Some(Reservation { quotas, _turn: turn }))
}

/// What a namespace uses of what a quota limits.
pub fn used(api: &Api, sandbox: &str, namespace: &str, quota: &Value) -> Amounts {
    let kinds = KINDS.iter().filter(|k| k.namespaced && k.verbs.contains(&"create") && quota::concerns(quota, k));
    let lists: Vec<(&Kind, Vec<Object>)> =
        kinds.map(|kind| (kind, api.store.list(sandbox, kind, Some(namespace)).0)).collect();
    quota::used(quota, lists.iter().flat_map(|(kind, list)| list.iter().map(|object| (*kind, object.value()))))
}

impl Reservation {
    /// Notes in the quotas what is used now. Where somebody else has changed one meanwhile, the controller will.
    pub async fn commit(self, api: &Api, caller: &Caller) {
        for (old, used) in self.quotas {
            let mut value = old.value().clone();
            value["status"] = quota::status(&value, &used);
            let (namespace, name) = (object::namespace(old.value()), object::name(old.value()));
            let place = key(caller, known("resourcequotas"), namespace, name);
            let _ = api.store.update(place, Some(old.revision()), value).await;
        }
    }
}
