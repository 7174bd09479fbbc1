//! `serviceaccounts/token`: tokens for a service account, bound to a Pod where one is named.

use serde_json::{Value, json};
use shared::api::kind::known;
use shared::api::{FieldError, Path, Status, object};

use super::api::{Api, Caller};
use crate::auth::service_token::ISSUER;
use crate::clock::now;

/// What a token lasts where nothing is asked, and at least.
const DEFAULT_SECONDS: i64 = 3600;
const LEAST_SECONDS: i64 = 600;

impl Api {
    /// Answers a `TokenRequest`.
    ///
    /// # Errors
    /// 404 for an unknown account or Pod, 422 for too short a time.
    pub fn create_token(
        &self,
        caller: &Caller,
        namespace: &str,
        account: &str,
        mut request: Value,
    ) -> Result<Value, Status> {
        let found = self.get(caller, known("serviceaccounts"), namespace, account)?;
        let signer = self.signer.get().ok_or_else(|| Status::internal("this server signs no tokens"))?;
        let seconds = request.pointer("/spec/expirationSeconds").and_then(Value::as_i64).unwrap_or(DEFAULT_SECONDS);
        if seconds < LEAST_SECONDS {
            let path = Path::new("spec").child("expirationSeconds");
            let error = FieldError::invalid(&path, seconds, "may not specify a duration less than 10 minutes");
            return Err(Status::failure(
                422,
                "Invalid",
                format!("TokenRequest.authentication.k8s.io \"\" is invalid: {error}"),
            ));
        }
        let bound = request.pointer("/spec/boundObjectRef").cloned().unwrap_or_default();
        let mut subject = json!({
            "namespace": namespace,
            "serviceaccount": {"name": account, "uid": object::uid(found.value())},
        });
        if bound.get("kind").and_then(Value::as_str) == Some("Pod") {
            let name = bound.get("name").and_then(Value::as_str).unwrap_or_default();
            let pod = self.get(caller, known("pods"), namespace, name)?;
            subject["pod"] = json!({"name": name, "uid": object::uid(pod.value())});
        }
        let issued = now();
        let expires = issued.plus_seconds(seconds);
        let audiences = match request.pointer("/spec/audiences") {
            Some(Value::Array(named)) if !named.is_empty() => json!(named),
            _ => json!([ISSUER]),
        };
        let claims = json!({
            "iss": ISSUER, "sub": format!("system:serviceaccount:{namespace}:{account}"), "aud": audiences,
            "iat": issued.seconds(), "nbf": issued.seconds(), "exp": expires.seconds(),
            "kubernetes.io": subject, "podground.io/sandbox": caller.sandbox,
        });
        request["kind"] = "TokenRequest".into();
        request["apiVersion"] = "authentication.k8s.io/v1".into();
        request["spec"]["audiences"] = audiences;
        request["spec"]["expirationSeconds"] = seconds.into();
        request["status"] = json!({"token": signer.sign(&claims), "expirationTimestamp": expires.to_string()});
        Ok(request)
    }
}
