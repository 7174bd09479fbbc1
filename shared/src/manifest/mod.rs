//! Text to objects and back, as kubectl reads and prints YAML (sigs.k8s.io/yaml: YAML 1.1, go-yaml v2), with the place of every part.
//!
//! | call | for |
//! |---|---|
//! | [`read`] | commands: the objects of a file, or kubectl's own error |
//! | [`parse`] | tools: documents with positions, and everything wrong with the text |
//! | [`check`](check::check) | the editor: all problems, Kubernetes' rules included |
//! | [`format`] | the editor: indentation mended |
//! | [`emit`] | `kubectl get -o yaml` |
//!
//! A bad text is data: nothing here fails. This module may not know how objects are judged; `check` asks those who do.

pub mod assist;
pub mod check;
mod compose;
mod emit;
mod format;
mod go_syntax;
mod parse;
mod positions;
mod problem;
mod scalar;
mod span;
mod split;
mod tree;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use check::check;
pub use emit::emit;
pub use format::format;
pub use parse::{Document, parse, read};
pub use positions::{Positions, Within, Written};
pub use problem::{Edit, Fix, Problem, Severity, Source, Title};
pub use span::Span;
