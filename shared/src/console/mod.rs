//! What a console decides, wherever it runs: which lines are kubectl's, where a command ends, and what the shell beside
//! it prints between its marks. Knows no terminal and no connection.

mod edge;
mod home;
mod marks;
mod words;

pub use edge::ends_left;
pub use home::{HOME, below_home};
pub use marks::{End, Marks, Piece, SETUP, packed};
pub use words::{commands, is_unfinished, plain_kubectl};
