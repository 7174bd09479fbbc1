//! Which commands are carried out here, and which are left to a real kubectl. Pure.

use super::command::{find, first_argument};

/// Whether [`find`] leads to a command that is carried out here. The real kubectl has more of them, also below `create`,
/// and other ways to debug. Its sentences of help are its own, and so is the kubeconfig it reads: `config` is only its.
pub fn is_ours(words: &[String]) -> bool {
    let asks_for_help = |word: &String| matches!(word.as_str(), "--help" | "-h");
    if words.iter().take_while(|word| *word != "--").any(asks_for_help) {
        return false;
    }
    let Some((command, rest)) = find(words) else { return false };
    let has = |starts: &[&str]| {
        let before = rest.iter().take_while(|word| *word != "--");
        before.into_iter().any(|word| starts.iter().any(|start| word.starts_with(start)))
    };
    if has(&["-k", "--kustomize"]) {
        return false;
    }
    match command.name {
        "auth" | "create" | "create secret" | "top" => {
            first_argument(&rest, Some(command)).is_none() && !rest.is_empty()
        }
        "debug" => !has(&["--copy-to", "no/", "node/", "nodes/"]),
        "exec" => !has(&["-f", "--filename"]),
        "port-forward" => !has(&["--address"]),
        "options" => false,
        name => name != "config" && !name.starts_with("config "),
    }
}
