//! A file's documents, told apart as kubectl tells them apart: before any YAML is read.

/// One document's text, and how many lines of the file stand before it.
#[derive(Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    pub text: &'a str,
    pub lines_before: usize,
}

/// Splits at lines that are `---`, with a comment or not, also within block scalars.
///
/// Source: apimachinery's `util/yaml` (YAMLReader): a separator with nothing in front of it is left in.
pub fn chunks(text: &str) -> Vec<Chunk<'_>> {
    let mut chunks = Vec::new();
    let (mut start, mut at, mut lines, mut lines_before) = (0, 0, 0, 0);
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        let after = line.strip_prefix("---").map(str::trim);
        if after.is_some_and(|rest| rest.is_empty() || rest.starts_with('#')) && at > start {
            chunks.push(Chunk { text: &text[start..at], lines_before });
            (start, lines_before) = (end, lines + 1);
        }
        lines += 1;
        at = end;
    }
    if at > start {
        chunks.push(Chunk { text: &text[start..at], lines_before });
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_lines() {
        let check = |text: &str, expected: &[(&str, usize)]| {
            let found: Vec<_> = chunks(text).iter().map(|c| (c.text, c.lines_before)).collect();
            assert_eq!(found, expected, "{text:?}");
        };
        check("", &[]);
        check("a: 1\n", &[("a: 1\n", 0)]);
        check("---\na: 1\n---\nb: 2", &[("---\na: 1\n", 0), ("b: 2", 3)]);
        check("a: 1\n--- # next\nb: 2\n", &[("a: 1\n", 0), ("b: 2\n", 2)]);
        check("a: 1\n--- {b: 2}\n", &[("a: 1\n--- {b: 2}\n", 0)]);
        check("\n\n---\na: 1\n---\n", &[("\n\n", 0), ("a: 1\n", 3)]);
    }
}
