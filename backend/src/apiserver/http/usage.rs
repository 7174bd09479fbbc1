//! `metrics.k8s.io`: what nodes and Pods use. Measured by the nodes, joined here with the stored objects, never stored;
//! as metrics-server answers (`sigs.k8s.io/metrics-server/pkg/api`).

use axum::extract::Request;
use axum::response::Response;
use serde_json::{Map, Value, json};
use shared::api::kind::{Kind, known};
use shared::api::quantity::{Format as Unit, Quantity};
use shared::api::time::go_duration;
use shared::api::{Status, object};

use super::negotiate::Format;
use super::select::Selection;
use super::{Call, Server};
use crate::clock::now;
use crate::node::access::Usage;
use crate::store::Object;

/// Answers a get or a list.
pub fn answer(server: &Server, call: &Call, request: &Request) -> Result<Response, Status> {
    let format = Format::of(request.headers(), &call.params)?;
    let about = known(call.kind.plural);
    if call.verb == "get" {
        let (namespace, name) = (&call.path.namespace, &call.path.name);
        let found = server.api.get(&call.caller, about, namespace, name)?;
        let full = if about.namespaced { format!("{namespace}/{name}") } else { name.clone() };
        let measured = measured(server, call, found.value()).ok_or_else(|| unmeasured(call.kind, &full))?;
        return Ok(format.one(call.kind, &Object::unstored(measured), 200));
    }
    let selection = Selection::read(call.kind, &call.params)?;
    let (objects, _) = server.api.store().list(&call.caller.sandbox, about, call.namespace());
    let objects = objects.iter().filter_map(|o| measured(server, call, o.value()));
    let objects: Vec<Object> = objects.map(Object::unstored).filter(|o| selection.matches(o)).collect();
    Ok(format.many(call.kind, &objects, Map::new()))
}

/// metrics-server names its resources after their kinds here.
fn unmeasured(kind: &Kind, name: &str) -> Status {
    let resource = format!("{}.{}", kind.kind.to_lowercase(), kind.group);
    Status::failure(404, "NotFound", format!("{resource} \"{name}\" not found"))
}

/// What a node or a Pod uses, if that is known.
fn measured(server: &Server, call: &Call, about: &Value) -> Option<Value> {
    let sandbox = &call.caller.sandbox;
    let mut metadata = json!({"name": object::name(about), "creationTimestamp": now().to_string()});
    if let Some(labels) = object::labels(about).filter(|labels| !labels.is_empty()) {
        metadata["labels"] = labels.clone().into();
    }
    let mut out = json!({"kind": call.kind.kind, "apiVersion": call.kind.api_version()});
    let of = if call.kind.namespaced {
        metadata["namespace"] = object::namespace(about).into();
        let usages = server.nodes.pod_usage(sandbox, about)?;
        out["containers"] = usages.iter().map(|(name, used)| json!({"name": name, "usage": usage(used)})).collect();
        usages.into_iter().map(|(_, used)| used).min_by_key(|used| used.at)?
    } else {
        let used = server.nodes.node_usage(sandbox, object::name(about))?;
        out["usage"] = usage(&used);
        used
    };
    out["metadata"] = metadata;
    out["timestamp"] = of.at.to_string().into();
    out["window"] = go_duration(of.window).into();
    Some(out)
}

fn usage(used: &Usage) -> Value {
    let cpu = Quantity::parse(&format!("{}n", used.nano_cpu)).unwrap_or(Quantity::milli(0));
    let memory = Quantity::new(i64::try_from(used.memory).unwrap_or(i64::MAX), Unit::BinarySi);
    json!({"cpu": cpu.to_string(), "memory": memory.to_string()})
}
