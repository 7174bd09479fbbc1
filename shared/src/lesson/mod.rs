//! Lessons: one Markdown file each, with blocks that run, files to open, and things to do that are checked against the
//! cluster as it is. Parsed into plain data; nothing in a lesson is ever HTML. `docs/lessons.md` describes the format.
//!
//! | in the file | is |
//! |---|---|
//! | `# …`, `## …`, paragraphs, `- …`, `> …` | title, headings, text, lists, callouts |
//! | ```` ```run ```` | commands for the console or a node's terminal, see [`Run`] |
//! | ```` ```file NAME ```` | a file for the editor |
//! | ```` ```checks ```` | a YAML list of [`Check`]s |
//! | ```` ```quiz ```` | a question, as YAML: a [`Quiz`] |
//! | ```` ```solution ````, ```` ```reset ```` | commands that are not shown: what the learner is to do, what undoes it |
//! | ```` ``` ```` | something to read |

mod check;
mod evaluate;
mod field;
mod inline;
mod lint;
mod look;
mod quiz;
mod raw;
mod run;
mod steps;
mod text;

pub use check::Check;
pub use evaluate::{Outcome, Read, evaluate, reads};
pub use inline::Inline;
pub use lint::{Link, Problem, drift, links, lint};
pub use look::{Sight, look};
pub use quiz::{Choice, Quiz};
pub use run::{Run, needs_container};
pub use steps::{Deed, Step, steps};
pub use text::{Block, Lesson, parse};
