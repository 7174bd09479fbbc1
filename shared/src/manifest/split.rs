//! A file's documents, told apart as kubectl tells them apart: before any YAML is read.

/// One document's text, and how many lines of the file stand before it.
#[derive(Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    pub text: &'a str,
    pub lines_before: usize,
}

/// A line that starts as a separator and goes on as something else: kubectl reads no further, and forgets what is in
/// front of it up to the last separator.
#[derive(Debug, PartialEq, Eq)]
pub struct BadSeparator<'a> {
    pub rest: &'a str,
    pub line: usize,
}

/// Splits at lines that are `---`, with a comment or not, also within block scalars.
///
/// Source: apimachinery's `util/yaml` (YAMLReader): a separator with nothing in front of it is left in.
pub fn chunks(text: &str) -> (Vec<Chunk<'_>>, Option<BadSeparator<'_>>) {
    let mut chunks = Vec::new();
    let (mut start, mut at, mut lines, mut lines_before) = (0, 0, 0, 0);
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        if let Some(rest) = line.strip_prefix("---").map(str::trim) {
            if !rest.is_empty() && !rest.starts_with('#') {
                return (chunks, Some(BadSeparator { rest, line: lines + 1 }));
            }
            if at > start {
                chunks.push(Chunk { text: &text[start..at], lines_before });
                (start, lines_before) = (end, lines + 1);
            }
        }
        lines += 1;
        at = end;
    }
    if at > start {
        chunks.push(Chunk { text: &text[start..at], lines_before });
    }
    (chunks, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_lines() {
        let check_bad = |text: &str, expected: &[(&str, usize)], bad_line: Option<(&str, usize)>| {
            let (found, bad) = chunks(text);
            assert_eq!(bad.map(|b| (b.rest, b.line)), bad_line, "{text:?}");
            let found: Vec<_> = found.iter().map(|c| (c.text, c.lines_before)).collect();
            assert_eq!(found, expected, "{text:?}");
        };
        let check = |text: &str, expected: &[(&str, usize)]| check_bad(text, expected, None);
        check("", &[]);
        check("a: 1\n", &[("a: 1\n", 0)]);
        check("---\na: 1\n---\nb: 2", &[("---\na: 1\n", 0), ("b: 2", 3)]);
        check("a: 1\n--- # next\nb: 2\n", &[("a: 1\n", 0), ("b: 2\n", 2)]);
        check_bad("a: 1\n---\nb: 2\n--- {b: 2}\n", &[("a: 1\n", 0)], Some(("{b: 2}", 4)));
        check_bad("-----BEGIN CERTIFICATE-----\n", &[], Some(("--BEGIN CERTIFICATE-----", 1)));
        check("\n\n---\na: 1\n---\n", &[("\n\n", 0), ("a: 1\n", 3)]);
    }
}
