//! Amounts of resources as whole numbers: what Pods request, what nodes have.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::api::Quantity;

/// What a container without a request counts as when nodes are compared (`DefaultMilliCPURequest`, …): else a hundred
/// of them would look like nothing.
const DEFAULT_MILLI_CPU: i64 = 100;
const DEFAULT_MEMORY: i64 = 200 * 1024 * 1024;

/// Thousandths of CPUs, bytes, and a count of each extended resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Thousandths of CPUs.
    pub milli_cpu: i64,
    /// Bytes of memory.
    pub memory: i64,
    /// Bytes of ephemeral storage.
    pub ephemeral_storage: i64,
    /// Everything else, by name: huge pages and extended resources.
    pub extended: BTreeMap<Box<str>, i64>,
}

impl Resources {
    /// Reads a map of quantities. What is not one counts as nothing; validation has refused it.
    pub fn new(amounts: Option<&Value>) -> Self {
        let mut all = Self::default();
        for (name, amount) in amounts.and_then(Value::as_object).into_iter().flatten() {
            let Some(quantity) = amount.as_str().and_then(|text| Quantity::parse(text).ok()) else { continue };
            match name.as_str() {
                "cpu" => all.milli_cpu = quantity.milli_value(),
                "memory" => all.memory = quantity.value(),
                "ephemeral-storage" => all.ephemeral_storage = quantity.value(),
                "pods" => {}
                _ => {
                    all.extended.insert(name.as_str().into(), quantity.value());
                }
            }
        }
        all
    }

    /// Adds `sign` times the other.
    pub(super) fn add(&mut self, other: &Self, sign: i64) {
        self.milli_cpu += sign * other.milli_cpu;
        self.memory += sign * other.memory;
        self.ephemeral_storage += sign * other.ephemeral_storage;
        for (name, amount) in &other.extended {
            *self.extended.entry(name.clone()).or_insert(0) += sign * amount;
        }
    }

    fn max(&mut self, other: &Self) {
        self.milli_cpu = self.milli_cpu.max(other.milli_cpu);
        self.memory = self.memory.max(other.memory);
        self.ephemeral_storage = self.ephemeral_storage.max(other.ephemeral_storage);
        for (name, amount) in &other.extended {
            let mine = self.extended.entry(name.clone()).or_insert(0);
            *mine = (*mine).max(*amount);
        }
    }

    fn with_defaults(mut self, requests: Option<&Value>) -> Self {
        let absent = |name: &str| requests.and_then(|requests| requests.get(name)).is_none();
        if absent("cpu") {
            self.milli_cpu = DEFAULT_MILLI_CPU;
        }
        if absent("memory") {
            self.memory = DEFAULT_MEMORY;
        }
        self
    }
}

/// What a Pod requests, and the same with defaults for containers that request nothing.
///
/// Init containers run one after the other before the others, sidecars from their turn on to the end: the Pod needs
/// the largest of those moments (`component-helpers/resource.PodRequests`). Pod-level requests go before the sum.
pub(super) fn pod_requests(spec: &Value) -> (Resources, Resources) {
    (total(spec, |_, own| own), total(spec, |requests, own| own.with_defaults(requests)))
}

fn total(spec: &Value, shape: impl Fn(Option<&Value>, Resources) -> Resources) -> Resources {
    let requests = |container: &Value| {
        let requests = container.pointer("/resources/requests");
        shape(requests, Resources::new(requests))
    };
    let containers = |field: &str| spec.get(field).and_then(Value::as_array).into_iter().flatten();
    let mut sum = Resources::default();
    for container in containers("containers") {
        sum.add(&requests(container), 1);
    }
    let (mut sidecars, mut peak) = (Resources::default(), Resources::default());
    for container in containers("initContainers") {
        let own = requests(container);
        if container.get("restartPolicy").and_then(Value::as_str) == Some("Always") {
            sidecars.add(&own, 1);
            peak.max(&sidecars);
        } else {
            let mut moment = own;
            moment.add(&sidecars, 1);
            peak.max(&moment);
        }
    }
    sum.add(&sidecars, 1);
    sum.max(&peak);
    if let Some(pod_level) = spec.pointer("/resources/requests") {
        let amounts = Resources::new(Some(pod_level));
        if pod_level.get("cpu").is_some() {
            sum.milli_cpu = amounts.milli_cpu;
        }
        if pod_level.get("memory").is_some() {
            sum.memory = amounts.memory;
        }
        sum.extended.extend(amounts.extended);
    }
    sum.add(&Resources::new(spec.get("overhead")), 1);
    sum
}
