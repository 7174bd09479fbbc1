//! What stands behind a scenario's code in double braces: `{{exec}}`, `{{exec interrupt}}`, `{{copy}}`.

/// What a click on code does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It runs.
    Exec {
        /// After what runs was ended.
        interrupt: bool,
    },
    /// It is copied, or nothing.
    Read,
}

/// Reads what follows the code: the action, what of it is not known, and how many bytes it takes.
pub fn read(behind: &str) -> (Action, Option<String>, usize) {
    let Some((inside, rest)) = behind.strip_prefix("{{").and_then(|b| b.split_once("}}")) else {
        return (Action::Read, None, 0);
    };
    let taken = behind.len() - rest.len();
    let words: Vec<&str> = inside.split_whitespace().collect();
    let (verb, rest) = words.split_first().map_or(("", [].as_slice()), |(verb, rest)| (*verb, rest));
    let odd = rest.iter().any(|word| *word != "interrupt");
    let action = match verb {
        // Older scenarios say `execute`.
        "exec" | "execute" => Action::Exec { interrupt: rest.contains(&"interrupt") },
        _ => Action::Read,
    };
    let known = matches!(verb, "exec" | "execute" | "copy" | "open") && !odd;
    (action, (!known).then(|| format!("{{{{{inside}}}}}")), taken)
}

/// A line without the actions behind its inline code, and the commands that they would run.
pub fn inline(line: &str, left: &mut Vec<String>) -> (String, Vec<(String, bool)>) {
    let (mut out, mut runs, mut rest) = (String::new(), Vec::new(), line);
    while let Some((before, code, behind)) = code(rest) {
        out.push_str(before);
        let (action, unknown, taken) = read(behind);
        left.extend(unknown.map(|unknown| format!("{unknown} behind `{code}`")));
        if let Action::Exec { interrupt } = action {
            runs.push((code.to_owned(), interrupt));
        }
        out.push_str(&format!("`{code}`"));
        rest = &behind[taken..];
    }
    (out + rest, runs)
}

/// The first inline code of a line: what is before, in and behind it.
fn code(line: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = line.split_once('`')?;
    let (code, behind) = rest.split_once('`')?;
    Some((before, code, behind))
}
