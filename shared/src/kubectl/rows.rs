//! Tables on a terminal: which columns show, and what is put beside them
//! (`k8s.io/cli-runtime/pkg/printers/tableprinter.go`).

use serde_json::Value;

use crate::api::{Kind, object};
use crate::printers::tabwriter;

/// What is shown of a Table, and beside it.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Columns of priority 1 too.
    pub wide: bool,
    /// No line of headers.
    pub no_headers: bool,
    /// The namespace first.
    pub namespaces: bool,
    /// `pod/` before names.
    pub kinds: bool,
    /// A column for each of these labels.
    pub labels: Vec<String>,
    /// All labels in the last column.
    pub all_labels: bool,
    /// `ADDED`, `MODIFIED`, … first.
    pub event: Option<String>,
}

impl Rows {
    /// The lines of a Table with tabs between cells, not yet aligned.
    pub fn lines(&self, table: &Value, kind: &Kind, headers: bool) -> String {
        let columns = object::list(table, "/columnDefinitions");
        let mut text = String::new();
        if headers && !self.no_headers {
            let shown = columns.iter().filter(|c| self.shows(c));
            let mut titles: Vec<String> = Vec::new();
            titles.extend(self.event.is_some().then(|| "EVENT".to_owned()));
            titles.extend(self.namespaces.then(|| "NAMESPACE".to_owned()));
            titles.extend(shown.map(|c| c["name"].as_str().unwrap_or_default().to_uppercase()));
            titles.extend(self.labels.iter().map(|l| l.rsplit('/').next().unwrap_or_default().to_uppercase()));
            titles.extend(self.all_labels.then(|| "LABELS".to_owned()));
            text.extend([&titles.join("\t"), "\n"]);
        }
        for row in object::list(table, "/rows") {
            text.extend([&self.line(row, columns, kind).join("\t"), "\n"]);
        }
        text
    }

    fn line(&self, row: &Value, columns: &[Value], kind: &Kind) -> Vec<String> {
        let about = row.get("object").unwrap_or(&Value::Null);
        let labels = object::labels(about);
        let label = |key: &str| labels.and_then(|l| l.get(key)).and_then(Value::as_str);
        let mut cells: Vec<String> = Vec::new();
        cells.extend(self.event.as_ref().map(|event| format!("{event:<8}")));
        cells.extend(self.namespaces.then(|| object::namespace(about).to_owned()));
        for (column, cell) in columns.iter().zip(object::list(row, "/cells")).filter(|(c, _)| self.shows(c)) {
            let text = cell_text(cell);
            let named = self.kinds && column["format"] == "name";
            cells.push(if named { format!("{}/{text}", qualified(kind)) } else { text });
        }
        cells.extend(self.labels.iter().map(|l| label(l).unwrap_or_default().to_owned()));
        cells.extend(self.all_labels.then(|| format_labels(labels)));
        cells
    }

    fn shows(&self, column: &Value) -> bool {
        self.wide || column["priority"].as_i64().unwrap_or_default() == 0
    }
}

/// Aligns lines as `kubectl get` does.
pub fn align(lines: &str) -> String {
    tabwriter::align(lines, 6, 3)
}

/// `a=b,c=d`, `<none>`.
pub fn format_labels(labels: Option<&serde_json::Map<String, Value>>) -> String {
    let pairs: Vec<_> = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") }
}

/// `pod`, `lease.coordination.k8s.io`: how kubectl names a kind before a slash.
pub fn qualified(kind: &Kind) -> String {
    let name = kind.kind.to_lowercase();
    if kind.group.is_empty() { name } else { format!("{name}.{}", kind.group) }
}

/// A cell's text up to its first line break, which would break the table.
fn cell_text(cell: &Value) -> String {
    let text = match cell {
        Value::Null => return String::new(),
        Value::String(text) => text.as_str(),
        other => return other.to_string(),
    };
    match text.find(['\n', '\r', '\u{c}']) {
        Some(at) => escape(&text[..at]) + "...",
        None => escape(text),
    }
}

/// Control characters as kubectl's terminal writer shows them: escape sequences of a message must not reach the
/// terminal.
fn escape(text: &str) -> String {
    text.replace('\u{1b}', "^[").replace('\r', "\\r").replace('\t', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Timestamp, kind};
    use crate::printers;
    use serde_json::json;

    fn check(rows: &Rows, expected: &str) {
        let pod = |name: &str, labels: Value| {
            json!({"metadata": {"name": name, "namespace": "default", "labels": labels,
                "creationTimestamp": "1970-01-01T00:00:00Z"}, "status": {"phase": "Pending"}})
        };
        let pods = [pod("mynginx", json!({"run": "mynginx", "a": "b"})), pod("x", json!({}))];
        let objects: Vec<&Value> = pods.iter().collect();
        let kind = kind::known("pods");
        let table = printers::table(kind, &objects, Timestamp::from_seconds(60), printers::Include::Metadata);
        assert_eq!(align(&rows.lines(&table, kind, true)), expected);
    }

    #[test]
    fn tables() {
        let plain = Rows::default();
        check(
            &plain,
            "NAME      READY   STATUS    RESTARTS   AGE\nmynginx   0/0     Pending   0          60s\n\
             x         0/0     Pending   0          60s\n",
        );
        check(
            &Rows { labels: vec!["x/run".into(), "run".into()], no_headers: true, ..plain.clone() },
            "mynginx   0/0   Pending   0     60s         mynginx\nx         0/0   Pending   0     60s         \n",
        );
        check(
            &Rows { all_labels: true, namespaces: true, kinds: true, ..plain },
            "NAMESPACE   NAME          READY   STATUS    RESTARTS   AGE   LABELS\n\
             default     pod/mynginx   0/0     Pending   0          60s   a=b,run=mynginx\n\
             default     pod/x         0/0     Pending   0          60s   <none>\n",
        );
    }
}
