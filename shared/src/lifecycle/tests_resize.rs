//! Tables of resources that change in running Pods.

use serde_json::{Value, json};

use super::testing::{check, pod_after};

fn spec(policy: Value) -> Value {
    json!({"containers": [{"name": "c", "image": "i", "resizePolicy": policy,
        "resources": {"limits": {"cpu": "500m", "memory": "64Mi"}}}]})
}

#[test]
fn in_place() {
    check(
        spec(json!([])),
        "0 go
         1 resize c cpu 1
         1 noresize device busy
         1.1 step
         1.6 go
         2 resize c memory 32Mi
         2 go",
        "0s go: volumes sandbox#0 start-c#0
           Running Ready c=Running+
         1s resize c cpu 1: resize-c0(1024/100000/67108864)
           Running Ready c=Running+
         1s noresize device busy:
           Running Ready c=Running+
         1.1s step:
           Running Ready c=Running+
         1.6s go: resize-c0(1024/100000/67108864) [ResizeCompleted: Pod resize completed: {\"containers\":[{\"name\":\"c\",\"resources\":{\"limits\":{\"cpu\":\"1\",\"memory\":\"64Mi\"}}}],\"generation\":1}]
           Running Ready c=Running+
         2s resize c memory 32Mi: resize-c0(1024/100000/33554432)
           Running Ready c=Running+
         2s go: [ResizeCompleted: Pod resize completed: {\"containers\":[{\"name\":\"c\",\"resources\":{\"limits\":{\"cpu\":\"1\",\"memory\":\"32Mi\"}}}],\"generation\":1}]
           Running Ready c=Running+",
    );
}

#[test]
fn with_a_restart_where_the_policy_says_so() {
    check(
        spec(json!([{"resourceName": "memory", "restartPolicy": "RestartContainer"}])),
        "0 go
         1 resize c memory 128Mi
         1 go",
        "0s go: volumes sandbox#0 start-c#0
           Running Ready c=Running+
         1s resize c memory 128Mi: stop-c0(30s) [Killing: Container c resize requires restart]
           Running Ready c=Running+
         1s go: start-c#1 [ResizeCompleted: Pod resize completed: {\"containers\":[{\"name\":\"c\",\"resources\":{\"limits\":{\"cpu\":\"500m\",\"memory\":\"128Mi\"}}}],\"generation\":1}]
           Running Ready c=Runningx1<Error+",
    );
}

#[test]
fn the_status_tells_what_is_there() {
    let seen = |script: &str| {
        let status = pod_after(spec(json!([])), script).status.unwrap();
        let container = &status.container_statuses.unwrap()[0];
        let cpu = container.resources.as_ref().unwrap().limits.as_ref().unwrap()["cpu"].0.clone();
        let conditions = status.conditions.unwrap();
        let condition = conditions.iter().find(|c| c.type_ == "PodResizeInProgress");
        (cpu, condition.map(|c| format!("{:?} {:?}", c.reason, c.message)))
    };
    assert_eq!(seen("0 go"), ("500m".to_owned(), None));
    assert_eq!(seen("0 go\n1 resize c cpu 1"), ("500m".to_owned(), Some("None None".to_owned())));
    let failed = Some("Some(\"Error\") Some(\"device busy\")".to_owned());
    assert_eq!(seen("0 go\n1 resize c cpu 1\n1 noresize device busy"), ("500m".to_owned(), failed));
    assert_eq!(seen("0 go\n1 resize c cpu 1\n1 go\n1 step"), ("1".to_owned(), None));
}
