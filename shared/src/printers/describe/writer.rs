//! Indented lines whose tabs become columns, and what many screens share.

use serde_json::{Map, Value};

use super::super::tabwriter;
use crate::api::{Timestamp, object};

/// Collects a screen.
#[derive(Debug, Default)]
pub(super) struct Writer {
    done: String,
    text: String,
}

/// kubectl shows no more of a line of an annotation.
const MAX_ANNOTATION: usize = 140;

/// What `apply` writes for itself is not shown.
const SKIPPED: &str = "kubectl.kubernetes.io/last-applied-configuration";

impl Writer {
    /// Writes a line, two spaces a level in.
    pub fn line(&mut self, level: usize, text: impl AsRef<str>) {
        self.part(level, text);
        self.text.push('\n');
    }

    /// Writes the beginning of a line, or more of it at level 0.
    pub fn part(&mut self, level: usize, text: impl AsRef<str>) {
        self.text.extend(std::iter::repeat_n("  ", level));
        self.text.push_str(text.as_ref());
    }

    /// `title:` and a value in the next column.
    pub fn field(&mut self, level: usize, title: &str, value: impl AsRef<str>) {
        self.line(level, [title, ":\t", value.as_ref()].concat());
    }

    /// Aligns what is there: what follows has its own columns.
    pub fn flush(&mut self) {
        self.done.push_str(&tabwriter::align(&std::mem::take(&mut self.text), 0, 2));
    }

    /// The screen.
    pub fn finish(mut self) -> String {
        self.flush();
        self.done
    }

    /// Name, and namespace where there is one to show.
    pub fn name(&mut self, value: &Value, namespaced: bool) {
        self.field(0, "Name", object::name(value));
        if namespaced {
            self.field(0, "Namespace", object::namespace(value));
        }
    }

    /// Labels and annotations.
    pub fn metadata(&mut self, value: &Value) {
        self.pairs("Labels", object::labels(value));
        self.annotations(value);
    }

    /// `title:` and `key=value` lines.
    pub fn pairs(&mut self, title: &str, map: Option<&Map<String, Value>>) {
        let pair = |(key, value): (&String, &Value)| format!("{key}={}", value.as_str().unwrap_or_default());
        self.column(title, map.into_iter().flatten().map(pair).collect());
    }

    /// `title:` and a line for each text, `<none>` for none.
    pub fn column(&mut self, title: &str, lines: Vec<String>) {
        self.part(0, [title, ":\t"].concat());
        if lines.is_empty() {
            self.line(0, "<none>");
        }
        for (at, line) in lines.iter().enumerate() {
            self.line(0, [if at > 0 { "\t" } else { "" }, line].concat());
        }
    }

    /// Annotations; long ones below their key, and shortened.
    pub fn annotations(&mut self, value: &Value) {
        let annotations = object::annotations(value).into_iter().flatten().filter(|(key, _)| *key != SKIPPED);
        let mut lines = Vec::new();
        for (key, value) in annotations {
            let value = value.as_str().unwrap_or_default();
            let value = value.strip_suffix('\n').unwrap_or(value);
            if value.len() + key.len() + 2 <= MAX_ANNOTATION && !value.contains('\n') {
                lines.push(format!("{key}: {value}"));
                continue;
            }
            lines.push(format!("{key}:"));
            lines.extend(value.split('\n').map(|line| format!("  {}", shorten(line, MAX_ANNOTATION - 2))));
        }
        self.column("Annotations", lines);
    }
}

fn shorten(text: &str, length: usize) -> String {
    if text.len() <= length {
        return text.to_owned();
    }
    let mut end = length;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", &text[..end])
}

/// `Tue, 24 Nov 2026 08:00:01 +0000`: Go's RFC1123Z. Missing is Go's zero time.
pub(super) fn date(text: &str) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Some(time) = Timestamp::parse(text) else { return "Mon, 01 Jan 0001 00:00:00 +0000".to_owned() };
    let iso = time.to_string();
    let weekday = usize::try_from(time.seconds().div_euclid(86_400).rem_euclid(7)).unwrap_or_default();
    let month = iso[5..7].parse::<usize>().unwrap_or(1);
    format!("{}, {} {} {} {} +0000", DAYS[weekday], &iso[8..10], MONTHS[month - 1], &iso[..4], &iso[11..19])
}

/// A quantity as Kubernetes prints it.
pub(super) fn quantity(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    crate::api::Quantity::parse(&text).map_or(text, |q| q.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(date("2026-11-24T08:00:01Z"), "Tue, 24 Nov 2026 08:00:01 +0000");
        assert_eq!(date("1970-01-01T00:00:00Z"), "Thu, 01 Jan 1970 00:00:00 +0000");
        assert_eq!(date(""), "Mon, 01 Jan 0001 00:00:00 +0000");
    }
}
