//! Defaults as a table: what goes in, and the fields that must then stand there.

use serde_json::{Value, json};

use super::{admit, apply, prepare, service_account_token_volume};
use crate::api::kind::known;

fn check(plural: &str, mut object: Value, expected: &[(&str, Value)]) {
    apply(known(plural), &mut object);
    for (pointer, value) in expected {
        assert_eq!(object.pointer(pointer).unwrap_or(&Value::Null), value, "{pointer} of {object:#}");
    }
    let once = object.clone();
    apply(known(plural), &mut object);
    assert_eq!(object, once, "twice is the same as once");
}

fn pod(container: Value) -> Value {
    json!({"metadata": {"name": "p"}, "spec": {"containers": [container]}})
}

#[test]
fn pods_get_what_the_api_server_gives_them() {
    check(
        "pods",
        pod(json!({"name": "c", "image": "nginx", "ports": [{"containerPort": 80}]})),
        &[
            ("/spec/restartPolicy", json!("Always")),
            ("/spec/dnsPolicy", json!("ClusterFirst")),
            ("/spec/schedulerName", json!("default-scheduler")),
            ("/spec/terminationGracePeriodSeconds", json!(30)),
            ("/spec/securityContext", json!({})),
            ("/spec/enableServiceLinks", json!(true)),
            ("/spec/containers/0/imagePullPolicy", json!("Always")),
            ("/spec/containers/0/terminationMessagePath", json!("/dev/termination-log")),
            ("/spec/containers/0/terminationMessagePolicy", json!("File")),
            ("/spec/containers/0/resources", json!({})),
            ("/spec/containers/0/ports/0/protocol", json!("TCP")),
        ],
    );
    check(
        "pods",
        pod(json!({"livenessProbe": {"httpGet": {"port": 80}}, "lifecycle": {"preStop": {"httpGet": {"port": 1}}},
            "resources": {"limits": {"cpu": 0.5, "memory": "1024Mi"}, "requests": {"cpu": "0.1"}}})),
        &[
            ("/spec/containers/0/livenessProbe/timeoutSeconds", json!(1)),
            ("/spec/containers/0/livenessProbe/periodSeconds", json!(10)),
            ("/spec/containers/0/livenessProbe/successThreshold", json!(1)),
            ("/spec/containers/0/livenessProbe/failureThreshold", json!(3)),
            ("/spec/containers/0/livenessProbe/httpGet", json!({"path": "/", "port": 80, "scheme": "HTTP"})),
            ("/spec/containers/0/lifecycle/preStop/httpGet/scheme", json!("HTTP")),
            ("/spec/containers/0/resources/limits", json!({"cpu": "500m", "memory": "1Gi"})),
            ("/spec/containers/0/resources/requests", json!({"cpu": "100m", "memory": "1Gi"})),
        ],
    );
    // A template gets a spec's defaults, and none of those that only a Pod gets.
    check(
        "podtemplates",
        json!({"template": {"spec": {"containers": [{"image": "nginx:1", "resources": {"limits": {"cpu": 0.5}}}]}}}),
        &[
            ("/template/spec/restartPolicy", json!("Always")),
            ("/template/spec/securityContext", json!({})),
            ("/template/spec/containers/0/imagePullPolicy", json!("IfNotPresent")),
            ("/template/spec/containers/0/resources", json!({"limits": {"cpu": "500m"}})),
            ("/template/spec/enableServiceLinks", json!(null)),
        ],
    );
    check(
        "pods",
        json!({"spec": {"volumes": [{"name": "a"}, {"name": "b", "hostPath": {"path": "/x"}},
            {"name": "c", "secret": {"secretName": "s"}},
            {"name": "d", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}},
                {"downwardAPI": {"items": [{"path": "p", "fieldRef": {"fieldPath": "metadata.name"}}]}}]}}]}}),
        &[
            ("/spec/volumes/0/emptyDir", json!({})),
            ("/spec/volumes/1/hostPath/type", json!("")),
            ("/spec/volumes/2/secret/defaultMode", json!(420)),
            ("/spec/volumes/3/projected/sources/0/serviceAccountToken/expirationSeconds", json!(3600)),
            ("/spec/volumes/3/projected/sources/1/downwardAPI/items/0/fieldRef/apiVersion", json!("v1")),
        ],
    );
}

