//! Security contexts as the engine takes them. What would leave the sandbox's bounds is refused, not dropped. Pure.

use k8s_openapi::api::core::v1::{Container, Pod};

use shared::validation::admission::CAPABILITIES;

use super::identity;
use crate::runtime::{ContainerSpec, Image};

/// Processes and threads of a container: a fork bomb is the container's own trouble.
const PIDS: i64 = 1024;

/// Fills in users, groups, capabilities and what else the contexts of Pod and container say.
///
/// # Errors
/// The kubelet's message for `CreateContainerConfigError`.
pub(super) fn apply(spec: &mut ContainerSpec, pod: &Pod, container: &Container, image: &Image) -> Result<(), String> {
    let of_pod = pod.spec.as_ref().and_then(|s| s.security_context.clone()).unwrap_or_default();
    let own = container.security_context.clone().unwrap_or_default();
    let user = own.run_as_user.or(of_pod.run_as_user);
    let group = own.run_as_group.or(of_pod.run_as_group);
    spec.user = match (user, group) {
        (Some(user), Some(group)) => Some(format!("{user}:{group}")),
        (Some(user), None) => Some(user.to_string()),
        (None, Some(group)) => {
            let of_image = image.user.split(':').next().filter(|u| !u.is_empty()).unwrap_or("0");
            Some(format!("{of_image}:{group}"))
        }
        (None, None) => None,
    };
    if own.run_as_non_root.or(of_pod.run_as_non_root) == Some(true) {
        let (uid, name, namespace) = identity(pod);
        let whose = format!("(pod: \"{name}_{namespace}({uid})\", container: {})", container.name);
        let of_image = image.user.split(':').next().unwrap_or_default();
        match (user, of_image.parse::<i64>()) {
            (Some(0), _) => return Err(format!("container's runAsUser breaks non-root policy {whose}")),
            (Some(_), _) => {}
            (None, Ok(0)) => return Err(format!("container has runAsNonRoot and image will run as root {whose}")),
            (None, Ok(_)) => {}
            (None, Err(_)) if of_image.is_empty() => {
                return Err(format!("container has runAsNonRoot and image will run as root {whose}"));
            }
            (None, Err(_)) => {
                return Err(format!(
                    "container has runAsNonRoot and image has non-numeric user ({of_image}), cannot verify user is \
                     non-root {whose}"
                ));
            }
        }
    }
    let groups = of_pod.supplemental_groups.iter().flatten().chain(of_pod.fs_group.iter());
    spec.groups = groups.map(ToString::to_string).collect();
    if let Some(capabilities) = &own.capabilities {
        let plain = |name: &String| name.trim_start_matches("CAP_").to_uppercase();
        spec.cap_add = capabilities.add.iter().flatten().map(plain).collect();
        spec.cap_drop = capabilities.drop.iter().flatten().map(plain).collect();
        if let Some(beyond) = spec.cap_add.iter().find(|c| *c != "ALL" && !CAPABILITIES.contains(&c.as_str())) {
            return Err(format!("capability {beyond} is not available: a node here is a container, not a machine"));
        }
        if spec.cap_add.iter().any(|c| c == "ALL") {
            spec.cap_add = CAPABILITIES.iter().map(|c| (*c).to_owned()).collect();
        }
    }
    if own.privileged == Some(true) {
        return Err("privileged containers are not available: a node here is a container, not a machine".to_owned());
    }
    spec.no_new_privileges = own.allow_privilege_escalation == Some(false);
    spec.read_only_root = own.read_only_root_filesystem == Some(true);
    spec.resources.pids = Some(PIDS);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn applied(of_pod: Value, own: Value, image_user: &str) -> Result<ContainerSpec, String> {
        let pod: Pod = serde_json::from_value(json!({
            "metadata": {"name": "p", "namespace": "default", "uid": "u"},
            "spec": {"securityContext": of_pod, "containers": [{"name": "c", "image": "i", "securityContext": own}]}
        }))
        .unwrap();
        let mut spec = ContainerSpec::default();
        let image = Image { user: image_user.to_owned(), ..Image::default() };
        let container = pod.spec.as_ref().unwrap().containers[0].clone();
        apply(&mut spec, &pod, &container, &image).map(|()| spec)
    }

    #[test]
    fn users_and_groups() {
        let user = |of_pod, own, image| applied(of_pod, own, image).unwrap().user;
        assert_eq!(user(json!({}), json!({}), "nginx"), None);
        assert_eq!(user(json!({"runAsUser": 1, "runAsGroup": 2}), json!({"runAsUser": 3}), "").as_deref(), Some("3:2"));
        assert_eq!(user(json!({"runAsGroup": 2}), json!({}), "7:8").as_deref(), Some("7:2"));
        let groups = applied(json!({"fsGroup": 5, "supplementalGroups": [6]}), json!({}), "").unwrap().groups;
        assert_eq!(groups, ["6", "5"]);
    }

    #[test]
    fn refusals() {
        let no_root = json!({"runAsNonRoot": true});
        let cases = [
            (
                no_root.clone(),
                json!({}),
                "",
                "container has runAsNonRoot and image will run as root (pod: \"p_default(u)\", container: c)",
            ),
            (
                no_root.clone(),
                json!({}),
                "nginx",
                "container has runAsNonRoot and image has non-numeric user (nginx), cannot verify user is non-root \
                 (pod: \"p_default(u)\", container: c)",
            ),
            (
                no_root.clone(),
                json!({"runAsUser": 0}),
                "",
                "container's runAsUser breaks non-root policy (pod: \"p_default(u)\", container: c)",
            ),
            (
                json!({}),
                json!({"capabilities": {"add": ["SYS_ADMIN"]}}),
                "",
                "capability SYS_ADMIN is not available: a node here is a container, not a machine",
            ),
        ];
        for (of_pod, own, image, message) in cases {
            assert_eq!(applied(of_pod, own, image).unwrap_err(), message);
        }
        assert!(applied(no_root.clone(), json!({"runAsUser": 5}), "").is_ok());
        assert!(applied(no_root, json!({}), "101").is_ok());
    }
}
