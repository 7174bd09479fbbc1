//! Tables of Pods that run, end and are started again.

use serde_json::json;

use super::testing::{check, pod_after};

fn one(policy: &str) -> serde_json::Value {
    json!({"restartPolicy": policy, "containers": [{"name": "c", "image": "i"}]})
}

#[test]
fn a_pod_comes_up() {
    check(
        one("Always"),
        "0 step
         1 go",
        "0s step: volumes sandbox#0
           Pending c=ContainerCreating
         1s go: start-c#0
           Running Ready c=Running+",
    );
}

#[test]
fn crashes_wait_longer_and_longer() {
    check(
        one("Always"),
        "0 go
         2 exit c 1
         2 go
         3 exit c 1
         3.5 step
         4 step
         4 wake
         20 exit c 1
         21 step
         33 step
         33 wake
         700 exit c 2
         700 go",
        "0s go: volumes sandbox#0 start-c#0
           Running Ready c=Running+
         2s exit c 1: start-c#1
           Running c=Error(1)
         2s go:
           Running Ready c=Runningx1<Error+
         3s exit c 1:
           Running c=Error(1)x1<Error
         3.5s step:
           Running c=Error(1)x1<Error
         4s step: [BackOff: Back-off restarting failed container c in pod p_default(u1)]
           Running c=CrashLoopBackOffx1<Error
         13s wake: start-c#2 remove-c0
           Running Ready c=Runningx2<Error+
         20s exit c 1:
           Running c=Error(1)x2<Error
         21s step: [BackOff: Back-off restarting failed container c in pod p_default(u1)]
           Running c=CrashLoopBackOffx2<Error
         33s step:
           Running c=CrashLoopBackOffx2<Error
         40s wake: start-c#3 remove-c1
           Running Ready c=Runningx3<Error+
         700s exit c 2: start-c#4
           Running c=Error(2)x3<Error
         700s go: remove-c2
           Running Ready c=Runningx4<Error+",
    );
}

#[test]
fn the_words_of_a_crash_loop() {
    let pod = pod_after(one("Always"), "0 go\n2 exit c 1\n2 go\n3 exit c 1\n4 step");
    let status = pod.status.unwrap();
    let waiting = status.container_statuses.unwrap()[0].state.clone().unwrap().waiting.unwrap();
    assert_eq!(waiting.message.unwrap(), "back-off 10s restarting failed container=c pod=p_default(u1)");
    let conditions = status.conditions.unwrap();
    let words: Vec<_> = conditions
        .iter()
        .map(|c| {
            let text = |t: &Option<String>| t.clone().unwrap_or_default();
            format!("{} {} {} {}", c.type_, c.status, text(&c.reason), text(&c.message))
        })
        .collect();
    assert_eq!(
        words,
        [
            "PodReadyToStartContainers True  ",
            "Initialized True  ",
            "Ready False ContainersNotReady containers with unready status: [c]",
            "ContainersReady False ContainersNotReady containers with unready status: [c]",
            "PodScheduled True  ",
        ]
    );
}

