//! What the API server asks of a Pod's node for `log`, `exec`, `attach` and `portforward`. No HTTP here: the streams
//! side turns the answers into WebSockets and SPDY.

use async_trait::async_trait;
use futures::stream::BoxStream;
use serde_json::Value;
use shared::api::{Status, Timestamp};

use crate::runtime::{Duplex, ExecSpec, LogLine, RuntimeError, Session};

/// The nodes of all sandboxes, as the API server reaches them. `pod` is the stored object; its `spec.nodeName` says
/// which node.
///
/// A Pod without a node, a container that is not there or does not run: a [`Status`] in the kubelet's words.
#[async_trait]
pub trait NodeAccess: Send + Sync {
    /// What a container printed. Ends, when following, once the container has.
    async fn logs(
        &self,
        sandbox: &str,
        pod: &Value,
        container: &str,
        request: LogRequest,
    ) -> Result<BoxStream<'static, Result<LogLine, RuntimeError>>, Status>;
    /// Runs a command in a container.
    async fn exec(&self, sandbox: &str, pod: &Value, container: &str, spec: ExecSpec) -> Result<Session, Status>;
    /// Joins a container's own process; `spec.command` is empty.
    async fn attach(&self, sandbox: &str, pod: &Value, container: &str, spec: ExecSpec) -> Result<Session, Status>;
    /// Connects to a port on the Pod's loopback.
    async fn port_forward(&self, sandbox: &str, pod: &Value, port: u16) -> Result<Box<dyn Duplex>, Status>;
    /// What each running container of a Pod uses, by its name; `None` until each has been measured.
    fn pod_usage(&self, _sandbox: &str, _pod: &Value) -> Option<Vec<(String, Usage)>> {
        None
    }
    /// What everything on a node uses; `None` until it has been measured.
    fn node_usage(&self, _sandbox: &str, _node: &str) -> Option<Usage> {
        None
    }
}

/// What something used over a time that has just gone by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The end of that time.
    pub at: Timestamp,
    /// Its length, microseconds.
    pub window: i64,
    /// CPUs, in billionths, on average.
    pub nano_cpu: u64,
    /// Bytes of memory at the end.
    pub memory: u64,
}

/// Which part of a log the node has to find. Cutting it to bytes and showing its times is the streams side's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogRequest {
    /// Whether to go on as more is printed.
    pub follow: bool,
    /// The container's run before the present one.
    pub previous: bool,
    /// Only so many last lines.
    pub tail: Option<usize>,
    /// Only lines from then on.
    pub since: Option<Timestamp>,
}
