//! The only place that declares foreign functions: widgets of JavaScript, loaded when a pane first wants one.

mod widgets;

pub use widgets::{Editor, Terminal, editor, terminal};
