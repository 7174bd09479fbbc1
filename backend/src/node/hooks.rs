//! postStart and preStop: exec, httpGet, sleep (`pkg/kubelet/lifecycle/handlers.go`).

use std::time::Duration;

use k8s_openapi::api::core::v1::{Container, LifecycleHandler};

use super::executor::Context;
use super::probe::{self, http};

/// How long an HTTP hook may take.
const HTTP: Duration = Duration::from_secs(30);

/// Runs a hook, `limit` at most.
///
/// # Errors
/// Why it failed.
pub(super) async fn run(
    context: &Context,
    hook: &LifecycleHandler,
    container: &Container,
    id: &str,
    limit: Duration,
) -> Result<(), String> {
    let all = async {
        if let Some(exec) = &hook.exec {
            let command = exec.command.clone().unwrap_or_default();
            let done = context.node.runtime().exec_capture(id, &command, bytes::Bytes::new()).await;
            let done = done.map_err(|e| e.to_string())?;
            return match done.exit_code {
                0 => Ok(()),
                code => Err(format!("command '{}' exited with {code}", command.join(" "))),
            };
        }
        if let Some(get) = &hook.http_get {
            let ip = context.ip().and_then(|ip| ip.parse().ok()).ok_or("the Pod has no address")?;
            let port = probe::port(&get.port, container).ok_or("no such port")?;
            return http::call(&http::Target::of(get, ip, port), HTTP).await;
        }
        if let Some(sleep) = &hook.sleep {
            tokio::time::sleep(Duration::from_secs(u64::try_from(sleep.seconds).unwrap_or(0))).await;
        }
        Ok(())
    };
    if limit == Duration::MAX {
        return all.await;
    }
    tokio::time::timeout(limit, all).await.unwrap_or_else(|_| Err("it did not end within the grace period".to_owned()))
}
