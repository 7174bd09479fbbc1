//! Admission's decisions and words.

use super::*;
use crate::api::kind::known;

fn pod(resources: Value) -> Value {
    json!({"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "web", "resources": resources}]}})
}

fn amounts_of(pairs: &[(&str, &str)]) -> Amounts {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), Quantity::parse(text).unwrap())).collect()
}

#[test]
fn quotas() {
    let quota = |hard: Value| json!({"metadata": {"name": "q"}, "spec": {"hard": hard}});
    let check = |hard: Value, resources: Value, used: &[(&str, &str)], expected: Result<(), &str>| {
        let found = admit(&quota(hard), known("pods"), &pod(resources), &amounts_of(used));
        assert_eq!(found, expected.map_err(str::to_owned));
    };
    check(json!({"pods": "2"}), json!({}), &[("pods", "1")], Ok(()));
    check(
        json!({"pods": "2"}),
        json!({}),
        &[("pods", "2")],
        Err("exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2"),
    );
    check(
        json!({"requests.cpu": "1", "limits.memory": "1Gi", "configmaps": "0"}),
        json!({"requests": {"cpu": "600m"}, "limits": {"memory": "2Gi"}}),
        &[("requests.cpu", "500m"), ("limits.memory", "512Mi")],
        Err("exceeded quota: q, requested: limits.memory=2Gi,requests.cpu=600m, used: \
             limits.memory=512Mi,requests.cpu=500m, limited: limits.memory=1Gi,requests.cpu=1"),
    );
    check(
        json!({"limits.cpu": "1", "limits.memory": "1Gi"}),
        json!({}),
        &[],
        Err("failed quota: q: must specify limits.cpu for: web; limits.memory for: web"),
    );
    let scoped = json!({"metadata": {"name": "q"}, "spec": {"hard": {"pods": "0"}, "scopes": ["NotBestEffort"]}});
    assert_eq!(admit(&scoped, known("pods"), &pod(json!({})), &Amounts::new()), Ok(()));
    let map = json!({"metadata": {"name": "m"}});
    let counted = quota(json!({"count/configmaps": "1"}));
    let none = admit(&counted, known("configmaps"), &map, &amounts_of(&[("count/configmaps", "1")]));
    assert_eq!(
        none.unwrap_err(),
        "exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1"
    );
    assert!(concerns(&counted, known("configmaps")) && !concerns(&counted, known("pods")));
}

#[test]
fn what_is_used() {
    let quota = json!({"spec": {"hard": {"pods": "9", "requests.cpu": "4", "secrets": "1"}}});
    let running = pod(json!({"requests": {"cpu": "250m"}}));
    let mut ended = running.clone();
    ended["status"] = json!({"phase": "Succeeded"});
    let all = [(known("pods"), &running), (known("pods"), &running), (known("pods"), &ended)];
    let used = used(&quota, all);
    assert_eq!(status(&quota, &used)["used"], json!({"pods": "2", "requests.cpu": "500m", "secrets": "0"}));
    let spec = json!({"spec": {
        "containers": [{"resources": {"requests": {"cpu": "1"}}}],
        "initContainers": [
            {"resources": {"requests": {"cpu": "1"}}, "restartPolicy": "Always"},
            {"resources": {"requests": {"cpu": "3"}}},
        ],
        "overhead": {"cpu": "100m"},
    }});
    assert_eq!(usage(known("pods"), &spec)["requests.cpu"].to_string(), "4100m");
}

#[test]
fn limit_ranges() {
    let range = |item: Value| json!({"spec": {"limits": [item]}});
    let mut given = pod(json!({"limits": {"cpu": "1"}}));
    let defaults =
        json!({"type": "Container", "default": {"cpu": "2", "memory": "1Gi"}, "defaultRequest": {"cpu": "1"}});
    limit_range::default(&range(defaults), &mut given);
    assert_eq!(
        given["spec"]["containers"][0]["resources"],
        json!({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1"}})
    );
    assert_eq!(
        given["metadata"]["annotations"]["kubernetes.io/limit-ranger"],
        "LimitRanger plugin set: cpu request for container web; memory limit for container web"
    );
    let check = |item: Value, resources: Value, expected: &[&str]| {
        assert_eq!(limit_range::check(&range(item), &pod(resources)), expected);
    };
    let most = json!({"type": "Container", "max": {"memory": "1Gi"}});
    check(most.clone(), json!({"limits": {"memory": "1Gi"}}), &[]);
    check(most.clone(), json!({}), &["maximum memory usage per Container is 1Gi.  No limit is specified"]);
    check(most, json!({"limits": {"memory": "2Gi"}}), &["maximum memory usage per Container is 1Gi, but limit is 2Gi"]);
    check(
        json!({"type": "Pod", "min": {"cpu": "500m"}}),
        json!({"requests": {"cpu": "100m"}}),
        &["minimum cpu usage per Pod is 500m, but request is 100m"],
    );
    check(
        json!({"type": "Container", "maxLimitRequestRatio": {"cpu": "2"}}),
        json!({"requests": {"cpu": "1"}, "limits": {"cpu": "3"}}),
        &["cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000"],
    );
}
