//! Namespaces, resource quotas and limit ranges.

use serde_json::Value;

use super::super::table::str_at;
use super::writer::{Writer, quantity};
use crate::api::object;

/// A Namespace with its quotas and limits.
pub fn namespace(namespace: &Value, quotas: &[Value], limits: &[Value]) -> String {
    let mut w = Writer::default();
    w.field(0, "Name", object::name(namespace));
    w.metadata(namespace);
    w.field(0, "Status", str_at(namespace, "/status/phase"));
    let conditions = object::list(namespace, "/status/conditions");
    if !conditions.is_empty() {
        w.line(0, "Conditions:\n  Type\tStatus\tLastTransitionTime\tReason\tMessage");
        w.line(1, "----\t------\t------------------\t------\t-------");
        for c in conditions {
            let text = |field: &str| str_at(c, field);
            let time = super::writer::date(text("/lastTransitionTime"));
            w.line(1, [text("/type"), text("/status"), &time, text("/reason"), text("/message")].join("\t"));
        }
    }
    w.line(0, "");
    if quotas.is_empty() {
        w.line(0, "No resource quota.");
    } else {
        w.line(0, "Resource Quotas");
        quotas.iter().for_each(|quota| quota_lines(&mut w, quota, 1));
    }
    w.line(0, "");
    if limits.is_empty() {
        w.line(0, "No LimitRange resource.");
    } else {
        w.line(
            0,
            "Resource Limits\n Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio",
        );
        w.line(0, " ----\t--------\t---\t---\t---------------\t-------------\t-----------------------");
        limits.iter().for_each(|limit| limit_lines(&mut w, limit, " "));
    }
    w.finish()
}

/// A ResourceQuota.
pub fn resource_quota(quota: &Value) -> String {
    let mut w = Writer::default();
    w.name(quota, true);
    quota_lines(&mut w, quota, 0);
    w.finish()
}

fn quota_lines(w: &mut Writer, quota: &Value, level: usize) {
    if level > 0 {
        w.field(level, "Name", object::name(quota));
    }
    let mut scopes: Vec<&str> = object::list(quota, "/spec/scopes").iter().filter_map(Value::as_str).collect();
    scopes.sort_unstable();
    if !scopes.is_empty() {
        w.field(level, "Scopes", scopes.join(", "));
        for help in scopes.iter().filter_map(|scope| scope_help(scope)) {
            w.line(level, [if level == 0 { " * " } else { "* " }, help].concat());
        }
    }
    w.line(level, "Resource\tUsed\tHard");
    w.line(level, if level == 0 { "--------\t----\t----" } else { "--------\t---\t---" });
    for (name, hard) in quota.pointer("/status/hard").and_then(Value::as_object).into_iter().flatten() {
        let used = quota.pointer("/status/used").and_then(|used| used.get(name)).map(quantity);
        w.line(level, format!("{name}\t{}\t{}", used.as_deref().unwrap_or("0"), quantity(hard)));
    }
}

fn scope_help(scope: &str) -> Option<&'static str> {
    Some(match scope {
        "Terminating" => {
            "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system."
        }
        "NotTerminating" => {
            "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate."
        }
        "BestEffort" => {
            "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service."
        }
        "NotBestEffort" => {
            "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service."
        }
        _ => return None,
    })
}

/// A LimitRange.
pub fn limit_range(limit: &Value) -> String {
    let mut w = Writer::default();
    w.name(limit, true);
    w.line(0, "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio");
    w.line(0, "----\t--------\t---\t---\t---------------\t-------------\t-----------------------");
    limit_lines(&mut w, limit, "");
    w.finish()
}

fn limit_lines(w: &mut Writer, limit: &Value, prefix: &str) {
    const FIELDS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
    for item in object::list(limit, "/spec/limits") {
        let map = |field: &str| item.get(field).and_then(Value::as_object);
        let mut names: Vec<&String> = FIELDS.iter().filter_map(|f| map(f)).flat_map(serde_json::Map::keys).collect();
        names.sort();
        names.dedup();
        for name in names {
            let cell = |field: &&str| map(field).and_then(|m| m.get(name)).map_or("-".to_owned(), quantity);
            let cells: Vec<String> = FIELDS.iter().map(cell).collect();
            w.line(0, format!("{prefix}{}\t{name}\t{}", str_at(item, "/type"), cells.join("\t")));
        }
    }
}
