//! Tables of init containers and sidecars.

use serde_json::json;

use super::testing::check;

fn two_inits(policy: &str) -> serde_json::Value {
    json!({"restartPolicy": policy, "containers": [{"name": "c", "image": "i"}],
        "initContainers": [{"name": "a", "image": "i"}, {"name": "b", "image": "i"}]})
}

#[test]
fn init_containers_run_in_order() {
    check(
        two_inits("Always"),
        "0 go
         1 exit a 0
         1 go
         2 exit b 1
         2 go
         3 exit b 0
         3 go
         4 exit c 1
         4 go",
        "0s go: volumes sandbox#0 start-a#0
           Pending a=Running b=PodInitializing c=PodInitializing
         1s exit a 0: start-b#0
           Pending a=Completed(0)+ b=PodInitializing c=PodInitializing
         1s go:
           Pending a=Completed(0)+ b=Running c=PodInitializing
         2s exit b 1: start-b#1
           Pending a=Completed(0)+ b=Error(1) c=PodInitializing
         2s go:
           Pending a=Completed(0)+ b=Runningx1<Error c=PodInitializing
         3s exit b 0: start-c#0
           Pending a=Completed(0)+ b=Completed(0)x1<Error+ c=ContainerCreating
         3s go:
           Running Ready a=Completed(0)+ b=Completed(0)x1<Error+ c=Running+
         4s exit c 1: start-c#1
           Running a=Completed(0)+ b=Completed(0)x1<Error+ c=Error(1)
         4s go:
           Running Ready a=Completed(0)+ b=Completed(0)x1<Error+ c=Runningx1<Error+",
    );
}

#[test]
fn a_failed_init_container_fails_a_pod_that_never_restarts() {
    check(
        two_inits("Never"),
        "0 go
         1 exit a 1
         1 go",
        "0s go: volumes sandbox#0 start-a#0
           Pending a=Running b=PodInitializing c=PodInitializing
         1s exit a 1: stop-sandbox
           Failed a=Error(1) b=PodInitializing c=PodInitializing
         1s go:
           Failed a=Error(1) b=PodInitializing c=PodInitializing",
    );
}

#[test]
fn sidecars_stay_and_go_last() {
    let spec = json!({"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}],
        "initContainers": [
            {"name": "s", "image": "i", "restartPolicy": "Always", "startupProbe": {"exec": {}}},
            {"name": "a", "image": "i"},
            {"name": "t", "image": "i", "restartPolicy": "Always"}]});
    check(
        spec,
        "0 go
         1 probe s startup true
         1 go
         2 exit a 0
         2 go
         3 exit t 1
         3 go
         4 exit c 0
         4 go",
        "0s go: volumes sandbox#0 start-s#0
           Pending s=Running a=PodInitializing t=PodInitializing c=PodInitializing
         1s probe s startup true: start-a#0
           Pending s=Running+ a=PodInitializing t=PodInitializing c=PodInitializing
         1s go:
           Pending s=Running+ a=Running t=PodInitializing c=PodInitializing
         2s exit a 0: start-t#0
           Pending s=Running+ a=Completed(0)+ t=PodInitializing c=PodInitializing
         2s go: start-c#0
           Running Ready s=Running+ a=Completed(0)+ t=Running+ c=Running+
         3s exit t 1: start-t#1
           Running s=Running+ a=Completed(0)+ t=Error(1) c=Running+
         3s go:
           Running Ready s=Running+ a=Completed(0)+ t=Runningx1<Error+ c=Running+
         4s exit c 0: stop-t1(30s) [Killing: Stopping container t]
           Running s=Running+ a=Completed(0)+ t=Runningx1<Error+ c=Completed(0)
         4s go: stop-s0(30s) [Killing: Stopping container s] stop-sandbox
           Succeeded s=Error(143) a=Completed(0)+ t=Error(143)x1<Error c=Completed(0)",
    );
}
