//! Podground's server: a Kubernetes API, a scheduler, nodes on Docker, and the web app.

pub mod kubectl_native;
pub mod node;
pub mod runtime;
pub mod store;
pub mod streams;
