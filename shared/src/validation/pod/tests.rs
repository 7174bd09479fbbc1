//! The rules of Pods as a table, by the harness of all kinds.

use serde_json::{Value, json};

use super::super::tests::{check, merge, sample, words};
use super::super::{update, update_status};
use crate::api::kind::known;
use crate::defaulting;

/// A Pod with one container that has `fields` besides its name and image.
fn container(fields: Value, expected: &[&str]) {
    let mut container = json!({"name": "c", "image": "nginx:1.27"});
    merge(&mut container, &fields);
    check("pods", json!({"spec": {"containers": [container]}}), expected);
}

fn spec(fields: Value, expected: &[&str]) {
    check("pods", json!({"spec": fields}), expected);
}

#[test]
fn containers() {
    spec(json!({"containers": []}), &["spec.containers: Required value"]);
    container(json!({"image": null}), &["spec.containers[0].image: Required value"]);
    container(
        json!({"name": null, "image": " a"}),
        &[
            "spec.containers[0].name: Required value",
            r#"spec.containers[0].image: Invalid value: " a": must not have leading or trailing whitespace"#,
        ],
    );
    container(
        json!({"imagePullPolicy": "x"}),
        &[
            r#"spec.containers[0].imagePullPolicy: Unsupported value: "x": supported values: "Always", "IfNotPresent", "Never""#,
        ],
    );
    let twice = json!([{"name": "c", "image": "a"}, {"name": "c", "image": "b"}]);
    spec(json!({"containers": twice}), &[r#"spec.containers[1].name: Duplicate value: "c""#]);
    spec(
        json!({"initContainers": [{"name": "c", "image": "a", "readinessProbe": {"exec": {"command": ["x"]}}}]}),
        &[
            r#"spec.initContainers[0].name: Duplicate value: "c""#,
            "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
        ],
    );
    spec(
        json!({"initContainers": [{"name": "s", "image": "a", "restartPolicy": "Always", "readinessProbe": {"exec": {"command": ["x"]}}}]}),
        &[],
    );
    spec(
        json!({"ephemeralContainers": [{"name": "d", "image": "a", "ports": [{"containerPort": 1}], "targetContainerName": "z"}]}),
        &[
            r#"spec.ephemeralContainers[0].targetContainerName: Not found: "z""#,
            "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container",
            "spec.ephemeralContainers: Forbidden: cannot be set on create",
        ],
    );
    container(
        json!({"ports": [{"containerPort": 0}, {"containerPort": 70000, "protocol": "X"}, {"containerPort": 1, "name": "http", "hostPort": 5}, {"containerPort": 2, "name": "http", "hostPort": 5}]}),
        &[
            "spec.containers[0].ports[0].containerPort: Required value",
            "spec.containers[0].ports[1].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
            r#"spec.containers[0].ports[1].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP""#,
            r#"spec.containers[0].ports[3].name: Duplicate value: "http""#,
            r#"spec.containers[0].ports[3].hostPort: Duplicate value: "TCP//5""#,
        ],
    );
}

#[test]
fn environment() {
    container(
        json!({"env": [{"name": ""}, {"name": "A=B"}, {"name": "X", "value": "v", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "Y", "valueFrom": {"fieldRef": {"fieldPath": "status.phase"}}},
        {"name": "Z", "valueFrom": {"configMapKeyRef": {"name": "c", "key": ""}}}], "envFrom": [{}]}),
        &[
            "spec.containers[0].env[0].name: Required value",
            r#"spec.containers[0].env[1].name: Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII characters other than '='"#,
            r#"spec.containers[0].env[2].valueFrom: Invalid value: "": may not be specified when `value` is not empty"#,
            r#"spec.containers[0].env[3].valueFrom.fieldRef.fieldPath: Unsupported value: "status.phase": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs""#,
            "spec.containers[0].env[4].valueFrom.configMapKeyRef.key: Required value",
            r#"spec.containers[0].envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`"#,
        ],
    );
    let file = |volume: &str| json!({"name": "F", "valueFrom": {"fileKeyRef": {"volumeName": volume, "path": "a.env", "key": "A"}}});
    spec(
        json!({"volumes": [{"name": "empty", "emptyDir": {}}, {"name": "node", "hostPath": {"path": "/x"}}],
            "containers": [{"name": "c", "image": "i", "env": [file("empty"), file("node"), file("none")]}]}),
        &[
            r#"spec.containers[0].env[1].valueFrom.fileKeyRef.volumeName: Invalid value: "node": referenced volume must be of type emptyDir"#,
            r#"spec.containers[0].env[2].valueFrom.fileKeyRef.volumeName: Not found: "none""#,
        ],
    );
}

#[test]
fn resources() {
    container(
        json!({"resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "500m"}}}),
        &[
            r#"spec.containers[0].resources.requests: Invalid value: "1": must be less than or equal to cpu limit of 500m"#,
        ],
    );
    container(
        json!({"resources": {"limits": {"gpu": "1", "memory": "-1"}}}),
        &[
            r#"spec.containers[0].resources.limits[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified"#,
            r#"spec.containers[0].resources.limits[gpu]: Invalid value: "gpu": must be a standard resource for containers"#,
            r#"spec.containers[0].resources.limits[memory]: Invalid value: "-1": must be greater than or equal to 0"#,
            r#"spec.containers[0].resources.requests[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified"#,
            r#"spec.containers[0].resources.requests[gpu]: Invalid value: "gpu": must be a standard resource for containers"#,
            r#"spec.containers[0].resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0"#,
        ],
    );
    container(
        json!({"resources": {"requests": {"example.com/gpu": "1"}}}),
        &["spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources"],
    );
}

#[test]
fn probes_and_hooks() {
    container(
        json!({"livenessProbe": {}}),
        &["spec.containers[0].livenessProbe: Required value: must specify a handler type"],
    );
    container(
        json!({"livenessProbe": {"exec": {"command": []}, "tcpSocket": {"port": 1}, "successThreshold": 2, "periodSeconds": -1}}),
        &[
            "spec.containers[0].livenessProbe.exec.command: Required value",
            "spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type",
            "spec.containers[0].livenessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0",
            "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
        ],
    );
    container(
        json!({"readinessProbe": {"httpGet": {"port": "web_1", "scheme": "FTP"}, "terminationGracePeriodSeconds": 1}}),
        &[
            r#"spec.containers[0].readinessProbe.httpGet.port: Invalid value: "web_1": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"#,
            r#"spec.containers[0].readinessProbe.httpGet.scheme: Unsupported value: "FTP": supported values: "HTTP", "HTTPS""#,
            "spec.containers[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 1: must not be set for readinessProbes",
        ],
    );
    container(
        json!({"lifecycle": {"preStop": {"sleep": {"seconds": 31}}}}),
        &[
            "spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)",
        ],
    );
}

#[test]
fn volumes() {
    spec(
        json!({"volumes": [{"name": "v", "emptyDir": {}, "hostPath": {"path": "/x"}}, {"name": "V", "hostPath": {"path": "/a/../b", "type": "Dir"}},
        {"name": "s", "secret": {"items": [{"key": "k", "path": "../p", "mode": 512}]}}]}),
        &[
            "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
            r#"spec.volumes[1].hostPath.path: Invalid value: "/a/../b": must not contain '..'"#,
            r#"spec.volumes[1].hostPath.type: Unsupported value: "Dir": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket""#,
            r#"spec.volumes[1].name: Invalid value: "V": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"#,
            "spec.volumes[2].secret.secretName: Required value",
            r#"spec.volumes[2].secret.items[0].path: Invalid value: "../p": must not contain '..'"#,
            "spec.volumes[2].secret.items[0].mode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive",
        ],
    );
    container(
        json!({"volumeMounts": [{"name": "nope", "mountPath": "/a"}, {"name": "nope", "mountPath": "/a", "subPath": "/x"}]}),
        &[
            r#"spec.containers[0].volumeMounts[0].name: Not found: "nope""#,
            r#"spec.containers[0].volumeMounts[1].name: Not found: "nope""#,
            r#"spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/a": must be unique"#,
            r#"spec.containers[0].volumeMounts.subPath: Invalid value: "/x": must be a relative path"#,
        ],
    );
}

#[test]
fn placement() {
    spec(
        json!({"restartPolicy": "Sometimes", "dnsPolicy": "X", "activeDeadlineSeconds": 0}),
        &[
            r#"spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure""#,
            r#"spec.dnsPolicy: Unsupported value: "X": supported values: "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None""#,
            "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
        ],
    );
    spec(
        json!({"tolerations": [{"operator": "Equal"}, {"key": "a", "operator": "Exists", "value": "x", "effect": "No"}]}),
        &[
            r#"spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys""#,
            r#"spec.tolerations[1].operator: Invalid value: "x": value must be empty when `operator` is 'Exists'"#,
            r#"spec.tolerations[1].effect: Unsupported value: "No": supported values: "NoExecute", "NoSchedule", "PreferNoSchedule""#,
        ],
    );
    spec(
        json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "a", "operator": "In"}, {"key": "a", "operator": "Is"}]}]}}}}),
        &[
            "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
            r#"spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[1].operator: Invalid value: "Is": not a valid selector operator"#,
        ],
    );
    spec(
        json!({"topologySpreadConstraints": [{"maxSkew": 0, "topologyKey": "zone", "whenUnsatisfiable": "Do"}]}),
        &[
            "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
            r#"spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Do": supported values: "DoNotSchedule", "ScheduleAnyway""#,
        ],
    );
}

