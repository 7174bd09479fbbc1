//! Sandboxes: one learner's cluster each, with its own nodes, network, objects and files.
//!
//! This module makes and unmakes what a sandbox stands on; it decides nothing about Pods.

pub mod cgroup;
pub mod files;
pub mod firewall;
pub mod ground;
pub mod kubeconfig;
pub mod record;
mod registry;
mod running;

pub use registry::{Parts, Sandboxes};
pub use running::Running;
