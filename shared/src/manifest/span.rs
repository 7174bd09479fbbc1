//! Places in a text: lines and columns for people, UTF-16 offsets for browsers.

/// A range of a text. Lines and columns count from 1, columns in Unicode scalar values; the end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// The line of the first character.
    pub line: usize,
    /// The column of the first character.
    pub column: usize,
    /// The line of the end.
    pub end_line: usize,
    /// The column after the last character.
    pub end_column: usize,
}

impl Span {
    /// A range within one line.
    pub const fn in_line(line: usize, column: usize, end_column: usize) -> Self {
        Self { line, column, end_line: line, end_column }
    }

    /// Start and end as offsets in UTF-16 code units from the start of `text`, as CodeMirror and JavaScript count them.
    /// Past the end of a line is its end.
    pub fn utf16(&self, text: &str) -> (usize, usize) {
        let from = offset(text, self.line, self.column);
        (from, offset(text, self.end_line, self.end_column).max(from))
    }
}

fn offset(text: &str, line: usize, column: usize) -> usize {
    let mut units = 0;
    for (number, content) in text.split_inclusive('\n').enumerate() {
        if number + 1 == line {
            let content = content.trim_end_matches(['\n', '\r']);
            return units + content.chars().take(column.saturating_sub(1)).map(char::len_utf16).sum::<usize>();
        }
        units += content.encode_utf16().count();
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count_as_javascript_does() {
        let text = "a\r\n😀é: x\n";
        for (span, expected) in [
            (Span::in_line(1, 1, 2), (0, 1)),
            (Span::in_line(2, 1, 2), (3, 5)),
            (Span::in_line(2, 2, 3), (5, 6)),
            (Span::in_line(2, 6, 99), (9, 9)),
            (Span::in_line(9, 1, 1), (10, 10)),
        ] {
            assert_eq!(span.utf16(text), expected, "{span:?}");
        }
    }
}
