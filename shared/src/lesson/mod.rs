//! Lessons: one Markdown file each, with blocks that run, files to open, and things to do that are checked against the
//! cluster as it is. Parsed into plain data; nothing in a lesson is ever HTML.
//!
//! | in the file | is |
//! |---|---|
//! | `# …`, `## …`, paragraphs, `- …`, `> …` | title, headings, text, lists, callouts; `` `code` `` and `**strong**` within |
//! | ```` ```run ```` | a command for the console |
//! | ```` ```file NAME ```` | a file for the editor |
//! | ```` ```checks ```` | a YAML list of [`Check`]s |
//! | ```` ``` ```` | something to read |

mod check;
#[cfg(test)]
mod shipped;
mod text;

pub use check::{Check, evaluate};
pub use text::{Block, Inline, Lesson, parse};
