//! Discovery: which groups, versions and resources there are. Aggregated for kubectl from 1.26 on, and the old way.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use shared::api::Kind;
use shared::api::kind::KINDS;

use super::json as json_response;

/// The answer to a discovery path; `None` for any other.
pub fn respond(path: &str, headers: &HeaderMap) -> Option<Response> {
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    match parts.as_slice() {
        ["version"] => Some(json_response(200, version().to_string())),
        ["healthz" | "livez" | "readyz", ..] => Some("ok".into_response()),
        [] => Some(json_response(200, json!({"paths": ["/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"]}).to_string())),
        ["api"] => Some(aggregated(headers, true).unwrap_or_else(|| {
            json_response(200, json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}).to_string())
        })),
        ["apis"] => Some(aggregated(headers, false).unwrap_or_else(|| {
            let groups: Vec<Value> = groups().iter().map(|g| group(g)).collect();
            json_response(200, json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}).to_string())
        })),
        ["api", "v1"] => Some(json_response(200, resources("", "v1").to_string())),
        ["apis", name] if groups().contains(name) => {
            let mut group = group(name);
            group["kind"] = "APIGroup".into();
            group["apiVersion"] = "v1".into();
            Some(json_response(200, group.to_string()))
        }
        ["apis", name, version] if KINDS.iter().any(|k| k.group == *name && k.version == *version) => {
            Some(json_response(200, resources(name, version).to_string()))
        }
        _ => None,
    }
}

/// The server's version: the Kubernetes release whose behaviour is aimed at, and that this is not it.
fn version() -> Value {
    json!({
        "major": "1", "minor": "35", "gitVersion": "v1.35.0+podground", "gitCommit": "", "gitTreeState": "clean",
        "emulationMajor": "1", "emulationMinor": "35", "minCompatibilityMajor": "1", "minCompatibilityMinor": "34",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "", "compiler": "rustc",
        "platform": format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH.replace("x86_64", "amd64").replace("aarch64", "arm64")),
    })
}

/// The named groups, sorted.
fn groups() -> Vec<&'static str> {
    let mut groups: Vec<&str> = KINDS.iter().map(|k| k.group).filter(|g| !g.is_empty()).collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

fn version_of(group: &str) -> &'static str {
    KINDS.iter().find(|k| k.group == group).map_or("v1", |k| k.version)
}

fn group(name: &str) -> Value {
    let version = version_of(name);
    let version = json!({"groupVersion": format!("{name}/{version}"), "version": version});
    json!({"name": name, "versions": [version], "preferredVersion": version})
}

/// The old list of one group's resources.
fn resources(group: &str, version: &str) -> Value {
    let mut list = Vec::new();
    for kind in KINDS.iter().filter(|k| k.group == group && k.version == version) {
        let mut entry = json!({
            "name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced, "kind": kind.kind,
            "verbs": kind.verbs,
        });
        if !kind.short_names.is_empty() {
            entry["shortNames"] = json!(kind.short_names);
        }
        if !kind.categories.is_empty() {
            entry["categories"] = json!(kind.categories);
        }
        list.push(entry);
        for part in kind.subresources {
            let mut entry = json!({
                "name": format!("{}/{}", kind.plural, part.name), "singularName": "", "namespaced": kind.namespaced,
                "kind": part.kind, "verbs": part.verbs,
            });
            if let Some((group, version)) = part.group_version {
                entry["group"] = group.into();
                entry["version"] = version.into();
            }
            list.push(entry);
        }
    }
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": list})
}

/// Aggregated discovery, where the client accepts it. The answer's media type must name which version it is.
fn aggregated(headers: &HeaderMap, core: bool) -> Option<Response> {
    let accept = headers.get_all(header::ACCEPT).iter().filter_map(|v| v.to_str().ok()).collect::<Vec<_>>().join(",");
    let version = accept.split(',').find_map(|media| {
        let parts: Vec<&str> = media.split(';').map(str::trim).collect();
        let discovery = parts.contains(&"g=apidiscovery.k8s.io") && parts.contains(&"as=APIGroupDiscoveryList");
        ["v2", "v2beta1"].into_iter().find(|v| discovery && parts.contains(&format!("v={v}").as_str()))
    })?;
    let names = if core { vec![""] } else { groups() };
    let items: Vec<Value> = names.into_iter().map(discovered_group).collect();
    let body = json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": format!("apidiscovery.k8s.io/{version}"), "metadata": {}, "items": items,
    });
    let mut response = json_response(200, body.to_string());
    let media = format!("application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList");
    if let Ok(value) = HeaderValue::from_str(&media) {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    Some(response)
}

fn discovered_group(group: &'static str) -> Value {
    let version = version_of(group);
    let resources: Vec<Value> = KINDS.iter().filter(|k| k.group == group).map(discovered).collect();
    let mut metadata = json!({"creationTimestamp": null});
    if !group.is_empty() {
        metadata["name"] = group.into();
    }
    json!({"metadata": metadata, "versions": [{"version": version, "resources": resources, "freshness": "Current"}]})
}

fn discovered(kind: &Kind) -> Value {
    let response_kind =
        |group: &str, version: &str, name: &str| json!({"group": group, "version": version, "kind": name});
    let mut entry = json!({
        "resource": kind.plural,
        "responseKind": response_kind(kind.group, kind.version, kind.kind),
        "scope": if kind.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": kind.singular,
        "verbs": kind.verbs,
    });
    if !kind.short_names.is_empty() {
        entry["shortNames"] = json!(kind.short_names);
    }
    if !kind.categories.is_empty() {
        entry["categories"] = json!(kind.categories);
    }
    if !kind.subresources.is_empty() {
        let parts = kind.subresources.iter().map(|part| {
            let (group, version) = part.group_version.unwrap_or((kind.group, kind.version));
            json!({"subresource": part.name, "responseKind": response_kind(group, version, part.kind), "verbs": part.verbs})
        });
        entry["subresources"] = parts.collect();
    }
    entry
}