/// An update of the sample Pod, already stored, by a patch.
fn change(patch: Value, expected: &[&str]) {
    let mut old = sample("pods");
    merge(&mut old, &json!({"metadata": {"resourceVersion": "1", "uid": "u"}}));
    let mut new = old.clone();
    merge(&mut new, &patch);
    defaulting::apply(known("pods"), &mut new);
    let errors = words(&update(known("pods"), &new, &old));
    assert_eq!(errors, expected, "{patch:#}");
}

#[test]
fn pod_updates() {
    let container = |fields: Value| {
        let mut container = json!({"name": "c", "image": "nginx:1.27", "imagePullPolicy": "IfNotPresent", "ports": [{"containerPort": 80}]});
        merge(&mut container, &fields);
        json!({"spec": {"containers": [container]}})
    };
    change(json!({"metadata": {"labels": {"a": "b"}}}), &[]);
    change(container(json!({"image": "nginx:1.28"})), &[]);
    change(json!({"spec": {"activeDeadlineSeconds": 10}}), &[]);
    change(json!({"spec": {"tolerations": [{"operator": "Exists"}]}}), &[]);
    change(
        container(json!({"command": ["sh"]})),
        &[
            "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n+ \tspec.containers[0].command: [\"sh\"]\n",
        ],
    );
    change(
        json!({"spec": {"containers": [{"name": "c", "image": "a"}, {"name": "d", "image": "a"}]}}),
        &["spec.containers: Forbidden: pod updates may not add or remove containers"],
    );
    change(
        json!({"metadata": {"resourceVersion": null, "uid": "other"}}),
        &[
            r#"metadata.resourceVersion: Invalid value: "": must be specified for an update"#,
            r#"metadata.uid: Invalid value: "other": field is immutable"#,
        ],
    );
}

#[test]
fn what_has_ended_stays_ended() {
    let with = |state: Value| {
        let mut pod = sample("pods");
        merge(&mut pod, &json!({"metadata": {"resourceVersion": "1"}, "spec": {"restartPolicy": "Never"}}));
        pod["status"] = json!({"containerStatuses": [{"name": "c", "state": state}]});
        pod
    };
    let (ended, running) = (with(json!({"terminated": {"exitCode": 0}})), with(json!({"running": {}})));
    assert!(update_status(known("pods"), &ended, &running).is_empty());
    assert_eq!(
        words(&update_status(known("pods"), &running, &ended)),
        ["status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"]
    );
}