#[test]
fn policies() {
    check(
        one("Never"),
        "0 go
         2 exit c 0
         2 go",
        "0s go: volumes sandbox#0 start-c#0
           Running Ready c=Running+
         2s exit c 0: stop-sandbox
           Succeeded c=Completed(0)
         2s go:
           Succeeded c=Completed(0)",
    );
    check(
        one("Never"),
        "0 go
         2 oom c",
        "0s go: volumes sandbox#0 start-c#0
           Running Ready c=Running+
         2s oom c: stop-sandbox
           Failed c=OOMKilled(137)",
    );
    check(
        one("OnFailure"),
        "0 go
         2 exit c 1
         2 go
         5 exit c 0",
        "0s go: volumes sandbox#0 start-c#0
           Running Ready c=Running+
         2s exit c 1: start-c#1
           Running c=Error(1)
         2s go:
           Running Ready c=Runningx1<Error+
         5s exit c 0: stop-sandbox
           Succeeded c=Completed(0)x1<Error",
    );
    check(
        json!({"restartPolicy": "Never", "containers": [{"name": "c", "image": "i", "restartPolicy": "Never",
            "restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}]}]}),
        "0 go
         2 exit c 42
         2 go
         3 exit c 1",
        "0s go: volumes sandbox#0 start-c#0
           Running Ready c=Running+
         2s exit c 42: start-c#1
           Running c=Error(42)
         2s go:
           Running Ready c=Runningx1<Error+
         3s exit c 1: stop-sandbox
           Failed c=Error(1)x1<Error",
    );
}

#[test]
fn volumes_and_pod_sandboxes_that_fail_are_tried_again() {
    check(
        one("Always"),
        "0 step
         0 novolumes configmap not there
         0 nosandbox
         0.5 go",
        "0s step: volumes sandbox#0
           Pending c=ContainerCreating
         0s novolumes configmap not there:
           Pending c=ContainerCreating
         0s nosandbox:
           Pending c=ContainerCreating
         0.5s go: volumes sandbox#0 start-c#0
           Running Ready c=Running+",
    );
}

#[test]
fn images_that_do_not_come() {
    check(
        one("Always"),
        "0 up
         1 fail c ErrImagePull
         5 step
         11 step
         11 fail c ErrImagePull
         15 step
         30 step
         31 wake",
        "0s up: volumes sandbox#0 start-c#0
           Pending c=ContainerCreating
         1s fail c ErrImagePull:
           Pending c=ErrImagePull
         5s step: [BackOff: Back-off pulling image \"i\"] [Failed: Error: ImagePullBackOff]
           Pending c=ImagePullBackOff
         11s step: start-c#0
           Pending c=ImagePullBackOff
         11s fail c ErrImagePull:
           Pending c=ErrImagePull
         15s step: [BackOff: Back-off pulling image \"i\"] [Failed: Error: ImagePullBackOff]
           Pending c=ImagePullBackOff
         30s step:
           Pending c=ImagePullBackOff
         31s wake: start-c#0
           Running Ready c=Running+",
    );
    check(
        one("Never"),
        "0 up
         1 fail c ErrImageNeverPull
         11 step
         12 fail c CreateContainerConfigError
         22 go",
        "0s up: volumes sandbox#0 start-c#0
           Pending c=ContainerCreating
         1s fail c ErrImageNeverPull:
           Pending c=ErrImageNeverPull
         11s step: start-c#0
           Pending c=ErrImageNeverPull
         12s fail c CreateContainerConfigError:
           Pending c=CreateContainerConfigError
         22s go: start-c#0
           Running Ready c=Running+",
    );
}

#[test]
fn a_command_that_cannot_start_is_a_crash() {
    check(
        one("Always"),
        "0 up
         1 fail c RunContainerError
         2 fail c RunContainerError
         4 step
         12 go",
        "0s up: volumes sandbox#0 start-c#0
           Pending c=ContainerCreating
         1s fail c RunContainerError: start-c#1
           Running c=RunContainerError<StartError
         2s fail c RunContainerError:
           Running c=RunContainerErrorx1<StartError
         4s step: [BackOff: Back-off restarting failed container c in pod p_default(u1)]
           Running c=CrashLoopBackOffx1<StartError
         12s go: start-c#2 remove-c0
           Running Ready c=Runningx2<StartError+",
    );
}

#[test]
fn probes_decide_over_readiness_and_life() {
    let spec = json!({"containers": [{"name": "c", "image": "i",
        "startupProbe": {"exec": {}}, "readinessProbe": {"exec": {}},
        "livenessProbe": {"exec": {}, "terminationGracePeriodSeconds": 3}}]});
    check(
        spec,
        "0 go
         1 probe c startup true
         2 probe c readiness true
         3 probe c readiness false
         4 probe c liveness false
         4 go",
        "0s go: volumes sandbox#0 start-c#0
           Running c=Running
         1s probe c startup true:
           Running c=Running
         2s probe c readiness true:
           Running Ready c=Running+
         3s probe c readiness false:
           Running c=Running
         4s probe c liveness false: stop-c0(3s) [Killing: Container c failed liveness probe, will be restarted]
           Running c=Running
         4s go: start-c#1
           Running c=Runningx1<Error",
    );
}

#[test]
fn hooks() {
    let spec = json!({"containers": [{"name": "c", "image": "i", "lifecycle": {"postStart": {"exec": {}}}},
        {"name": "d", "image": "i"}]});
    check(
        spec,
        "0 go
         1 hook c ok
         2 exit c 1
         2 go
         3 hook c bad",
        "0s go: volumes sandbox#0 start-c#0
           Pending c=ContainerCreating d=ContainerCreating
         1s hook c ok: start-d#0
           Running Ready c=Running+ d=Running+
         2s exit c 1: start-c#1
           Running c=Error(1) d=Running+
         2s go:
           Running c=ContainerCreatingx1<Error d=Running+
         3s hook c bad: stop-c1(30s) [Killing: FailedPostStartHook]
           Running c=Error(143)x1<Error d=Running+",
    );
}

/// The engine's news may be there before our own start has returned.
#[test]
fn seen_before_it_is_started() {
    check(
        one("Always"),
        "0 up
         1 seen c
         2 go",
        "0s up: volumes sandbox#0 start-c#0
           Pending c=ContainerCreating
         1s seen c:
           Pending c=ContainerCreating
         2s go:
           Running Ready c=Running+",
    );
}

#[test]
fn a_changed_image_replaces_the_container() {
    check(
        one("Never"),
        "0 go
         1 image c j
         1 go",
        "0s go: volumes sandbox#0 start-c#0
           Running Ready c=Running+
         1s image c j: stop-c0(30s) [Killing: Container c definition changed, will be restarted]
           Running Ready c=Running+
         1s go: start-c#1
           Running Ready c=Runningx1<Error+",
    );
}

#[test]
fn a_dead_pod_sandbox_is_made_anew() {
    check(
        one("Always"),
        "0 go
         1 dead
         1 go",
        "0s go: volumes sandbox#0 start-c#0
           Running Ready c=Running+
         1s dead: stop-c0(30s) [Killing: Stopping container c]
           Running Ready c=Running+
         1s go: sandbox#1 [SandboxChanged: Pod sandbox changed, it will be killed and re-created.] start-c#1
           Running Ready c=Runningx1<Error+",
    );
}

#[test]
fn a_container_removed_by_hand_comes_back_with_its_count() {
    check(
        one("Always"),
        "0 go
         1 exit c 1
         1 go
         2 lost c
         2 go",
        "0s go: volumes sandbox#0 start-c#0
           Running Ready c=Running+
         1s exit c 1: start-c#1
           Running c=Error(1)
         1s go:
           Running Ready c=Runningx1<Error+
         2s lost c: start-c#2
           Running c=ContainerCreatingx1<ContainerStatusUnknown
         2s go:
           Running Ready c=Runningx2<Error+",
    );
}

#[test]
fn the_backend_restarts_and_nothing_else_does() {
    check(
        one("Always"),
        "0 go
         1 exit c 1
         1 go
         2 exit c 1
         3 step
         4 restart
         4 go
         12 go
         13 restart
         13 go",
        "0s go: volumes sandbox#0 start-c#0
           Running Ready c=Running+
         1s exit c 1: start-c#1
           Running c=Error(1)
         1s go:
           Running Ready c=Runningx1<Error+
         2s exit c 1:
           Running c=Error(1)x1<Error
         3s step: [BackOff: Back-off restarting failed container c in pod p_default(u1)]
           Running c=CrashLoopBackOffx1<Error
         4s restart: volumes
           Running c=CrashLoopBackOffx1<Error
         4s go: [BackOff: Back-off restarting failed container c in pod p_default(u1)]
           Running c=CrashLoopBackOffx1<Error
         12s go: start-c#2 remove-c0
           Running Ready c=Runningx2<Error+
         13s restart: volumes
           Running Ready c=Runningx2<Error+
         13s go:
           Running Ready c=Runningx2<Error+",
    );
}
