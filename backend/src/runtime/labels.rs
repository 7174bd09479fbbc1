//! Labels on everything that Podground makes at an engine: what a restarted server knows its objects by.

/// The installation that made the object.
pub const INSTANCE: &str = "io.podground.instance";
/// The sandbox it belongs to.
pub const SANDBOX: &str = "io.podground.sandbox";
/// What it is: see [`Role`].
pub const ROLE: &str = "io.podground.role";
/// The node it is, or runs on.
pub const NODE: &str = "io.podground.node";
/// The Pod's uid.
pub const POD_UID: &str = "io.podground.pod.uid";
/// The Pod's namespace.
pub const POD_NAMESPACE: &str = "io.podground.pod.namespace";
/// The Pod's name.
pub const POD_NAME: &str = "io.podground.pod.name";
/// The container's name within the Pod.
pub const CONTAINER: &str = "io.podground.container";
/// How many containers of that name the Pod had before.
pub const ATTEMPT: &str = "io.podground.attempt";
/// The address a pod sandbox was given; known also when it no longer runs.
pub const POD_IP: &str = "io.podground.pod.ip";
/// The pod sandbox that a container was made for.
pub const POD_SANDBOX: &str = "io.podground.pod.sandbox";
/// Seconds to wait should the container fail: restarts go on as they would have.
pub const BACKOFF: &str = "io.podground.backoff";
/// On images: built here from packages, and from which.
pub const STAND_IN: &str = "io.podground.stand-in";

/// What a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A node.
    Node,
    /// A pod sandbox.
    Pod,
    /// A pod sandbox that was made ahead. Labels are for ever: which Pod has it, if any, its name tells.
    Pool,
    /// A Pod's container.
    Container,
}

impl Role {
    /// The label's value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Pod => "pod",
            Self::Pool => "pool",
            Self::Container => "container",
        }
    }
}
