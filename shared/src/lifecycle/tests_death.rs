//! Tables of deletion and deadlines.

use serde_json::json;

use super::testing::check;

#[test]
fn deletion_waits_for_the_containers() {
    let spec = json!({"containers": [{"name": "c", "image": "i"}, {"name": "d", "image": "i"}],
        "initContainers": [{"name": "s", "image": "i", "restartPolicy": "Always"}]});
    check(
        spec,
        "0 go
         5 delete 30
         6 delete 1
         6 go",
        "0s go: volumes sandbox#0 start-s#0 start-c#0 start-d#0
           Running Ready s=Running+ c=Running+ d=Running+
         5s delete 30: stop-c0(30s) stop-d0(30s) [Killing: Stopping container c] [Killing: Stopping container d]
           Running Ready s=Running+ c=Running+ d=Running+
         6s delete 1: stop-c0(1s) stop-d0(1s) stop-s0(1s) [Killing: Stopping container s]
           Running Ready s=Running+ c=Running+ d=Running+
         6s go: tear-down finalize
           Failed s=Error(143) c=Error(143) d=Error(143)",
    );
}

#[test]
fn deletion_at_every_stage() {
    let spec = || json!({"containers": [{"name": "c", "image": "i"}]});
    check(
        spec(),
        "0 step
         0 delete 30
         1 go",
        "0s step: volumes sandbox#0
           Pending c=ContainerCreating
         0s delete 30:
           Pending c=ContainerCreating
         1s go: tear-down finalize
           Failed c=ContainerCreating",
    );
    check(
        spec(),
        "0 up
         0 delete 30
         1 fail c Cancelled
         1 go",
        "0s up: volumes sandbox#0 start-c#0
           Pending c=ContainerCreating
         0s delete 30:
           Pending c=ContainerCreating
         1s fail c Cancelled: tear-down
           Pending c=ContainerCreating
         1s go: finalize
           Failed c=ContainerCreating",
    );
    check(
        spec(),
        "0 go
         1 delete 0
         1 restart
         1 go",
        "0s go: volumes sandbox#0 start-c#0
           Running Ready c=Running+
         1s delete 0: stop-c0(0s) [Killing: Stopping container c]
           Running Ready c=Running+
         1s restart: stop-c0(0s) [Killing: Stopping container c]
           Running Ready c=Running+
         1s go: tear-down finalize
           Failed c=Error(137)",
    );
}

#[test]
fn the_deadline_ends_a_pod() {
    check(
        json!({"activeDeadlineSeconds": 5, "terminationGracePeriodSeconds": 7,
            "containers": [{"name": "c", "image": "i"}]}),
        "0 go
         3 step
         3 wake
         6 restart
         7 go",
        "0s go: volumes sandbox#0 start-c#0
           Running Ready c=Running+
         3s step:
           Running Ready c=Running+
         5s wake: stop-c0(7s) [DeadlineExceeded: Pod was active on the node longer than the specified deadline] [Killing: Stopping container c] stop-sandbox
           Failed c=Error(143)
         6s restart:
           Failed c=Error(143)
         7s go:
           Failed c=Error(143)",
    );
}

#[test]
fn the_node_ends_a_pod_that_takes_too_much() {
    check(
        json!({"terminationGracePeriodSeconds": 7, "containers": [{"name": "c", "image": "i"}]}),
        "0 go
         3 evict too much
         3 evict still too much
         4 go
         5 restart",
        "0s go: volumes sandbox#0 start-c#0
           Running Ready c=Running+
         3s evict too much: [Evicted: too much] stop-c0(1s) [Killing: Stopping container c]
           Running Ready c=Running+
         3s evict still too much:
           Running Ready c=Running+
         4s go: stop-sandbox
           Failed c=Error(143)
         5s restart:
           Failed c=Error(143)",
    );
}

/// The news of its end may be there before our own start has returned; it holds.
#[test]
fn ended_before_it_is_started() {
    check(
        json!({"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}),
        "0 up
         1 seen c 3
         2 go",
        "0s up: volumes sandbox#0 start-c#0
           Pending c=ContainerCreating
         1s seen c 3:
           Failed c=Error(3)
         2s go: stop-sandbox
           Failed c=Error(3)",
    );
}
