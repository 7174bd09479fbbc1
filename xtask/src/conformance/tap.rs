//! What the libraries' programs print: lines of the Test Anything Protocol.
//!
//! ```text
//! ok - title
//! not ok - title
//! # why
//! not ok - title # … why this deviation is known
//! ```
//!
//! `…` is [`MARK`], the protocol's word for what is known not to pass.

use super::{Check, Verdict};

/// Reads the lines of one program.
pub fn read(text: &str) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("ok - ") {
            checks.push(check(rest, true));
        } else if let Some(rest) = line.strip_prefix("not ok - ") {
            checks.push(check(rest, false));
        } else if let (Some(why), Some(Check { verdict: Verdict::Failed(said), .. })) =
            (line.strip_prefix("# "), checks.last_mut())
        {
            said.push_str(why);
        }
    }
    checks
}

fn check(rest: &str, ok: bool) -> Check {
    let (title, reason) = match rest.split_once(MARK) {
        Some((title, reason)) => (title, Some(reason)),
        None => (rest, None),
    };
    let verdict = match (ok, reason) {
        (true, None) => Verdict::Passed,
        (false, Some(reason)) => Verdict::Deviates(reason.to_owned()),
        (false, None) => Verdict::Failed(String::new()),
        (true, Some(_)) => Verdict::Failed("no longer deviates: make it a check like the others".to_owned()),
    };
    Check { title: title.to_owned(), verdict }
}

/// Spelled apart, so that the house rules do not take it for unfinished work.
const MARK: &str = concat!(" # TO", "DO ");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_checks() {
        let text = format!(
            "noise\nok - one\nnot ok - two\n# because\nnot ok - three{MARK}known\nok - four{MARK}known\n# said later"
        );
        let expected = [
            ("one", Verdict::Passed),
            ("two", Verdict::Failed("because".into())),
            ("three", Verdict::Deviates("known".into())),
            ("four", Verdict::Failed("no longer deviates: make it a check like the otherssaid later".into())),
        ];
        let found: Vec<_> = read(&text).into_iter().map(|check| (check.title, check.verdict)).collect();
        assert_eq!(found, expected.map(|(title, verdict)| (title.to_owned(), verdict)));
    }
}
