//! Who is asking: the certificate authority, tokens, and the rules for callers without one.
//!
//! Decides nothing about objects; the API server asks the [`Identity`] found here.

pub mod anonymous;
pub mod ca;
pub mod guard;
pub mod identity;
pub mod service_token;
pub mod trust;

pub use identity::{Identity, Tokens};
