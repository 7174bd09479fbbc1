//! Pod: the largest set of rules (`pkg/apis/core/validation`), a file for each part of the spec.

mod affinity;
mod containers;
mod downward;
mod env;
mod handlers;
mod mounts;
mod network;
mod ports;
#[cfg(feature = "typed")]
mod resize;
mod resources;
mod security;
mod spec;
mod spread;
mod status;
#[cfg(test)]
mod tests;
mod tolerations;
mod update;
mod volumes;

#[cfg(feature = "typed")]
pub(crate) use self::resize::resize;
pub(crate) use self::resources::{container_resource_name, overcommit_allowed, quantity_value, resource_name};
pub(crate) use self::spec::{create, template};
pub use self::status::log_options;
pub(crate) use self::status::update_status;
pub(crate) use self::tolerations::taint_effect;
pub(crate) use self::update::{update, update_ephemeral_containers};
