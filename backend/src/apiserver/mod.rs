//! The Kubernetes API: verbs on objects, and their HTTP side.
//!
//! Every write of the store is made here, by the same steps for everybody: decode → default → admit → validate →
//! commit. Scheduler, controllers and nodes come through [`Client`], the rest of the world through [`router`].

mod admission;
mod api;
mod apply;
mod client;
mod conversion;
mod create;
mod delete;
pub mod http;
mod options;
mod ownership;
mod patch;
mod priority;
mod quota;
mod review;
mod token;
mod update;

pub use api::{Api, Caller};
pub use client::Client;
pub use http::router;
pub use options::{DeleteOptions, FieldValidation, WriteOptions};
pub use patch::PatchType;
