//! Indentation as kubectl writes it: two spaces a level, one behind a dash, none at a line's end. Comments, the order
//! of fields and the way values are written stay.

/// The text with its indentation mended; `None` where it is not YAML, or where that would change what it means.
pub fn format(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut lines = Lines::default();
    for line in text.lines() {
        out.push_str(lines.mend(line).trim_end());
        out.push('\n');
    }
    let out = format!("{}\n", out.trim_end());
    let (before, after) = (super::parse(text), super::parse(&out));
    let same = before.0.len() == after.0.len() && before.0.iter().zip(&after.0).all(|(a, b)| a.value == b.value);
    (before.1.is_empty() && same).then_some(out)
}

/// What is known of the lines so far.
#[derive(Default)]
struct Lines {
    /// Indentations that lines are below of, as they were and as they are now, outermost first.
    levels: Vec<(usize, usize)>,
    block: Option<Block>,
}

/// A block scalar (`|`, `>`): its lines move together.
struct Block {
    /// Where its key began, or its dash where it has none: its lines are further in.
    parent: usize,
    /// Where its lines shall begin.
    to: usize,
    /// Where they began; known from its first line.
    from: Option<usize>,
}

impl Lines {
    fn mend(&mut self, line: &str) -> String {
        let body = line.trim_start_matches(' ');
        let indent = line.len() - body.len();
        if body.trim().is_empty() {
            return String::new();
        }
        if let Some(block) = &mut self.block {
            if indent > block.parent {
                let from = *block.from.get_or_insert(indent);
                return format!("{}{body}", " ".repeat((block.to + indent).saturating_sub(from)));
            }
            self.block = None;
        }
        if body.starts_with("---") || body.starts_with("...") {
            self.levels.clear();
            return body.to_owned();
        }
        // A comment belongs to what is there already; it opens no level.
        let to = if body.starts_with('#') { self.below(indent) } else { self.level(indent) };
        let (mut dashes, mut rest, mut at, mut now, mut dash) = (String::new(), body, indent, to, indent);
        while let Some(behind) = rest.strip_prefix('-').filter(|r| r.starts_with(' ')) {
            let content = behind.trim_start_matches(' ');
            dash = at;
            at += rest.len() - content.len();
            now += 2;
            dashes.push_str("- ");
            rest = content;
            // A value's second line is below the dash, not below a level.
            self.levels.retain(|(old, _)| *old < at);
            self.levels.push((at, now));
        }
        if opens_block(rest) {
            let parent = if rest.contains(": ") || dashes.is_empty() { at } else { dash };
            self.block = Some(Block { parent, to: now + 2, from: None });
        }
        format!("{}{dashes}{rest}", " ".repeat(to))
    }

    /// Where a line of that indentation goes; deeper than all before is a level more.
    fn level(&mut self, indent: usize) -> usize {
        self.levels.retain(|(old, _)| *old <= indent);
        match self.levels.last() {
            Some((old, new)) if *old == indent => *new,
            last => {
                let new = last.map_or(0, |(_, new)| new + 2);
                self.levels.push((indent, new));
                new
            }
        }
    }

    fn below(&self, indent: usize) -> usize {
        let around = self.levels.iter().rev().find(|(old, _)| *old <= indent);
        around.map_or(0, |(old, new)| if *old == indent { *new } else { new + 2 })
    }
}

/// Whether a line ends in a block scalar's mark that says nothing of its indentation.
fn opens_block(line: &str) -> bool {
    let last = line.split(" #").next().unwrap_or_default().trim_end().rsplit([' ', ':']).next().unwrap_or_default();
    matches!(last, "|" | ">" | "|-" | ">-" | "|+" | ">+")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(format(text).as_deref(), expected, "{text}");
    }

    #[test]
    fn indentation_is_mended_and_all_else_stays() {
        let good = "# why\na:\n  b: 1 # here\n  c:\n  - d: x\n    e: 'y'\n  - f\n";
        check(good, Some(good));
        check(
            "# why\na:\n    b: 1 # here   \n    c:\n        -   d: x\n            e: 'y'\n        -   f\n\n\n",
            Some("# why\na:\n  b: 1 # here\n  c:\n    - d: x\n      e: 'y'\n    - f\n"),
        );
        check("a: |\n     x\n       y\n\n     z\nb: 1\n", Some("a: |\n  x\n    y\n\n  z\nb: 1\n"));
        check("a:\n- |\n    x\n     y\n- b\n", Some("a:\n- |\n    x\n     y\n- b\n"));
        check("a:\n  - >-\n   one\n", Some("a:\n  - >-\n      one\n"));
        check("a:\n   b: 1\n---\nc:\n - d\n", Some("a:\n  b: 1\n---\nc:\n  - d\n"));
        check("a:\n      # below\n      b: 1\n", Some("a:\n  # below\n  b: 1\n"));
    }

    #[test]
    fn what_is_no_yaml_is_left_alone() {
        check("a: [", None);
        check("a: 1\n\tb: 2\n", None);
    }
}
