//! What every [`Runtime`] does alike: the fake in memory, and Docker, which has to answer on this machine with the images
//! `busybox` and `podground-pause` (`cargo xtask setup` brings both).

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

mod cases;
mod docker_only;
mod ground;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use podground::runtime::Runtime;
use podground::runtime::fake::Fake;

use ground::Ground;

/// Every case against a runtime.
async fn contract(runtime: Arc<dyn Runtime>) {
    cases::tells_of_itself_and_its_images(&*runtime).await;
    on_ground(runtime, async |ground| {
        cases::runs_to_its_end(ground).await;
        cases::cannot_be_made(ground).await;
        cases::cannot_be_started(ground).await;
        cases::has_a_host_name(ground).await;
        cases::ends_by_signal(ground).await;
        cases::logs_are_cut_and_followed(ground).await;
        cases::exec_ends_with_its_code(ground).await;
        cases::exec_has_input_and_a_terminal(ground).await;
        cases::hanging_up_ends_exec(ground).await;
        cases::attach_joins_process_one(ground).await;
        cases::attach_goes_on_where_input_does_not_end(ground).await;
        cases::files_are_written(ground).await;
        cases::events_are_told(ground).await;
        cases::use_is_measured(ground).await;
    })
    .await;
}

/// Clears away, whether it goes well or not.
async fn on_ground(runtime: Arc<dyn Runtime>, cases: impl AsyncFnOnce(&Ground)) {
    let ground = Ground::new(runtime).await;
    let result = AssertUnwindSafe(cases(&ground)).catch_unwind().await;
    ground.clear().await;
    if let Err(panic) = result {
        std::panic::resume_unwind(panic);
    }
}

#[tokio::test]
async fn fake() {
    contract(Arc::new(Fake::with_images(&["busybox", "podground-pause"]))).await;
}

#[tokio::test]
async fn docker() {
    contract(ground::docker().await).await;
}

#[tokio::test]
async fn docker_terminals_pass_every_byte() {
    on_ground(ground::docker().await, docker_only::terminals_pass_every_byte).await;
}

#[tokio::test]
async fn docker_processes_see_their_own_host_name_only() {
    on_ground(ground::docker().await, docker_only::processes_see_their_own_host_name_only).await;
}

/// With `busy` loops beside: `NAMED=200 BUSY=8 cargo test --test runtime_contract -- --ignored --nocapture`
#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures"]
async fn docker_names_in_time() {
    on_ground(ground::docker().await, docker_only::names_in_time).await;
}

#[tokio::test]
async fn docker_connects_to_a_pods_loopback() {
    on_ground(ground::docker().await, docker_only::connects_to_a_pods_loopback).await;
}
