//! Which lines are plain kubectl commands, and which want a shell. Pure.

use crate::kubectl::is_ours;

/// The arguments of a line that is `kubectl …` (or `k …`) and nothing that a shell would have to expand, redirect or
/// chain; `None` for everything else, and for commands that only the shell's kubectl has.
pub fn plain_kubectl(line: &str) -> Option<Vec<String>> {
    let words = split(line)?;
    let (first, rest) = words.split_first()?;
    (matches!(first.as_str(), "kubectl" | "k") && is_ours(rest)).then(|| rest.to_vec())
}

/// Whether a text goes on on the next line: a backslash at its end, an open quote, an open heredoc.
pub fn is_unfinished(text: &str) -> bool {
    let (mut rest, mut quote, mut heredocs, mut before) = (text, None, Vec::new(), ' ');
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (None | Some('"'), '\\') => match rest.chars().next() {
                Some(escaped) => rest = &rest[escaped.len_utf8()..],
                None => return true,
            },
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '#') if before.is_whitespace() => rest = rest.find('\n').map_or("", |end| &rest[end..]),
            // Arithmetic: `<<` shifts there.
            (None, '(') if rest.starts_with('(') => match rest.find("))") {
                Some(end) => rest = &rest[end + 2..],
                None => return true,
            },
            (None, '<') if rest.starts_with("<<") => rest = &rest[2..],
            (None, '<') if rest.starts_with('<') => {
                let (heredoc, after) = heredoc(&rest[1..]);
                heredocs.extend(heredoc);
                rest = after;
            }
            (None, '\n') => {
                for heredoc in heredocs.drain(..) {
                    match heredoc.behind(rest) {
                        Some(after) => rest = after,
                        None => return true,
                    }
                }
            }
            _ => {}
        }
        before = c;
    }
    quote.is_some() || !heredocs.is_empty()
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

/// A here-document that is still to be read.
struct Heredoc {
    /// The line that ends it.
    word: String,
    /// Whether tabs may stand before that (`<<-`).
    tabs: bool,
}

/// What stands behind `<<`: the heredoc, if a word follows, and the rest of the line.
fn heredoc(text: &str) -> (Option<Heredoc>, &str) {
    let tabs = text.starts_with('-');
    let text = text.strip_prefix('-').unwrap_or(text).trim_start_matches([' ', '\t']);
    let end = text.find(|c: char| c.is_whitespace() || "|;&<>()".contains(c)).unwrap_or(text.len());
    let word = text[..end].replace(['\'', '"', '\\'], "");
    ((!word.is_empty()).then_some(Heredoc { word, tabs }), &text[end..])
}

impl Heredoc {
    /// The text behind its end; `None` where that is still to come.
    fn behind<'a>(&self, text: &'a str) -> Option<&'a str> {
        let mut rest = text;
        while !rest.is_empty() {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            if self.word == if self.tabs { line.trim_start_matches('\t') } else { line } {
                return Some(after);
            }
            rest = after;
        }
        None
    }
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
            ("kubectl -n x create -f a.yaml", "-n|x|create|-f|a.yaml"),
            ("kubectl create cm c", "create|cm|c"),
            ("kubectl exec p -- ls --help", "exec|p|--|ls|--help"),
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
            "kubectl set image pod/p c=nginx",
            "kubectl create deployment d --image nginx",
            "kubectl debug node/worker -it --image busybox",
            "kubectl debug p --copy-to q",
            "kubectl nosuch",
            "kubectl exec -f pod.yaml -- ls",
            "kubectl port-forward p --address 0.0.0.0 80",
            "kubectl apply -k folder",
            "kubectl",
            "kubectl get --help",
            "kubectl help get",
            "kubectl top",
            "kubectl config view",
            "kubectl -n x config set-context --current --namespace=y",
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
        for text in [
            "a \\",
            "echo 'a",
            "cat << EOF | kubectl apply -f -",
            "cat <<'E'\na",
            "cat <<-E\na",
            "cat <<E\n\tE",
            "cd /tmp\ncat << EOF",
            "cd /tmp\ncat << EOF > f\na: 'x",
            "cat << A << B\nx\nA\ny",
            "cat << EOF\nx\nEOF\necho 'a",
            "echo \"1 << 2",
        ] {
            assert!(is_unfinished(text), "{text}");
        }
        for text in [
            "a",
            "a \\\\",
            "echo 'a'",
            "cat << EOF | kubectl apply -f -\na: 'x\nEOF",
            "cat <<-E\na\n\tE",
            "cat <<< word",
            "a \\\nb",
            "cd /tmp\ncat << \"EOF\"\nit's\nEOF\necho done",
            "cat << A << B\nx\nA\ny\nB",
            "echo '<< EOF'",
            "echo $((1 << 4))",
            "ls # don't << EOF",
        ] {
            assert!(!is_unfinished(text), "{text}");
        }
    }
}
