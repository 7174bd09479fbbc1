//! A lesson's text cut into its parts, each with the line it starts on. Nothing is understood yet, nothing is lost.

/// A part of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw<'a> {
    /// Counted from 1.
    pub line: usize,
    /// What it is.
    pub part: Part<'a>,
}

/// What a part is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// `# …`
    Title(&'a str),
    /// `## …`
    Heading(&'a str),
    /// Lines of text that belong together.
    Paragraph(Vec<&'a str>),
    /// Lines that begin with `> `.
    Callout(Vec<&'a str>),
    /// Lines that begin with `- `, and what goes on behind them.
    List(Vec<&'a str>),
    /// From ```` ``` ```` to ```` ``` ````.
    Fence {
        /// The words behind the opening marks.
        info: &'a str,
        /// What is between, each line with its end.
        body: String,
        /// Whether it ends.
        closed: bool,
    },
}

/// Cuts a text.
pub fn cut(text: &str) -> Vec<Raw<'_>> {
    let mut parts = Vec::new();
    let mut lines = text.lines().enumerate().peekable();
    while let Some((at, line)) = lines.next() {
        let part = if let Some(info) = line.strip_prefix("```") {
            let (mut body, mut closed) = (String::new(), false);
            for (_, line) in lines.by_ref() {
                if line.starts_with("```") {
                    closed = true;
                    break;
                }
                body.push_str(line);
                body.push('\n');
            }
            Part::Fence { info: info.trim(), body, closed }
        } else if line.starts_with("<!--") {
            // For authors: not even a lesson that does not end it shows what is in it.
            let _ = line.contains("-->") || lines.by_ref().any(|(_, line)| line.contains("-->"));
            continue;
        } else if let Some(title) = line.strip_prefix("# ") {
            Part::Title(title)
        } else if let Some(heading) = line.strip_prefix("## ") {
            Part::Heading(heading)
        } else if line.trim().is_empty() {
            continue;
        } else {
            let mark = ["- ", "> "].into_iter().find(|m| line.starts_with(m)).unwrap_or_default();
            let mut gathered = vec![line];
            while let Some((_, next)) = lines.peek().filter(|(_, l)| goes_on(l, mark)) {
                gathered.push(next);
                lines.next();
            }
            match mark {
                "- " => Part::List(gathered),
                "> " => Part::Callout(gathered),
                _ => Part::Paragraph(gathered),
            }
        };
        parts.push(Raw { line: at + 1, part });
    }
    parts
}

/// Whether a line belongs to the part before it.
fn goes_on(line: &str, mark: &str) -> bool {
    let starts_other = ["```", "#", "- ", "> ", "<!--"].iter().any(|m| *m != mark && line.starts_with(m));
    !line.trim().is_empty() && !starts_other
}
