//! Go's `text/tabwriter` as kubectl uses it: cells end with a tab, a column is as wide as its widest cell, and a
//! column ends where a line has no cell for it. Columns are padded with spaces and there are no flags but `minwidth`
//! and `padding`.
//!
//! Widths are counted in characters, as Go counts them (so East Asian wide ones count one).

/// Aligns `text`. A cell is what ends with a tab; what follows a line's last tab is not part of any column.
pub fn align(text: &str, min_width: usize, padding: usize) -> String {
    write(text, None, min_width, padding)
}

/// Aligns `text` with columns at least as wide as they were before, and remembers the widths: how `kubectl get -w`
/// keeps its columns straight from one flush to the next.
pub fn align_at_least(text: &str, remembered: &mut Vec<usize>, min_width: usize, padding: usize) -> String {
    write(text, Some(remembered), min_width, padding)
}

fn write(text: &str, remembered: Option<&mut Vec<usize>>, min_width: usize, padding: usize) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let lines: Vec<Vec<&str>> = text.split('\n').map(|line| line.split('\t').collect()).collect();
    let mut writer = Writer { lines: &lines, min_width, padding, widths: Vec::new(), remembered, out: &mut out };
    writer.format(0, lines.len());
    out
}

struct Writer<'a> {
    lines: &'a [Vec<&'a str>],
    min_width: usize,
    padding: usize,
    widths: Vec<usize>,
    remembered: Option<&'a mut Vec<usize>>,
    out: &'a mut String,
}

impl Writer<'_> {
    /// Writes the lines from..to. A block of lines that share a column is measured, then formatted with one column
    /// more fixed: the recursion of Go's `format`.
    fn format(&mut self, from: usize, to: usize) {
        let column = self.widths.len();
        let mut done = from;
        let mut at = from;
        while at < to {
            if !self.has_column(at, column) {
                at += 1;
                continue;
            }
            self.write(done, at);
            let start = at;
            let mut width = self.remembered.as_ref().and_then(|r| r.get(column)).copied().unwrap_or(self.min_width);
            while at < to && self.has_column(at, column) {
                let cell = self.lines[at][column].chars().count();
                width = width.max(cell + self.padding);
                at += 1;
            }
            self.widths.push(width);
            if let Some(remembered) = &mut self.remembered {
                match remembered.get_mut(column) {
                    Some(known) => *known = width,
                    None => remembered.push(width),
                }
            }
            self.format(start, at);
            self.widths.pop();
            done = at;
        }
        self.write(done, to);
    }

    fn has_column(&self, line: usize, column: usize) -> bool {
        column + 1 < self.lines[line].len()
    }

    fn write(&mut self, from: usize, to: usize) {
        for at in from..to {
            let cells = &self.lines[at];
            for (column, cell) in cells.iter().enumerate() {
                self.out.push_str(cell);
                if let Some(width) = self.widths.get(column).filter(|_| column + 1 < cells.len()) {
                    let used = cell.chars().count();
                    self.out.extend(std::iter::repeat_n(' ', width.saturating_sub(used)));
                }
            }
            if at + 1 < self.lines.len() {
                self.out.push('\n');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, (min_width, padding): (usize, usize), expected: &str) {
        assert_eq!(align(text, min_width, padding), expected, "{text:?}");
    }

    #[test]
    fn columns() {
        // kubectl get: minwidth 6, padding 3; kubectl describe: minwidth 0, padding 2.
        check("NAME\tREADY\tAGE\na\t1/1\t5s\n", (6, 3), "NAME   READY   AGE\na      1/1     5s\n");
        check("N\tB\n", (6, 3), "N     B\n");
        check("Name:\tp\nNode:\t<none>\n", (0, 2), "Name:  p\nNode:  <none>\n");
        check("a\tb\nplain\nlonger\tc\n", (0, 2), "a  b\nplain\nlonger  c\n");
        check("a\tb\tc\nlonger\tb\naa\tbbbb\tc\n", (0, 2), "a       b  c\nlonger  b\naa      bbbb  c\n");
        check("한글\tb\nabc\td\n", (0, 2), "한글   b\nabc  d\n");
        check("", (0, 2), "");
        check("x\t\ty\n", (0, 2), "x    y\n");
        check("longer\tb\n\na\tb\n", (0, 2), "longer  b\n\na  b\n");
    }

    #[test]
    fn a_watch_keeps_its_widths() {
        let mut widths = Vec::new();
        assert_eq!(align_at_least("longer\tb\n", &mut widths, 6, 3), "longer   b\n");
        assert_eq!(align_at_least("a\tb\n", &mut widths, 6, 3), "a        b\n");
    }
}
