//! The vocabulary of the Kubernetes API: kinds, object metadata, errors, selectors, quantities, paths, time.
//!
//! Works on JSON values; knows no transport and no storage.

pub mod field;
pub mod float;
pub mod json;
pub mod kind;
pub mod object;
pub mod paths;
pub mod quantity;
pub mod selector;
pub mod status;
pub mod time;

pub use field::{ErrorType, FieldError, Path};
pub use kind::Kind;
pub use paths::ResourcePath;
pub use quantity::Quantity;
pub use selector::{FieldSelector, LabelSelector};
pub use status::Status;
pub use time::Timestamp;
