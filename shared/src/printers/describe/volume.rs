//! The volumes of a Pod's screen.

use serde_json::Value;

use super::super::table::{int_at, str_at};
use super::writer::{Writer, quantity};
use crate::api::object;

pub(super) fn volumes(w: &mut Writer, volumes: &[Value]) {
    if volumes.is_empty() {
        return w.field(0, "Volumes", "<none>");
    }
    w.line(0, "Volumes:");
    for volume in volumes {
        w.line(1, [str_at(volume, "/name"), ":"].concat());
        let source = volume.as_object().into_iter().flatten().find(|(k, v)| *k != "name" && !v.is_null());
        match source {
            Some((ty, source)) => one(w, ty, source),
            None => w.line(1, "<unknown>"),
        }
    }
}

/// What a kind of volume is, and the fields shown of it: a title, and where the value is.
type Shape = (&'static str, &'static [(&'static str, &'static str)]);

fn shape(ty: &str) -> Option<Shape> {
    Some(match ty {
        "secret" => {
            ("Secret (a volume populated by a Secret)", &[("SecretName", "/secretName"), ("Optional", "?/optional")])
        }
        "configMap" => {
            ("ConfigMap (a volume populated by a ConfigMap)", &[("Name", "/name"), ("Optional", "?/optional")])
        }
        "persistentVolumeClaim" => (
            "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
            &[("ClaimName", "/claimName"), ("ReadOnly", "?/readOnly")],
        ),
        "image" => {
            ("Image (a container image or OCI artifact)", &[("Reference", "/reference"), ("PullPolicy", "/pullPolicy")])
        }
        "nfs" => (
            "NFS (an NFS mount that lasts the lifetime of a pod)",
            &[("Server", "/server"), ("Path", "/path"), ("ReadOnly", "?/readOnly")],
        ),
        "gitRepo" => (
            "GitRepo (a volume that is pulled from git when the pod is created)",
            &[("Repository", "/repository"), ("Revision", "/revision")],
        ),
        _ => return None,
    })
}

fn one(w: &mut Writer, ty: &str, source: &Value) {
    match ty {
        "hostPath" => {
            w.field(2, "Type", "HostPath (bare host directory volume)");
            w.field(2, "Path", str_at(source, "/path"));
            w.field(2, "HostPathType", source.get("type").and_then(Value::as_str).unwrap_or("<none>"));
        }
        "emptyDir" => {
            w.field(2, "Type", "EmptyDir (a temporary directory that shares a pod's lifetime)");
            w.field(2, "Medium", str_at(source, "/medium"));
            let limit = source.get("sizeLimit").filter(|l| !l.is_null()).map(quantity).filter(|l| l != "0");
            w.field(2, "SizeLimit", limit.as_deref().unwrap_or("<unset>"));
        }
        "downwardAPI" => {
            w.field(2, "Type", "DownwardAPI (a volume populated by information about the pod)\n    Items:");
            for item in object::list(source, "/items") {
                for from in ["/fieldRef/fieldPath", "/resourceFieldRef/resource"] {
                    let from = str_at(item, from);
                    if !from.is_empty() {
                        w.line(3, format!("{from} -> {}", str_at(item, "/path")));
                    }
                }
            }
        }
        "projected" => projected(w, source),
        ty => match shape(ty) {
            Some((title, fields)) => {
                w.field(2, "Type", title);
                for (title, pointer) in fields {
                    match pointer.strip_prefix('?') {
                        Some(flag) => {
                            let on = source.pointer(flag).and_then(Value::as_bool).unwrap_or_default();
                            w.field(2, title, on.to_string());
                        }
                        None => w.field(2, title, str_at(source, pointer)),
                    }
                }
            }
            None => w.line(1, "<unknown>"),
        },
    }
}

fn projected(w: &mut Writer, source: &Value) {
    w.field(2, "Type", "Projected (a volume that contains injected data from multiple sources)");
    for source in object::list(source, "/sources") {
        let part = |name: &str| source.get(name).filter(|p| !p.is_null());
        let optional = |of: &Value| (of["optional"] == true).to_string();
        if let Some(secret) = part("secret") {
            w.field(2, "SecretName", str_at(secret, "/name"));
            w.field(2, "Optional", optional(secret));
        } else if part("downwardAPI").is_some() {
            w.field(2, "DownwardAPI", "true");
        } else if let Some(map) = part("configMap") {
            w.field(2, "ConfigMapName", str_at(map, "/name"));
            w.field(2, "Optional", optional(map));
        } else if let Some(token) = part("serviceAccountToken") {
            w.field(2, "TokenExpirationSeconds", int_at(token, "/expirationSeconds").to_string());
        }
    }
}
