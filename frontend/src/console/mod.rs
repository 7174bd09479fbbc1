//! The console: a line editor, kubectl run in the page, and a shell on `master` for everything else.

pub mod host;
pub mod line;
pub mod screen;
pub mod session;
pub mod shell;
