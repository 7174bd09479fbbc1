//! What `kubectl describe` prints, kind by kind (`k8s.io/kubectl/pkg/describe/describe.go`, v1.35).
//!
//! Times are in UTC. Where Kubernetes walks a map in no order, the order here is the alphabet's.

mod container;
mod events;
mod limits;
mod node;
mod plain;
mod pod;
mod volume;
mod writer;

pub use limits::{limit_range, namespace, resource_quota};
pub use node::node;
pub use plain::{config_map, other, priority_class, secret, service_account};
pub use pod::pod;
