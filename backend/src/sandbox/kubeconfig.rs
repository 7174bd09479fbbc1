//! kubeconfigs: for a reader's own kubectl outside, and for kubectl on a node inside.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// For a kubectl on this machine: plain HTTP on loopback, where kubectl sends no credentials and none are asked for.
///
/// The JavaScript client refuses plain HTTP unless it is told not to look for certificates; kubectl does not mind.
pub fn outside(sandbox: &str, server: &str) -> String {
    emit(sandbox, json!({ "server": server, "insecure-skip-tls-verify": true }), json!({}))
}

/// For the node terminals: TLS and the learner's token on the sandbox's own network.
pub fn inside(sandbox: &str, server: &str, ca_pem: &str, token: &str) -> String {
    let ca = STANDARD.encode(ca_pem);
    emit(sandbox, json!({ "server": server, "certificate-authority-data": ca }), json!({ "token": token }))
}

/// Whether a kubeconfig leads where [`inside`]'s would, whatever else it says.
pub fn leads_to(text: &str, server: &str, ca_pem: &str, token: &str) -> bool {
    let ca = STANDARD.encode(ca_pem);
    [server, ca.as_str(), token].iter().all(|part| text.contains(part))
}

fn emit(sandbox: &str, cluster: Value, user: Value) -> String {
    let context = format!("podground-{sandbox}");
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": context, "cluster": cluster }],
        "users": [{ "name": context, "user": user }],
        "contexts": [{ "name": context, "context": { "cluster": context, "user": context, "namespace": "default" } }],
        "current-context": context,
        "preferences": {},
    });
    serde_yaml::to_string(&config).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kubeconfig_with_another_namespace_still_leads_here() {
        let server = "https://10.0.0.1:6443";
        let text = inside("box", server, "PEM", "secret");
        let changed = text.replace("namespace: default", "namespace: dev");
        assert_ne!(changed, text);
        assert!(leads_to(&changed, server, "PEM", "secret"));
        assert!(!leads_to(&changed, server, "PEM", "other"));
        assert!(!leads_to("", server, "PEM", "secret"));
    }
}
