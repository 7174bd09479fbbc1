//! Runs of text within a line: code, strong words, links.

/// A run of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Plain.
    Text(String),
    /// `code`
    Code(String),
    /// **strong**
    Strong(String),
    /// `[text](target)`
    Link {
        /// What is read.
        text: String,
        /// `https://…`, or another lesson's file: `02-labels.md`.
        target: String,
    },
}

/// Reads a line. A mark without its other half is text.
pub fn inlines(text: &str) -> Vec<Inline> {
    let mut parts = Vec::new();
    let (mut plain, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(['`', '*', '[']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        match marked(rest) {
            Some((part, length)) => {
                parts.push(Inline::Text(std::mem::take(&mut plain)));
                parts.push(part);
                rest = &rest[length..];
            }
            None => {
                plain.push_str(&rest[..1]);
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    parts.push(Inline::Text(plain));
    parts.retain(|part| *part != Inline::Text(String::new()));
    parts
}

/// What a text starts with, and how many bytes of it that takes.
fn marked(text: &str) -> Option<(Inline, usize)> {
    if let Some(code) = text.strip_prefix('`') {
        let end = code.find('`')?;
        return Some((Inline::Code(code[..end].to_owned()), end + 2));
    }
    if let Some(strong) = text.strip_prefix("**") {
        let end = strong.find("**")?;
        return Some((Inline::Strong(strong[..end].to_owned()), end + 4));
    }
    let (words, behind) = text.strip_prefix('[')?.split_once("](")?;
    let (target, _) = behind.split_once(')')?;
    let sound = !words.contains(['[', ']']) && !target.is_empty() && !target.contains(char::is_whitespace);
    let length = words.len() + target.len() + "[]()".len();
    sound.then(|| (Inline::Link { text: words.to_owned(), target: target.to_owned() }, length))
}

/// The words alone.
pub fn plain(parts: &[Inline]) -> String {
    let words = parts.iter().map(|part| match part {
        Inline::Text(text) | Inline::Code(text) | Inline::Strong(text) | Inline::Link { text, .. } => text.as_str(),
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_with_two_halves_are_marks() {
        let text = |t: &str| Inline::Text(t.into());
        let link = |t: &str, to: &str| Inline::Link { text: t.into(), target: to.into() };
        let cases = [
            ("a `b*c` d", vec![text("a "), Inline::Code("b*c".into()), text(" d")]),
            ("**a** 2*3", vec![Inline::Strong("a".into()), text(" 2*3")]),
            ("`a", vec![text("`a")]),
            ("**a*", vec![text("**a*")]),
            ("see [labels](02-labels.md).", vec![text("see "), link("labels", "02-labels.md"), text(".")]),
            ("a[0] (b) [c](", vec![text("a[0] (b) [c](")]),
            ("[a] [b](c)", vec![text("[a] "), link("b", "c")]),
            ("한 `글` 자", vec![text("한 "), Inline::Code("글".into()), text(" 자")]),
        ];
        for (line, parts) in cases {
            assert_eq!(inlines(line), parts, "{line}");
        }
    }
}
