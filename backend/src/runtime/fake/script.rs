//! The few words of shell that the fake's processes know. Pure.

use std::time::Duration;

/// What a process does next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Prints text.
    Print { stderr: bool, text: String },
    /// Waits; for ever without a time.
    Sleep(Option<Duration>),
    /// Prints its input until that ends.
    Cat,
    /// Prints a file, or says that there is none and sets the exit code.
    CatFile(String),
    /// From now on SIGTERM ends it with this code.
    Trap(i32),
    /// Sets the exit code and goes on.
    Code(i32),
    /// Ends it with a code, or with the one that was set last.
    Exit(Option<i32>),
}

/// The steps of a command; the engine's words when there is no such command.
pub fn steps(command: &[String]) -> Result<Vec<Step>, String> {
    let Some((program, arguments)) = command.split_first() else {
        return Err("no command specified".to_owned());
    };
    let name = program.strip_prefix("/bin/").or_else(|| program.strip_prefix("/usr/bin/")).unwrap_or(program);
    match (name, arguments) {
        ("sh" | "bash", [flag, line, ..]) if flag == "-c" => Ok(line_steps(line)),
        ("sh" | "bash", _) => Ok(vec![Step::Cat]),
        ("/pause", _) => Ok(vec![Step::Sleep(None)]),
        _ => match simple(name, arguments) {
            Some(steps) => Ok(steps),
            None if program.starts_with('/') => {
                Err(format!("exec: \"{program}\": stat {program}: no such file or directory: unknown"))
            }
            None => Err(format!("exec: \"{program}\": executable file not found in $PATH: unknown")),
        },
    }
}

fn line_steps(line: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for words in statements(line) {
        let Some((name, arguments)) = words.split_first() else { continue };
        steps.extend(simple(name, arguments).unwrap_or_else(|| {
            vec![Step::Print { stderr: true, text: format!("sh: {name}: not found\n") }, Step::Code(127)]
        }));
    }
    steps
}

fn simple(name: &str, arguments: &[String]) -> Option<Vec<Step>> {
    let number = |text: Option<&String>| text.and_then(|t| t.parse().ok());
    Some(match name {
        "echo" => {
            let stderr = arguments.last().is_some_and(|a| a == ">&2");
            let words = &arguments[..arguments.len() - usize::from(stderr)];
            vec![Step::Print { stderr, text: format!("{}\n", words.join(" ")) }, Step::Code(0)]
        }
        "sleep" => {
            let time = arguments.first().and_then(|t| Duration::try_from_secs_f64(t.parse().ok()?).ok());
            vec![Step::Sleep(time), Step::Code(0)]
        }
        "cat" => vec![arguments.first().map_or(Step::Cat, |path| Step::CatFile(path.clone()))],
        "trap" => {
            let code = arguments.first().and_then(|a| a.strip_prefix("exit ")).and_then(|c| c.parse().ok());
            vec![Step::Trap(code.unwrap_or_default())]
        }
        "exit" => vec![Step::Exit(number(arguments.first()))],
        "true" | ":" | "wait" => vec![Step::Code(0)],
        "false" => vec![Step::Code(1)],
        _ => return None,
    })
}

/// Words of each statement. Quotes hold words together; `;`, `&&`, a newline and `&` end a statement.
fn statements(line: &str) -> Vec<Vec<String>> {
    let (mut all, mut words, mut word) = (Vec::new(), Vec::new(), None::<String>);
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '&') if word.as_deref() == Some(">") => word.get_or_insert_default().push(c),
            (None, ';' | '\n' | '&') => {
                words.extend(word.take());
                all.push(std::mem::take(&mut words));
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    all.push(words);
    all.retain(|words| !words.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands() {
        let print = |stderr, text: &str| Step::Print { stderr, text: text.to_owned() };
        let second = |n| Step::Sleep(Some(Duration::from_secs(n)));
        let sh = |line: &str| ["sh", "-c", line].map(str::to_owned).to_vec();
        let cases = [
            (
                sh("echo 'a  b' c; echo err >&2; exit 3"),
                vec![print(false, "a  b c\n"), Step::Code(0), print(true, "err\n"), Step::Code(0), Step::Exit(Some(3))],
            ),
            (sh("trap 'exit 7' TERM; sleep 5 & wait"), vec![Step::Trap(7), second(5), Step::Code(0), Step::Code(0)]),
            (sh("nonsense"), vec![print(true, "sh: nonsense: not found\n"), Step::Code(127)]),
            (vec!["/bin/sleep".to_owned(), "1".to_owned()], vec![second(1), Step::Code(0)]),
            (vec!["cat".to_owned()], vec![Step::Cat]),
        ];
        for (command, expected) in cases {
            assert_eq!(steps(&command), Ok(expected), "{command:?}");
        }
        let error = steps(&["/no/such".to_owned()]).unwrap_err();
        assert!(error.contains("no such file or directory"), "{error}");
    }
}
