//! Which commands are carried out here, and which are left to a real kubectl. Pure.

use super::command::{find, first_argument};

/// Whether [`find`] leads to a command that is carried out here. The real kubectl has more of them, also below `create`
/// and `config`, and other ways to debug.
pub fn is_ours(words: &[String]) -> bool {
    let Some((command, rest)) = find(words) else {
        return words.iter().all(|word| word.starts_with('-') || word == "help");
    };
    match command.name {
        "auth" | "config" | "create" | "create secret" | "top" => first_argument(&rest, Some(command)).is_none(),
        "debug" => {
            !rest.iter().any(|word| ["--copy-to", "no/", "node/", "nodes/"].iter().any(|of| word.starts_with(of)))
        }
        _ => true,
    }
}
