//! Podground's server: a Kubernetes API, a scheduler, nodes on Docker, and the web app.

pub mod node;
pub mod runtime;
pub mod store;
