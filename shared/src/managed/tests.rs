//! Ownership as a kube-apiserver books it.

use serde_json::json;

use super::*;
use crate::schema::for_kind;

fn pod() -> &'static Definition {
    for_kind("v1", "Pod").unwrap()
}

fn author<'a>(manager: &'a str, time: &'a str) -> Author<'a> {
    Author { manager, version: "v1", subresource: "", time }
}

/// Who owns what, one line an owner.
fn owners(value: &Value) -> Vec<String> {
    let entries = entries::read(value).unwrap_or_default();
    let shown = |e: &Entry| {
        let verb = if e.applies { "applies" } else { "updates" };
        format!("{} {verb} at {}: {}", e.manager, e.time, e.fields.paths().join(" "))
    };
    entries.iter().map(shown).collect()
}

fn config(data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data})
}

fn apply_config(live: Option<&Value>, data: Value, manager: &str, force: bool) -> Result<Value, ApplyError> {
    let definition = for_kind("v1", "ConfigMap").unwrap();
    apply(definition, live, &config(data), author(manager, "t"), force)
}

#[test]
fn a_pod_made_by_kubectl_run() {
    let mut made = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "nginx", "namespace": "default", "uid": "u", "labels": {"run": "nginx"}},
        "spec": {
            "containers": [{
                "name": "nginx", "image": "nginx", "imagePullPolicy": "Always", "resources": {},
                "ports": [{"containerPort": 80, "protocol": "TCP"}],
                "env": [{"name": "A", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}}],
            }],
            "dnsPolicy": "ClusterFirst", "securityContext": {},
        },
        "status": {},
    });
    update(pod(), None, &mut made, author("kubectl-run", "2026-11-24T08:00:00Z"));
    // As `kubectl get pod --show-managed-fields` shows it on a real cluster.
    assert_eq!(
        made["metadata"]["managedFields"],
        json!([{
            "manager": "kubectl-run", "operation": "Update", "apiVersion": "v1", "time": "2026-11-24T08:00:00Z",
            "fieldsType": "FieldsV1",
            "fieldsV1": {
                "f:metadata": {"f:labels": {".": {}, "f:run": {}}},
                "f:spec": {
                    "f:containers": {"k:{\"name\":\"nginx\"}": {
                        ".": {}, "f:image": {}, "f:imagePullPolicy": {}, "f:name": {}, "f:resources": {},
                        "f:ports": {".": {}, "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {
                            ".": {}, "f:containerPort": {}, "f:protocol": {},
                        }},
                        "f:env": {".": {}, "k:{\"name\":\"A\"}": {
                            ".": {}, "f:name": {}, "f:valueFrom": {".": {}, "f:fieldRef": {}},
                        }},
                    }},
                    "f:dnsPolicy": {}, "f:securityContext": {},
                },
            },
        }])
    );
}

#[test]
fn who_changes_a_field_owns_it() {
    let definition = for_kind("v1", "ConfigMap").unwrap();
    let mut first = config(json!({"a": "1", "b": "1"}));
    update(definition, None, &mut first, author("one", "t1"));
    let mut second = first.clone();
    second["data"] = json!({"a": "2", "c": "2"});
    update(definition, Some(&first), &mut second, author("two", "t2"));
    assert_eq!(owners(&second), ["one updates at t1: .data", "two updates at t2: .data.a .data.c"]);
    let mut third = second.clone();
    update(definition, Some(&second), &mut third, author("two", "t3"));
    assert_eq!(third, second, "what changes nothing keeps its time");
    third["metadata"]["managedFields"] = json!([{}]);
    update(definition, Some(&second), &mut third, author("three", "t4"));
    assert_eq!(owners(&third), [""; 0], "and the list can be reset");
    let mut status = second.clone();
    status["metadata"]["managedFields"] = json!([]);
    let kubelet = Author { subresource: "status", ..author("kubelet", "t5") };
    update(definition, Some(&second), &mut status, kubelet);
    assert_eq!(owners(&status), owners(&second), "but not through a subresource");
}

#[test]
fn the_oldest_updates_become_one() {
    let definition = for_kind("v1", "ConfigMap").unwrap();
    let mut value = config(json!({}));
    for n in 0..14 {
        let mut next = value.clone();
        next["data"][format!("k{n:02}")] = "x".into();
        update(definition, Some(&value), &mut next, author(&format!("m{n:02}"), &format!("t{n:02}")));
        value = next;
    }
    let owners = owners(&value);
    assert_eq!(owners.len(), 10);
    assert_eq!(owners[0], "ancient-changes updates at t04: .data.k00 .data.k01 .data.k02 .data.k03 .data.k04");
}

