//! The four panes.

mod cluster;
mod console;
mod editor;
mod inspector;
mod lesson;
mod preview;
mod terminal;

pub use cluster::ClusterPane;
pub use console::ConsolePane;
pub use editor::EditorPane;
pub use inspector::PodDrawer;
pub use lesson::LessonPane;
