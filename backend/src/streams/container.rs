//! Which container of a Pod is meant (`k8s.io/kubernetes/pkg/registry/core/pod.validateContainer`).

use serde_json::Value;
use shared::api::{Status, object};

/// The container asked for, or the only one.
///
/// # Errors
/// 400 in the API server's words.
pub fn choose(pod: &Value, asked: Option<&str>) -> Result<String, Status> {
    let names = |list: &str| -> Vec<&str> {
        object::list(pod, list).iter().filter_map(|c| c.get("name").and_then(Value::as_str)).collect()
    };
    let (containers, init) = (names("/spec/containers"), names("/spec/initContainers"));
    let pod_name = object::name(pod);
    if let Some(asked) = asked {
        let known = containers.contains(&asked) || init.contains(&asked);
        return match known || names("/spec/ephemeralContainers").contains(&asked) {
            true => Ok(asked.to_owned()),
            false => Err(Status::bad_request(format!("container {asked} is not valid for pod {pod_name}"))),
        };
    }
    match containers.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => Err(Status::bad_request(format!("a container name must be specified for pod {pod_name}"))),
        several => {
            let several = several.join(" ");
            let mut message =
                format!("a container name must be specified for pod {pod_name}, choose one of: [{several}]");
            if !init.is_empty() {
                message += &format!(" or one of the init containers: [{}]", init.join(" "));
            }
            Err(Status::bad_request(message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn chosen_or_refused() {
        let one = json!({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "a"}]}});
        let two = json!({"metadata": {"name": "p"}, "spec": {
            "containers": [{"name": "a"}, {"name": "b"}], "initContainers": [{"name": "i"}]}});
        let cases = [
            (&one, None, Ok("a")),
            (&one, Some("a"), Ok("a")),
            (&one, Some("x"), Err("container x is not valid for pod p")),
            (&two, Some("i"), Ok("i")),
            (
                &two,
                None,
                Err(
                    "a container name must be specified for pod p, choose one of: [a b] or one of the init containers: [i]",
                ),
            ),
        ];
        for (pod, asked, expected) in cases {
            let found = choose(pod, asked);
            assert_eq!(found.as_deref().map_err(|s| s.message.as_str()), expected, "{asked:?}");
        }
    }
}
