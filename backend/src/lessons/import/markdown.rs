//! From a scenario's Markdown to a lesson's: the same words in fewer marks.

use super::actions::{self, Action};
use super::comment;

/// A page, converted.
#[derive(Debug, Default)]
pub struct Converted {
    /// Its part of the lesson; ends with an empty line.
    pub text: String,
    /// What was left behind.
    pub left: Vec<String>,
    /// Commands of the paragraph's inline code, to stand behind it.
    runs: Vec<(String, bool)>,
}

/// Converts a page.
pub fn convert(text: &str) -> Converted {
    let mut out = Converted::default();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let bare = line.trim_start();
        if let Some(info) = bare.strip_prefix("```") {
            let indent = line.len() - bare.len();
            let mut body = Vec::new();
            let mut behind = "";
            for line in lines.by_ref() {
                if let Some(rest) = line.trim_start().strip_prefix("```") {
                    behind = rest;
                    break;
                }
                let blank = line.len() - line.trim_start().len();
                body.push(line.get(blank.min(indent)..).unwrap_or(line.trim_start()));
            }
            out.fence(info.trim(), &body, behind);
        } else if bare.starts_with("<!--") {
            out.comment(line, &mut lines);
        } else if bare.starts_with('|') {
            let mut rows = vec![bare];
            while let Some(row) = lines.next_if(|l| l.trim_start().starts_with('|')) {
                rows.push(row.trim_start());
            }
            out.flush();
            out.left.push("a table, now a block to read".to_owned());
            out.block("text", &rows.join("\n"));
        } else {
            out.line(bare);
        }
    }
    out.flush();
    out
}

impl Converted {
    fn fence(&mut self, info: &str, body: &[&str], behind: &str) {
        let (action, unknown, _) = actions::read(behind.trim());
        self.flush();
        self.left.extend(unknown.map(|unknown| format!("{unknown} behind a block")));
        match action {
            Action::Exec { interrupt } => self.run(&body.join("\n"), interrupt),
            Action::Read => {
                let word = match info {
                    "yaml" | "yml" => "yaml",
                    "json" => "json",
                    "bash" | "sh" | "shell" => "sh",
                    "" => "",
                    _ => "text",
                };
                self.block(word, &body.join("\n"));
            }
        }
    }

    /// The author's own comment stays one.
    fn comment<'a>(&mut self, first: &'a str, lines: &mut impl Iterator<Item = &'a str>) {
        self.flush();
        let mut line = first;
        loop {
            self.text.push_str(&format!("{line}\n"));
            if line.contains("-->") {
                break;
            }
            match lines.next() {
                Some(next) => line = next,
                None => break,
            }
        }
        self.text.push('\n');
    }

    fn line(&mut self, line: &str) {
        if line.trim().is_empty() || line.trim() == ">" {
            return self.flush();
        }
        let heading = line.trim_start_matches('#');
        if heading.len() < line.len() && heading.starts_with(' ') {
            self.flush();
            self.text.push_str(&format!("## {}\n\n", heading.trim()));
            return;
        }
        if let Some(image) = line.strip_prefix("![") {
            self.flush();
            let what =
                format!("the image {}", image.split_once("](").map_or(image, |(_, path)| path.trim_end_matches(')')));
            self.text.push_str(&comment(&what, ""));
            return self.left.push(what);
        }
        let line = match item(line) {
            Some(words) => format!("- {words}"),
            None => line.to_owned(),
        };
        let (line, runs) = actions::inline(&line, &mut self.left);
        self.runs.extend(runs);
        let line = self.tags(&line);
        let line = self.links(&line);
        if line.trim().is_empty() {
            return self.flush();
        }
        // A list's second line is told by its indentation in Markdown; in a lesson by following at once.
        self.text.push_str(&format!("{}\n", line.trim_end()));
    }

    /// HTML says nothing in a lesson: its words stay, its tags go. Code keeps what looks like one.
    fn tags(&mut self, line: &str) -> String {
        let mut out = String::new();
        for (at, piece) in line.split('`').enumerate() {
            if at > 0 {
                out.push('`');
            }
            let mut rest = piece;
            while at % 2 == 0
                && let Some((before, tag, behind)) = tag(rest)
            {
                out.push_str(before);
                let what = format!("HTML: <{tag}>");
                if !tag.starts_with('/') && !self.left.contains(&what) {
                    self.left.push(what);
                }
                rest = behind;
            }
            out.push_str(rest);
        }
        out
    }

    /// Links to the web stay; others become their words.
    fn links(&mut self, line: &str) -> String {
        let (mut out, mut rest) = (String::new(), line);
        while let Some((before, words, target, behind)) = link(rest) {
            out.push_str(before);
            if target.starts_with("https://") {
                out.push_str(&format!("[{words}]({target})"));
            } else {
                self.left.push(format!("the link {words:?} to {target}"));
                out.push_str(words);
            }
            rest = behind;
        }
        out + rest
    }

    fn run(&mut self, commands: &str, interrupt: bool) {
        self.block(if interrupt { "run interrupt" } else { "run" }, commands);
    }

    fn block(&mut self, word: &str, body: &str) {
        self.text.push_str(&format!("```{word}\n{}\n```\n\n", body.trim_end()));
    }

    /// Ends the paragraph; its commands stand behind it.
    fn flush(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
        for (command, interrupt) in std::mem::take(&mut self.runs) {
            self.run(&command, interrupt);
        }
    }
}

/// The words of a list's item, whatever its mark.
fn item(line: &str) -> Option<&str> {
    if let Some(words) = ["- ", "* ", "+ "].into_iter().find_map(|mark| line.strip_prefix(mark)) {
        return Some(words.trim_start());
    }
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let words = [". ", ") "].into_iter().find_map(|mark| line[digits..].strip_prefix(mark))?;
    (digits > 0).then_some(words.trim_start())
}

/// The first tag of a line: what is before, in and behind it.
fn tag(line: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = line.split_once('<')?;
    let (tag, behind) = rest.split_once('>')?;
    tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/').then_some((before, tag, behind))
}

/// The first link of a line: what is before it, its words and target, what is behind it.
fn link(line: &str) -> Option<(&str, &str, &str, &str)> {
    let (start, rest) = line.split_once("](")?;
    let (before, words) = start.rsplit_once('[')?;
    let (target, behind) = rest.split_once(')')?;
    Some((before, words, target, behind))
}
