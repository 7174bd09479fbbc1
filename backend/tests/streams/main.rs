//! The streams' HTTP side by real WebSocket clients, in front of a runtime in memory.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

mod exec;
mod forward;
mod refusals;
mod server;
mod terminal;
