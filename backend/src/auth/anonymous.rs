//! Callers who show no credentials at all: `system:anonymous`, as a kube-apiserver takes them by default. RBAC's stock
//! roles let them see that the server is there and of which version, and refuse everything else.

use axum::http::Method;
use shared::api::field::quote;
use shared::api::status::Details;
use shared::api::{ResourcePath, Status, paths};

use super::Identity;

const USER: &str = "system:anonymous";
/// What the role `system:public-info-viewer` grants everybody to get.
const PUBLIC: [&str; 5] = ["/healthz", "/livez", "/readyz", "/version", "/version/"];

impl Identity {
    /// Whoever asks `sandbox` without credentials.
    pub fn anonymous(sandbox: &str) -> Self {
        Self {
            user: USER.to_owned(),
            groups: vec!["system:unauthenticated".to_owned()],
            sandbox: Some(sandbox.to_owned()),
        }
    }
}

/// Whether everybody may ask for `path`.
pub fn is_public(method: &Method, path: &str) -> bool {
    matches!(*method, Method::GET | Method::HEAD) && PUBLIC.contains(&path)
}

/// 403 in the words of `responsewriters.ForbiddenStatusError`. `path` is the sandbox's own.
pub fn refusal(method: &Method, path: &str, query: &str) -> Status {
    let Some(asked) = ResourcePath::parse(path) else {
        let verb = method.as_str().to_lowercase();
        let why = format!("forbidden: User {} cannot {verb} path {}", quote(USER), quote(path));
        return Status { details: Some(Details::default()), ..Status::failure(403, "Forbidden", why) };
    };
    // A Namespace is in itself.
    let namespace = if asked.resource == "namespaces" { &asked.name } else { &asked.namespace };
    let place = match namespace.as_str() {
        "" => "at the cluster scope".to_owned(),
        namespace => format!("in the namespace {}", quote(namespace)),
    };
    let with = |sign: &str, more: &str| match more {
        "" => asked.resource.clone(),
        more => format!("{}{sign}{more}", asked.resource),
    };
    let mut about = with(".", &asked.group);
    if !asked.name.is_empty() {
        about = format!("{about} {}", quote(&asked.name));
    }
    let why = format!(
        "{about} is forbidden: User {} cannot {} resource {} in API group {} {place}",
        quote(USER),
        verb(method, &asked, query),
        quote(&with("/", &asked.subresource)),
        quote(&asked.group)
    );
    let details = Details { name: asked.name, group: asked.group, kind: asked.resource, ..Details::default() };
    Status { details: Some(details), ..Status::failure(403, "Forbidden", why) }
}

/// Kubernetes' word for what is asked of a resource, served here or not.
fn verb(method: &Method, asked: &ResourcePath, query: &str) -> &'static str {
    let one = !asked.name.is_empty();
    let watches =
        paths::query(query).iter().any(|(key, value)| key == "watch" && matches!(value.as_str(), "1" | "true"));
    match method.as_str() {
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" if one => "delete",
        "DELETE" => "deletecollection",
        _ if one => "get",
        _ if watches => "watch",
        _ => "list",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_as_rbac_refuses() {
        let cases = [
            ("GET /", r#"forbidden: User "system:anonymous" cannot get path "/""#),
            ("GET /api/v1", r#"forbidden: User "system:anonymous" cannot get path "/api/v1""#),
            ("POST /metrics", r#"forbidden: User "system:anonymous" cannot post path "/metrics""#),
            (
                "GET /api/v1/namespaces/default/pods?limit=500",
                r#"pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "default""#,
            ),
            (
                "GET /api/v1/pods?watch=true",
                r#"pods is forbidden: User "system:anonymous" cannot watch resource "pods" in API group "" at the cluster scope"#,
            ),
            (
                "GET /api/v1/namespaces/kube-system",
                r#"namespaces "kube-system" is forbidden: User "system:anonymous" cannot get resource "namespaces" in API group "" in the namespace "kube-system""#,
            ),
            (
                "POST /api/v1/namespaces/a/pods/p/exec",
                r#"pods "p" is forbidden: User "system:anonymous" cannot create resource "pods/exec" in API group "" in the namespace "a""#,
            ),
            (
                "DELETE /apis/coordination.k8s.io/v1/namespaces/a/leases",
                r#"leases.coordination.k8s.io is forbidden: User "system:anonymous" cannot deletecollection resource "leases" in API group "coordination.k8s.io" in the namespace "a""#,
            ),
        ];
        for (request, message) in cases {
            let (method, path) = request.split_once(' ').unwrap();
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            let status = refusal(&method.parse().unwrap(), path, query);
            assert_eq!((status.code, status.reason.as_str(), status.message.as_str()), (403, "Forbidden", message));
        }
    }
}
