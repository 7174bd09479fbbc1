//! kubectl: every command as a function of its arguments, a [`Console`] and a [`Transport`].
//!
//! Prints what kubectl v1.35 prints, byte for byte where it can be compared. Knows no HTTP library, no file system and
//! no terminal; holds no typed objects, so that it stays small in WASM.

mod command;
mod console;
mod error;
mod flags;
mod race;
mod transport;

pub use console::{Console, FileError, Input, Size};
pub use transport::{Body, Channel, ConnectError, Request, Response, Streaming, Transport, TransportError};

/// Runs one command line (`argv` without `kubectl` itself) and gives its exit code.
pub async fn run<C: Console, T: Transport>(argv: &[String], console: &mut C, transport: &T) -> i32 {
    let _ = (argv, transport);
    console.err(b"error: not yet\n");
    1
}
