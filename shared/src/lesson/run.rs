//! Commands of a lesson: where they run, and how they may end.

use crate::console;

/// Commands that run on a click, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// The commands, a line each; heredocs, open quotes and a backslash at the end go on.
    pub text: String,
    /// The node whose terminal they run on; the console's where it is empty.
    pub node: String,
    /// Whether what runs is ended first, as by Ctrl-C.
    pub interrupt: bool,
    /// Whether they may end with an error.
    pub fails: bool,
}

impl Run {
    /// Reads the words behind `run`, and the block's lines. Words that mean nothing are left out.
    pub fn read(words: &str, body: &str) -> Self {
        let mut run = Self { text: body.trim_end().to_owned(), ..Self::default() };
        let mut words = words.split_whitespace();
        while let Some(word) = words.next() {
            match word {
                "on" => words.next().unwrap_or_default().clone_into(&mut run.node),
                "interrupt" => run.interrupt = true,
                "fails" => run.fails = true,
                _ => {}
            }
        }
        run
    }

    /// What is wrong with the words behind `run`.
    pub fn misread(words: &str) -> Option<String> {
        let mut words = words.split_whitespace();
        while let Some(word) = words.next() {
            match word {
                "interrupt" | "fails" => {}
                "on" if words.next().is_none() => return Some("\"on\" wants a node's name".to_owned()),
                "on" => {}
                word => {
                    return Some(format!("unknown word {word:?}: there are \"on NODE\", \"interrupt\" and \"fails\""));
                }
            }
        }
        None
    }

    /// The commands, one by one.
    pub fn commands(&self) -> Vec<String> {
        console::commands(&self.text)
    }
}

/// Whether a command asks something of a container, which may not be up yet: then it is worth another try.
pub fn needs_container(command: &str) -> bool {
    let mut words = command.split_whitespace();
    matches!(words.next(), Some("kubectl" | "k")) && matches!(words.next(), Some("exec" | "logs" | "cp" | "attach"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_behind_run() {
        let run = Run::read("on worker interrupt", "ls\n");
        assert_eq!(run, Run { text: "ls".into(), node: "worker".into(), interrupt: true, fails: false });
        for (words, right) in [("", true), ("fails", true), ("on worker", true), ("on", false), ("worker", false)] {
            assert_eq!(Run::misread(words).is_none(), right, "{words}");
        }
    }

    #[test]
    fn containers_are_needed_by_some() {
        for (command, needs) in
            [("kubectl logs p", true), ("k exec p -- ls", true), ("kubectl get pod", false), ("ls", false)]
        {
            assert_eq!(needs_container(command), needs, "{command}");
        }
    }
}
