//! Looks at a cluster through a [`Transport`]: the objects that checks are about, and what their containers say.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Check;
use super::evaluate::{Outcome, Read, evaluate, reads};
use crate::api::{json, kind};
use crate::kubectl::{Request, Transport};

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sight {
    objects: BTreeMap<String, Vec<Value>>,
    outputs: BTreeMap<Read, String>,
}

impl Sight {
    /// Judges a check by it.
    pub fn evaluate(&self, check: &Check) -> Outcome {
        evaluate(check, |r| self.objects.get(r).cloned().unwrap_or_default(), |read| self.outputs.get(read).cloned())
    }
}

/// Looks at all that the checks need. `run` takes the arguments of `kubectl logs` or `kubectl exec` and gives what it
/// prints; a container that does not answer says nothing.
///
/// # Errors
/// Why the API server did not say which objects there are.
pub async fn look<T: Transport>(
    checks: &[Check],
    transport: &T,
    run: impl AsyncFn(&[String]) -> Option<String>,
) -> Result<Sight, String> {
    let mut sight = Sight::default();
    for check in checks {
        if !sight.objects.contains_key(&check.resource) {
            let objects = list(&check.resource, transport).await?;
            sight.objects.insert(check.resource.clone(), objects);
        }
        for read in reads(check, |resource| sight.objects.get(resource).cloned().unwrap_or_default()) {
            if let Some(output) = run(&read.arguments()).await {
                sight.outputs.insert(read, output);
            }
        }
    }
    Ok(sight)
}

/// Every object of a resource, in all namespaces.
async fn list<T: Transport>(resource: &str, transport: &T) -> Result<Vec<Value>, String> {
    let kind = kind::by_name(resource).ok_or_else(|| format!("there is no resource {resource:?}"))?;
    let path = match kind.group {
        "" => format!("/api/{}/{}", kind.version, kind.plural),
        group => format!("/apis/{group}/{}/{}", kind.version, kind.plural),
    };
    let accept = vec![("accept", "application/json".to_owned())];
    let request = Request { method: "GET", path, headers: accept, body: Vec::new() };
    let response = transport.send(request).await.map_err(|e| e.to_string())?;
    let mut list: Value = json::read(&response.body).unwrap_or_default();
    match (response.status, list.get_mut("items").and_then(Value::as_array_mut)) {
        (200, Some(items)) => Ok(std::mem::take(items)),
        (status, _) => Err(format!("listing {resource}: the server answered {status}")),
    }
}
