//! SPDY/3.1, the server's half, as far as Kubernetes' streams use it: client-opened streams with headers, data both
//! ways, half-closing, pings. There is no flow control by window: kubectl's library does without it too.
//!
//! Source: the SPDY protocol draft 3.1, and what the real kubectl sends. Knows nothing of exec or port-forward.

mod frame;
mod headers;
mod session;

pub use session::{Session, Stream, Writer, start};