#[test]
fn the_pull_policy_follows_the_tag() {
    let cases = [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("nginx:1.27", "IfNotPresent"),
        ("localhost:5000/nginx", "Always"),
        ("localhost:5000/a/nginx:1", "IfNotPresent"),
        ("nginx@sha256:abc", "IfNotPresent"),
        ("nginx:latest@sha256:abc", "Always"),
        ("", "IfNotPresent"),
        ("Nginx", "IfNotPresent"),
    ];
    for (image, policy) in cases {
        let expected = [("/spec/containers/0/imagePullPolicy", json!(policy))];
        check("pods", pod(json!({"image": image})), &expected);
    }
    let kept = [("/spec/containers/0/imagePullPolicy", json!("Never"))];
    check("pods", pod(json!({"image": "nginx", "imagePullPolicy": "Never"})), &kept);
}

#[test]
fn other_kinds() {
    check(
        "namespaces",
        json!({"metadata": {"name": "a"}}),
        &[("/metadata/labels", json!({"kubernetes.io/metadata.name": "a"}))],
    );
    check(
        "secrets",
        json!({"data": {"a": "eA=="}, "stringData": {"b": "hi"}}),
        &[("/type", json!("Opaque")), ("/data", json!({"a": "eA==", "b": "aGk="})), ("/stringData", Value::Null)],
    );
    check(
        "limitranges",
        json!({"spec": {"limits": [{"type": "Container", "max": {"cpu": "1000m"}, "min": {"memory": "1Mi"}}]}}),
        &[("/spec/limits/0/defaultRequest", json!({"cpu": "1", "memory": "1Mi"}))],
    );
}

#[test]
fn new_pods_are_pending_with_a_quality_of_service() {
    let resources = |limits: Value, requests: Value| json!({"resources": {"limits": limits, "requests": requests}});
    let cases = [
        (json!({}), "BestEffort"),
        (resources(json!({}), json!({"cpu": "1"})), "Burstable"),
        (resources(json!({"cpu": "1"}), json!({"cpu": "1"})), "Burstable"),
        (resources(json!({"cpu": "1", "memory": "1Gi"}), json!({"cpu": "1", "memory": "1Gi"})), "Guaranteed"),
        (resources(json!({"cpu": "1", "memory": "1Gi"}), json!({"cpu": "1", "memory": "1Mi"})), "Burstable"),
    ];
    for (container, qos) in cases {
        let mut pod = pod(container);
        pod["status"] = json!({"phase": "Running", "podIP": "1.2.3.4"});
        prepare::create(known("pods"), &mut pod);
        assert_eq!(pod["status"], json!({"phase": "Pending", "qosClass": qos}));
    }
}

#[test]
fn admission_adds_account_tolerations_and_token() {
    let mut pod = pod(json!({"name": "c"}));
    admit(known("pods"), &mut pod, None);
    assert_eq!(pod["spec"]["serviceAccountName"], "default");
    assert_eq!(pod["spec"]["priority"], 0);
    assert_eq!(pod["spec"]["tolerations"].as_array().map(Vec::len), Some(2));
    service_account_token_volume(&mut pod, "abcde", true);
    assert_eq!(pod["spec"]["volumes"][0]["name"], "kube-api-access-abcde");
    assert_eq!(pod["spec"]["containers"][0]["volumeMounts"][0]["name"], "kube-api-access-abcde");
    pod["spec"]["automountServiceAccountToken"] = json!(false);
    let before = pod.clone();
    service_account_token_volume(&mut pod, "fghij", true);
    assert_eq!(pod, before);
}
