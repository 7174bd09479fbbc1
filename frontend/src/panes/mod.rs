//! The four panes.

mod cluster;
mod console;
mod editor;
mod inspector;
mod lesson;
mod preview;
mod terminal;

pub use cluster::cluster_pane;
pub use console::console_pane;
pub use editor::editor_pane;
pub use inspector::pod_drawer;
pub use lesson::lesson_pane;
