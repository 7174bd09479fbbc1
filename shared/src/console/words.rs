//! Which lines are plain kubectl commands, and which want a shell. Pure.

/// The arguments of a line that is `kubectl …` (or `k …`) and nothing that a shell would have to expand, redirect or
/// chain; `None` for everything else.
pub fn plain_kubectl(line: &str) -> Option<Vec<String>> {
    let words = split(line)?;
    let (first, rest) = words.split_first()?;
    matches!(first.as_str(), "kubectl" | "k").then(|| rest.to_vec())
}

/// Whether a line goes on on the next one: a backslash at its end, an open quote or heredoc.
pub fn is_unfinished(text: &str) -> bool {
    text.ends_with('\\') && !text.ends_with("\\\\") || open_quote(text) || open_heredoc(text)
}

/// The commands of a text, as the console reads them: line by line, those that go on together.
pub fn commands(text: &str) -> Vec<String> {
    let (mut commands, mut command) = (Vec::new(), String::new());
    for line in text.lines() {
        command.push_str(line);
        if is_unfinished(&command) {
            command.push('\n');
        } else {
            commands.push(std::mem::take(&mut command));
        }
    }
    commands.push(command);
    commands.retain(|command| !command.trim().is_empty());
    commands
}

fn open_quote(text: &str) -> bool {
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(q), c) if q == c => quote = None,
            (None | Some('"'), '\\') => drop(characters.next()),
            _ => {}
        }
    }
    // Within a heredoc quotes mean nothing; its own end decides.
    quote.is_some() && !text.contains("<<")
}

fn open_heredoc(text: &str) -> bool {
    let Some((head, body)) = text.split_once('\n').or(Some((text, ""))) else { return false };
    let Some((_, after)) = head.split_once("<<") else { return false };
    if after.starts_with('<') {
        return false;
    }
    let after = after.trim_start_matches('-').trim_start();
    let word: String = after.chars().take_while(|c| !c.is_whitespace() && !"|;&<>".contains(*c)).collect();
    let word = word.trim_matches(['\'', '"']);
    !word.is_empty() && !body.lines().any(|line| line.trim_start_matches('\t') == word)
}

/// Words as a shell splits them; `None` where it would do more than split.
fn split(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut inside) = (Vec::new(), String::new(), false);
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            ' ' | '\t' => {
                if inside {
                    words.push(std::mem::take(&mut word));
                }
                inside = false;
                continue;
            }
            '\\' => match characters.next()? {
                '\n' => continue,
                escaped => word.push(escaped),
            },
            '\'' => loop {
                match characters.next()? {
                    '\'' => break,
                    other => word.push(other),
                }
            },
            '"' => loop {
                match characters.next()? {
                    '"' => break,
                    '$' | '`' => return None,
                    '\\' => match characters.next()? {
                        escaped @ ('"' | '\\' | '$' | '`') => word.push(escaped),
                        '\n' => {}
                        other => word.extend(['\\', other]),
                    },
                    other => word.push(other),
                }
            },
            '#' if !inside => break,
            '~' if !inside => return None,
            '|' | '&' | ';' | '<' | '>' | '(' | ')' | '$' | '`' | '*' | '?' | '!' | '\n' => return None,
            // Braces expand only with a comma or dots inside; jsonpath={.a} does not.
            '{' if expands(characters.clone()) => return None,
            other => word.push(other),
        }
        inside = true;
    }
    if inside {
        words.push(word);
    }
    Some(words)
}

fn expands(rest: impl Iterator<Item = char>) -> bool {
    let inner: String = rest.take_while(|c| *c != '}' && *c != ' ').collect();
    inner.contains(',') || inner.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_commands_are_told_from_shell_lines() {
        let plain = [
            ("kubectl get pod", "get|pod"),
            ("k  get 'a b' \"c\\\"d\"", "get|a b|c\"d"),
            ("kubectl get pod -o jsonpath={.metadata.name}", "get|pod|-o|jsonpath={.metadata.name}"),
            ("kubectl create configmap c \\\n  --from-literal=a=b", "create|configmap|c|--from-literal=a=b"),
            ("kubectl exec p -- sh -c 'echo $HOME | cat'", "exec|p|--|sh|-c|echo $HOME | cat"),
            ("kubectl get pod # why", "get|pod"),
        ];
        for (line, words) in plain {
            assert_eq!(plain_kubectl(line).map(|w| w.join("|")).as_deref(), Some(words), "{line}");
        }
        for line in [
            "ls",
            "kubectl get pod | grep x",
            "kubectl get pod > f",
            "kubectl get $POD",
            "cat << EOF | kubectl apply -f -\nEOF",
            "kubectl get pod; ls",
            "kubectl get \"$POD\"",
            "watch kubectl get pod",
            "kubectl delete pod {a,b}",
            "kubectl get 'x",
            "",
        ] {
            assert_eq!(plain_kubectl(line), None, "{line}");
        }
    }

    #[test]
    fn a_text_is_its_commands() {
        let text = "a\n\ncat << E | b\n'x\nE\nc \\\n  d\n";
        assert_eq!(commands(text), ["a", "cat << E | b\n'x\nE", "c \\\n  d"]);
        assert_eq!(commands("a 'b"), ["a 'b\n"]);
    }

    #[test]
    fn lines_that_go_on() {
        for text in ["a \\", "echo 'a", "cat << EOF | kubectl apply -f -", "cat <<'E'\na", "cat <<-E\na"] {
            assert!(is_unfinished(text), "{text}");
        }
        for text in ["a", "echo 'a'", "cat << EOF | kubectl apply -f -\na: 'x\nEOF", "cat <<< word", "a \\\nb"] {
            assert!(!is_unfinished(text), "{text}");
        }
    }
}