#[test]
fn applying_owns_what_it_states_and_gives_up_what_it_does_not() {
    let made = apply_config(None, json!({"a": "1", "b": "1"}), "one", false).unwrap();
    assert_eq!(owners(&made), ["one applies at t: .data.a .data.b"]);
    let shared = apply_config(Some(&made), json!({"b": "1", "c": "1"}), "two", false).unwrap();
    assert_eq!(shared["data"], json!({"a": "1", "b": "1", "c": "1"}));
    let less = apply_config(Some(&shared), json!({}), "one", false).unwrap();
    assert_eq!(less["data"], json!({"b": "1", "c": "1"}), "b is two's still");
    assert_eq!(owners(&less), ["one applies at t: .data", "two applies at t: .data.b .data.c"]);
    assert_eq!(apply_config(Some(&less), json!({"b": "1", "c": "1"}), "two", false).unwrap(), less);
}

#[test]
fn conflicts_are_told_and_can_be_forced() {
    let mut made = config(json!({"a": "1", "b": "1"}));
    update(for_kind("v1", "ConfigMap").unwrap(), None, &mut made, author("kubectl-create", "t0"));
    let check = |data: Value, message: &str| match apply_config(Some(&made), data, "kubectl", false) {
        Err(ApplyError::Conflict(status)) => {
            assert_eq!((status.code, status.reason.as_str(), status.message.as_str()), (409, "Conflict", message));
            status.details.unwrap_or_default().causes.iter().map(|c| c.field.clone()).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    let one = "Apply failed with 1 conflict: conflict with \"kubectl-create\" using v1: .data.a";
    assert_eq!(check(json!({"a": "2", "b": "1"}), one), [".data.a"]);
    let two = "Apply failed with 2 conflicts: conflicts with \"kubectl-create\" using v1:\n- .data.a\n- .data.b";
    assert_eq!(check(json!({"a": "2", "b": "2"}), two), [".data.a", ".data.b"]);
    let forced = apply_config(Some(&made), json!({"a": "2"}), "kubectl", true).unwrap();
    assert_eq!(forced["data"], json!({"a": "2", "b": "1"}));
    assert_eq!(owners(&forced), ["kubectl applies at t: .data.a", "kubectl-create updates at t0: .data .data.b"]);
    // What client-side apply stated, kubectl takes over.
    let mut client_side = made.clone();
    let last = config(json!({"a": "1"})).to_string();
    client_side["metadata"]["annotations"] = json!({LAST_APPLIED: last});
    let taken = apply_config(Some(&client_side), json!({"a": "2"}), "kubectl", false).unwrap();
    assert_eq!(taken["data"]["a"], "2");
}

#[test]
fn elements_of_lists_have_owners_of_their_own() {
    let container = |name: &str, image: &str| json!({"name": name, "image": image});
    let spec = |containers: Value| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": containers}});
    let applied = |live: Option<&Value>, containers: Value, manager: &str| {
        apply(pod(), live, &spec(containers), author(manager, "t"), false).unwrap()
    };
    let names = |pod: &Value| {
        let names = object::list(pod, "/spec/containers").iter().map(|c| c["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>().join(" ")
    };
    let one = applied(None, json!([container("a", "x"), container("b", "x")]), "one");
    let two = applied(Some(&one), json!([container("c", "x")]), "two");
    assert_eq!(names(&two), "a b c");
    assert_eq!(names(&applied(Some(&two), json!([container("b", "x"), container("a", "x")]), "one")), "b a c");
    assert_eq!(names(&applied(Some(&two), json!([container("b", "x")]), "one")), "b c");
    assert_eq!(names(&applied(Some(&two), json!([container("d", "x"), container("a", "x")]), "one")), "d a c");
    let twice = spec(json!([container("a", "x"), container("a", "y")]));
    let refused = |object: &Value, why: &str| {
        let error = apply(pod(), None, object, author("one", "t"), false).unwrap_err();
        let before = "failed to create typed patch object (/p; /v1, Kind=Pod): ";
        assert_eq!(error, ApplyError::Malformed(format!("{before}{why}")));
    };
    refused(&twice, ".spec.containers: duplicate entries for key [name=\"a\"]");
    let unknown = spec(json!([{"name": "a", "imag": "x", "env": [{"name": "e", "valu": "x"}]}]));
    refused(
        &unknown,
        "errors:\n  .spec.containers[name=\"a\"].env[name=\"e\"].valu: field not declared in schema\n  \
         .spec.containers[name=\"a\"].imag: field not declared in schema",
    );
}
