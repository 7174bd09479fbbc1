//! What the API server's Tables and kubectl's screens say about objects.
//!
//! Works on JSON values and one given point in time. Reads no clock, asks no server: whatever else a screen needs
//! (events, a node's pods) is handed in.

pub mod describe;
mod event;
mod node;
mod plain;
mod pod;
pub mod table;
pub mod tabwriter;

pub use event::sort_events;
pub use node::roles;
pub use table::{Include, table};
